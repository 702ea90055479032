// SPDX-License-Identifier: Apache-2.0
// Every array of rtl/arrays.txt as `vernier cosim` runs it, and its cycles against docs/timing.md, which is
// written here a second time; the PE's own numbers were counted by hand (tests/pe/timing).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "models/array/pe_array_model.h"
#include "models/pe/registry.h"
#include "sim/cosim/regression.h"
#include "sim/rtl_adaptor/rtl_pe_array.h"
#include "tests/pe/hand_timing.h"

namespace vernier::machine {

// For GoogleTest's messages.
static void PrintTo(const ArrayParams& params, std::ostream* out) { *out << rtl_adaptor::name_of(params); }

}  // namespace vernier::machine

namespace {

using namespace vernier;
using machine::ArrayParams;
using machine::Delivery;
using rtl_adaptor::RtlPeArray;

cosim::Block block_of(const ArrayParams& array) {
  return {array, [array] { return RtlPeArray::create(array); }};
}

/// Cycles of a pass that starts in cycle 0.
struct Schedule {
  std::vector<uint64_t> accepted;  // of every step
  std::vector<uint64_t> out;       // of every column
};

/// docs/timing.md, section GEMM, with steps offered as soon as possible (f = f0 = 1) and d = 1.
Schedule documented(const ArrayParams& array, const cosim::Pass& pass) {
  const bool systolic = array.delivery == Delivery::systolic;
  const auto& pe = pe_test::HandTiming::of(array.pe);
  const int64_t dequant = pe.dequantization(systolic, pass.cols);
  const int64_t tail = pe.tail(pass.cols);
  const int64_t skew = systolic ? (pass.rows - 1) + (pass.cols - 1) : 0;
  Schedule result;
  int64_t accept = 1;
  int64_t last_group_end = -1000;
  int64_t u = 0;
  for (const cosim::Step& step : pass.steps) {
    result.accepted.push_back(static_cast<uint64_t>(accept));
    u = accept + pe.terms(pass.format.name);  // term T - 1 is issued in a + 1 + T - 1
    if (step.group_last || step.pass_last) {
      u = std::max(u, last_group_end + dequant);
      last_group_end = u;
    }
    accept = std::max(accept + 1, u);
  }
  for (int c = 0; c < pass.cols; ++c) result.out.push_back(static_cast<uint64_t>(u + skew + tail + 2 + c));
  return result;
}

/// An array whose events are kept.
class Watched : public array::IPeArray {
 public:
  explicit Watched(std::unique_ptr<array::IPeArray> inner) : inner_(std::move(inner)) {}
  const array::ArrayOutputs& outputs() const override { return inner_->outputs(); }
  void reset() override { inner_->reset(); }
  void tick(const array::ArrayInputs& inputs) override {
    if (inputs.start) {
      recorder_.clear();
      cycle_ = 0;
      seen = {};
    }
    for (const cosim::Event& event : recorder_.observe(cycle_, inputs, outputs())) {
      if (event.kind == cosim::EventKind::step_accepted) seen.accepted.push_back(event.cycle);
      if (event.kind == cosim::EventKind::column_out) seen.out.push_back(event.cycle);
    }
    inner_->tick(inputs);
    ++cycle_;
  }

  Schedule seen;  ///< of the last pass

 private:
  std::unique_ptr<array::IPeArray> inner_;
  cosim::EventRecorder recorder_;
  uint64_t cycle_ = 0;
};

class ArrayCosim : public ::testing::TestWithParam<ArrayParams> {};

TEST_P(ArrayCosim, RandomVectorsAgree) {
  const cosim::BlockResult result = cosim::run_block(block_of(GetParam()), {1, 0, 600});
  EXPECT_FALSE(result.mismatch) << result.mismatch->text();
  EXPECT_GT(result.tally.resets, 20U);
}

TEST_P(ArrayCosim, CyclesAreThoseOfTheTimingPage) {
  const ArrayParams& array = GetParam();
  std::vector<formats::GroupFormat> formats;
  for (const std::string& name : pe::pe(array.pe).example_formats) {
    formats.push_back(formats::group_format(name));
  }
  Watched rtl(RtlPeArray::create(array));
  array::PeArrayModel systemc(array, formats);
  cosim::Lockstep lockstep(array, rtl, systemc);
  for (uint64_t index = 0; index < 100; ++index) {
    cosim::TestVector vector = cosim::make_vector(array, 2, index);
    vector.conditions = {};
    const auto difference = lockstep.run(vector);
    ASSERT_FALSE(difference) << difference->signal << " in cycle " << difference->cycle;
    const Schedule expected = documented(array, vector.pass);
    ASSERT_EQ(rtl.seen.accepted, expected.accepted) << "seed 2, vector " << index << ": " << vector.text();
    ASSERT_EQ(rtl.seen.out, expected.out) << "seed 2, vector " << index << ": " << vector.text();
  }
}

std::string test_name(const ::testing::TestParamInfo<ArrayParams>& info) {
  return cosim::Block{info.param, {}}.name();
}

INSTANTIATE_TEST_SUITE_P(Built, ArrayCosim, ::testing::ValuesIn(RtlPeArray::built()), test_name);

TEST(RtlPeArray, ParametersThatWereNotBuiltAreRefused_bad) {
  try {
    (void)RtlPeArray::create({"bitmod", 2, 3, 4, Delivery::systolic});
    FAIL() << "no error";
  } catch (const InputError& error) {
    const auto& finding = error.diagnostics().at(0);
    EXPECT_EQ(finding.code, "RTL001");
    EXPECT_NE(finding.message.find("bitmod 2x2x4 broadcast"), std::string::npos);
    EXPECT_EQ(finding.help, "add the line 'bitmod 2 3 4 systolic' to rtl/arrays.txt and rebuild");
  }
}

}  // namespace
