// SPDX-License-Identifier: Apache-2.0
// Every fault is found and located: block, cycle, signal, both values. The part of the RTL is played by the
// SystemC model with a fault, so that this runs in builds without RTL too.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "models/array/pe_array_model.h"
#include "models/pe/registry.h"
#include "sim/cosim/regression.h"
#include "tests/lockstep/faulty_array.h"

namespace vernier::cosim {
namespace {

using array::ArrayOutputs;

const machine::ArrayParams kArray{"bitmod", 3, 4, 2, machine::Delivery::systolic};

std::unique_ptr<array::IPeArray> model(const machine::ArrayParams& array = kArray) {
  std::vector<formats::GroupFormat> formats;
  for (const std::string& name : pe::pe(array.pe).example_formats) {
    formats.push_back(formats::group_format(name));
  }
  return std::make_unique<array::PeArrayModel>(array, formats);
}

Block block_with(FaultyArray::Fault fault) {
  return {kArray,
          [fault = std::move(fault)] { return std::make_unique<FaultyArray>(model(), kArray.rows, fault); }};
}

Mismatch mismatch_of(FaultyArray::Fault fault) {
  const BlockResult result = run_block(block_with(std::move(fault)), {1, 0, 400});
  EXPECT_TRUE(result.mismatch) << "the fault was not found";
  return result.mismatch.value_or(Mismatch{});
}

/// The cycle in which the good array first shows the signal high in that vector, run on its own.
uint64_t first_high(const TestVector& vector, bool ArrayOutputs::*signal) {
  uint64_t ticks = 0;
  uint64_t seen = 0;
  FaultyArray watched(model(), kArray.rows, [&](ArrayOutputs& out, std::vector<uint32_t>&, int) {
    if (seen == 0 && out.*signal) seen = ticks;
    ++ticks;
  });
  const auto other = model();
  EXPECT_FALSE(Lockstep(kArray, watched, *other).run(vector));
  return seen;
}

TEST(CosimFault, none) {
  const Block block{kArray, [] { return model(); }};
  const BlockResult result = run_block(block, {1, 0, 400});
  EXPECT_FALSE(result.mismatch) << result.mismatch->text();
  EXPECT_EQ(result.tally.vectors, 400U);
  EXPECT_GT(result.tally.resets, 20U);
}

TEST(CosimFault, delayed_outputs_are_located_bad) {
  const std::vector<std::pair<const char*, bool ArrayOutputs::*>> signals = {
      {"step_ready", &ArrayOutputs::step_ready},
      {"partial_req", &ArrayOutputs::partial_req},
      {"out_valid", &ArrayOutputs::out_valid},
      {"busy", &ArrayOutputs::busy}};
  for (const auto& [name, signal] : signals) {
    const Mismatch found = mismatch_of(delayed(signal));
    SCOPED_TRACE(found.text());
    EXPECT_EQ(found.block, "bitmod_3x4x2_systolic");
    EXPECT_EQ(found.difference.signal, name);
    EXPECT_EQ(found.difference.rtl, "0");
    EXPECT_EQ(found.difference.systemc, "1");
    EXPECT_EQ(found.difference.cycle, first_high(make_vector(kArray, 1, found.vector), signal));
  }
}

TEST(CosimFault, inverted_result_bit_is_located_bad) {
  const Mismatch found = mismatch_of([](ArrayOutputs& out, std::vector<uint32_t>& data, int) {
    if (out.out_valid && out.out_col == 2) data[1] ^= 0x10U;
  });
  SCOPED_TRACE(found.text());
  const TestVector vector = make_vector(kArray, 1, found.vector);
  ASSERT_GE(vector.pass.rows, 2);
  ASSERT_GE(vector.pass.cols, 3);
  EXPECT_EQ(found.difference.signal, "out_data[row 1] of column 2");
  const uint32_t golden = vector.pass.expected[2][1];
  EXPECT_EQ(found.difference.rtl, fmt::format("{:08x}", golden ^ 0x10U));
  EXPECT_EQ(found.difference.systemc, fmt::format("{:08x}", golden));
  EXPECT_EQ(found.difference.golden, found.difference.systemc);
}

TEST(CosimFault, report_says_everything_bad) {
  const Mismatch found = mismatch_of(delayed(&ArrayOutputs::out_valid));
  const std::string text = found.text();
  for (const std::string& part :
       {fmt::format("mismatch in bitmod_3x4x2_systolic, seed 1, vector {}, cycle {}\n", found.vector,
                    found.difference.cycle),
        std::string("  signal     out_valid\n  rtl        0\n  systemc    1\n"),
        std::string("  last events, rtl:\n    cycle "), std::string("  last events, systemc:\n    cycle "),
        "  reproduce  " + found.command + "\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "is not in\n" << text;
  }
  EXPECT_LE(found.rtl_events.size(), EventRecorder::kKept);
  EXPECT_LE(found.other_events.size(), EventRecorder::kKept);
  EXPECT_GE(found.rtl_events.size(), 2U);
}

TEST(CosimFault, command_reproduces_bad) {
  const Mismatch found = mismatch_of([](ArrayOutputs& out, std::vector<uint32_t>& data, int) {
    if (out.out_valid && data[0] > 0x7e00U) data[0] ^= 1U;
  });
  EXPECT_EQ(found.command, fmt::format("vernier cosim bitmod_3x4x2_systolic --seed 1{} --vectors 1",
                                       found.vector == 0 ? "" : fmt::format(" --first {}", found.vector)));
}

// A fault that takes ten passes to show does not show in the vector alone: the command runs those before it.
TEST(CosimFault, command_runs_what_came_before_bad) {
  const Mismatch found = mismatch_of([](ArrayOutputs& out, std::vector<uint32_t>& data, int pass) {
    if (out.out_valid && pass >= 10) data[0] ^= 1U;
  });
  EXPECT_GT(found.vector, 0U);
  EXPECT_EQ(found.command,
            fmt::format("vernier cosim bitmod_3x4x2_systolic --seed 1 --vectors {}", found.vector + 1));
}

/// What both sides do alike is held against the golden functions.
std::optional<Difference> difference_of_twins(const FaultyArray::Fault& fault) {
  FaultyArray rtl(model(), kArray.rows, fault);
  FaultyArray systemc(model(), kArray.rows, fault);
  Lockstep lockstep(kArray, rtl, systemc);
  for (uint64_t index = 0; index < 40; ++index) {
    TestVector vector = make_vector(kArray, 1, index);
    vector.conditions.reset_after = 0;  // one pass each
    if (auto difference = lockstep.run(vector)) return difference;
  }
  return std::nullopt;
}

TEST(CosimFault, equal_wrong_values_differ_from_golden_bad) {
  const auto difference = difference_of_twins([](ArrayOutputs& out, std::vector<uint32_t>& data, int) {
    if (out.out_valid) data[0] ^= 0x80U;
  });
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->signal, "out_data[row 0] of column 0");
  EXPECT_EQ(difference->rtl, difference->systemc);
  EXPECT_NE(difference->rtl, difference->golden);
}

TEST(CosimFault, events_left_over_bad) {
  // No column shows, and busy falls all the same.
  const auto columns =
      difference_of_twins([](ArrayOutputs& out, std::vector<uint32_t>&, int) { out.out_valid = false; });
  ASSERT_TRUE(columns);
  EXPECT_EQ(columns->signal, "columns out");
  EXPECT_EQ(columns->rtl, "0");
}

// Missed requests are found even where the partial sums make no difference: results that are NaN anyway.
TEST(CosimFault, requests_left_over_bad) {
  const auto all_nan = [](const Pass& pass) {
    for (const auto& column : pass.expected) {
      for (const uint32_t value : column) {
        if (value != (pass.final ? 0x7e00U : 0x7fc00000U)) return false;
      }
    }
    return true;
  };
  uint64_t index = 0;
  while (true) {
    const Pass pass = make_vector(kArray, 1, index).pass;
    if (pass.accumulate && all_nan(pass)) break;
    ASSERT_LT(++index, 1000U) << "no such vector";
  }
  const auto silent = [](ArrayOutputs& out, std::vector<uint32_t>&, int) { out.partial_req = false; };
  FaultyArray rtl(model(), kArray.rows, silent);
  FaultyArray systemc(model(), kArray.rows, silent);
  const auto difference = Lockstep(kArray, rtl, systemc).run(make_vector(kArray, 1, index));
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->signal, "columns requested");
  EXPECT_EQ(difference->rtl, "0");
}

TEST(CosimFault, outputs_between_passes_bad) {
  const auto difference = difference_of_twins([](ArrayOutputs& out, std::vector<uint32_t>&, int) {
    if (!out.busy) out.step_ready = true;
  });
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->signal, "step_ready");
  EXPECT_EQ(difference->golden, "0, no pass runs");
}

TEST(CosimFault, hung_pass_bad) {
  const auto difference = difference_of_twins([](ArrayOutputs& out, std::vector<uint32_t>&, int pass) {
    if (pass == 3) out.busy = true;
  });
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->signal, "busy");
  EXPECT_EQ(difference->golden, "0 after the last column");
}

// Reset that leaves the array running is seen in the next cycle.
TEST(CosimFault, reset_without_effect_bad) {
  class Deaf : public array::IPeArray {
   public:
    const ArrayOutputs& outputs() const override { return inner_->outputs(); }
    void tick(const array::ArrayInputs& inputs) override { inner_->tick(inputs); }
    void reset() override {}

   private:
    std::unique_ptr<array::IPeArray> inner_ = model();
  };
  const BlockResult result = run_block({kArray, [] { return std::make_unique<Deaf>(); }}, {1, 0, 400});
  ASSERT_TRUE(result.mismatch);
  EXPECT_EQ(result.mismatch->difference.rtl, "1");
  EXPECT_NE(result.mismatch->rtl_events.back().find(": start"), std::string::npos);
}

TEST(Cosim, failing_blocks_are_named_bad) {
  const BlockResult good = run_block({kArray, [] { return model(); }}, {1, 0, 4});
  const BlockResult bad = run_block(block_with(delayed(&ArrayOutputs::busy)), {1, 0, 4});
  EXPECT_NO_THROW(check({good}));
  try {
    check({good, bad});
    FAIL() << "no error";
  } catch (const CheckFailed& error) {
    EXPECT_NE(std::string(error.what()).find("1 of 2 blocks: bitmod_3x4x2_systolic"), std::string::npos)
        << error.what();
  }
  EXPECT_NE(line(bad).find("MISMATCH"), std::string::npos);
  const nlohmann::ordered_json json = to_json({1, 0, 4}, {good, bad});
  EXPECT_TRUE(json["blocks"][0]["mismatch"].is_null());
  EXPECT_EQ(json["blocks"][1]["mismatch"]["signal"], "busy");
}

}  // namespace
}  // namespace vernier::cosim
