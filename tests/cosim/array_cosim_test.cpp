// SPDX-License-Identifier: Apache-2.0
// Every Verilated array against the golden functions (values) and docs/timing.md (cycles), on seeded random
// passes. A failure prints the seed and the command that repeats it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "models/array/output_unit.h"
#include "models/formats/ieee.h"
#include "models/pe/registry.h"
#include "sim/rtl_adaptor/rtl_pe_array.h"

namespace vernier::machine {

// For GoogleTest's messages.
static void PrintTo(const ArrayParams& params, std::ostream* out) { *out << rtl_adaptor::name_of(params); }

}  // namespace vernier::machine

namespace {

using vernier::array::ArrayInputs;
using vernier::array::IPeArray;
using vernier::formats::GroupFormat;
using vernier::machine::ArrayParams;
using vernier::machine::Delivery;
using vernier::rtl_adaptor::RtlPeArray;

// One weight format as the array sees it. T is written here again, from docs/array.md.
struct FormatCase {
  const char* pe;
  const char* element;
  int code, cycles_per_step, code_bits, unit_exponent;
};
constexpr FormatCase kFormats[] = {
    {"bitmod", "int8", 0, 4, 8, 0},    {"bitmod", "int6", 1, 3, 6, 0}, {"bitmod", "int5", 2, 3, 5, 0},
    {"bitmod", "int4", 3, 2, 4, 0},    {"bitmod", "fp4", 4, 2, 4, -1}, {"bitmod", "fp3", 5, 2, 3, 0},
    {"fp16_mac", "fp16", 0, 1, 16, 0},
};

struct Step {
  std::vector<uint16_t> weights, acts;
  std::vector<uint8_t> scales, selectors;
  bool group_last = false, pass_last = false;
};

// A whole pass: what goes in, and what the golden functions make of it.
struct Pass {
  FormatCase format{};
  int rows = 0, cols = 0;
  bool final = false, accumulate = false;
  std::vector<Step> steps;
  std::vector<uint16_t> channel_scales;
  std::vector<std::vector<uint32_t>> old;       // [column][row]
  std::vector<std::vector<uint32_t>> expected;  // [column][row]
};

uint16_t random_act(std::mt19937_64& rng, int flavour) {
  const uint64_t bits = rng();
  switch (flavour) {
    case 0:
      return static_cast<uint16_t>((bits & 0x83ffU) | (10U + (bits >> 20) % 9) << 10);  // moderate
    case 1:                                                                             // everything finite
      return static_cast<uint16_t>((bits & 0x7c00U) == 0x7c00U ? bits & 0x83ffU : bits);
    case 2:
      return static_cast<uint16_t>(bits & 0x83ffU);  // subnormal and zero
    case 3:
      return (bits >> 20) % 4 == 0 ? static_cast<uint16_t>(bits) : static_cast<uint16_t>(bits & 0x8000U);
    default:  // infinities and NaN among them
      return (bits >> 20) % 16 == 0 ? static_cast<uint16_t>(bits | 0x7c00U) : static_cast<uint16_t>(bits);
  }
}

Pass random_pass(std::mt19937_64& rng, const ArrayParams& array) {
  const auto pick = [&rng](int low, int high) {
    return low + static_cast<int>(rng() % static_cast<uint64_t>(high - low + 1));
  };
  std::vector<FormatCase> formats;
  for (const FormatCase& format : kFormats) {
    if (array.pe == format.pe) formats.push_back(format);
  }
  Pass pass;
  pass.format = formats[rng() % formats.size()];
  pass.rows = pick(1, array.rows);
  pass.cols = pick(1, array.cols);
  pass.final = pick(0, 1) != 0;
  pass.accumulate = pick(0, 1) != 0;
  const int step_count = pick(0, 3) == 0 ? pick(1, 3) : pick(1, 40);
  const int group_steps = pick(0, 2) == 0 ? 1 : pick(1, 12);
  const int flavour = pick(0, 7) % 5;
  const size_t r_all = static_cast<size_t>(array.rows);
  const size_t c_all = static_cast<size_t>(array.cols);
  const size_t lanes = static_cast<size_t>(array.lanes);

  // Rows and columns that are not active get garbage: the array has to ignore it.
  for (int s = 0; s < step_count; ++s) {
    Step step;
    step.pass_last = s + 1 == step_count;
    step.group_last = (s + 1) % group_steps == 0 || (step.pass_last && pick(0, 1) != 0);
    for (size_t i = 0; i < r_all * lanes; ++i) {
      const uint64_t bits = rng();
      step.weights.push_back(pass.format.code_bits == 16 ? random_act(rng, flavour)
                                                         : static_cast<uint16_t>(bits & 0xffU));
    }
    for (size_t i = 0; i < c_all * lanes; ++i) step.acts.push_back(random_act(rng, flavour));
    if (s % group_steps == 0) {
      for (size_t r = 0; r < r_all; ++r) {
        step.scales.push_back(static_cast<uint8_t>(rng()));
        step.selectors.push_back(static_cast<uint8_t>(rng() & 3U));
      }
    } else {
      step.scales = pass.steps.back().scales;
      step.selectors = pass.steps.back().selectors;
    }
    pass.steps.push_back(step);
  }
  const bool scaled = array.pe == "bitmod";
  for (size_t r = 0; r < r_all; ++r) {
    pass.channel_scales.push_back(scaled ? random_act(rng, pick(0, 2)) : vernier::formats::kFp16One);
  }
  pass.old.assign(c_all, {});
  for (auto& column : pass.old) {
    for (size_t r = 0; r < r_all; ++r) {
      // A normal number, zero, or rarely a special one: what earlier passes leave behind.
      const uint32_t bits = static_cast<uint32_t>(rng() & 0x807fffffU);
      const uint64_t kind = rng() % 32;
      column.push_back(kind == 0   ? bits & 0x80000000U
                       : kind == 1 ? 0x7f800000U | (bits & 0x80000000U)
                       : kind == 2 ? 0x7fc00000U
                                   : bits | static_cast<uint32_t>(110 + rng() % 40) << 23);
    }
  }
  return pass;
}

void compute_expected(const ArrayParams& array, Pass& pass) {
  GroupFormat format;
  format.element = pass.format.element;
  format.name = pass.format.element;
  const size_t lanes = static_cast<size_t>(array.lanes);
  const vernier::array::OutputMode mode{pass.final, pass.accumulate, pass.format.unit_exponent};
  for (int c = 0; c < pass.cols; ++c) {
    const size_t col = static_cast<size_t>(c);
    std::vector<uint32_t> column;
    for (int r = 0; r < pass.rows; ++r) {
      const size_t row = static_cast<size_t>(r);
      const auto acc = vernier::pe::pe(array.pe).make(format);
      for (const Step& step : pass.steps) {
        acc->step(&step.acts[col * lanes], &step.weights[row * lanes], array.lanes, step.selectors[row]);
        if (step.group_last || step.pass_last) acc->end_group(step.scales[row]);
      }
      column.push_back(
          vernier::array::output_unit(acc->to_fp32(), pass.old[col][row], pass.channel_scales[row], mode));
    }
    pass.expected.push_back(column);
  }
}

// docs/timing.md, section GEMM, with steps offered as soon as possible (f = f0 = 1) and d = 1.
struct Schedule {
  std::vector<int64_t> accepted;  // cycle of every step
  std::vector<int64_t> offered;   // cycle of every column
};

Schedule schedule(const ArrayParams& array, const Pass& pass, int64_t first_offer) {
  const bool bitmod = array.pe == "bitmod";
  const int64_t dequant = bitmod ? 8 : 0;
  const int64_t tail = bitmod ? 11 : 2;
  const int64_t skew = array.delivery == Delivery::systolic ? (pass.rows - 1) + (pass.cols - 1) : 0;
  Schedule result;
  int64_t accept = first_offer;
  int64_t last_group_end = -1000;
  int64_t u = 0;
  for (const Step& step : pass.steps) {
    result.accepted.push_back(accept);
    u = accept + pass.format.cycles_per_step;  // term T - 1 is issued in a + 1 + T - 1
    if (step.group_last || step.pass_last) {
      u = std::max(u, last_group_end + dequant);
      last_group_end = u;
    }
    accept = std::max(accept + 1, u);
  }
  const int64_t v = u + skew + tail;
  for (int c = 0; c < pass.cols; ++c) result.offered.push_back(v + 2 + c);
  return result;
}

struct Conditions {
  int gap_percent = 0;    // chance that no step is offered in a cycle
  int stall_percent = 0;  // chance that a result is not taken in a cycle
};

// Runs a pass. Returns an empty text, or the first thing that is wrong.
std::string run_pass(IPeArray& dut, const ArrayParams& array, const Pass& pass, const Conditions& conditions,
                     std::mt19937_64& rng, int64_t& cycle) {
  const bool timed = conditions.gap_percent == 0 && conditions.stall_percent == 0;
  const auto chance = [&rng](int percent) { return static_cast<int>(rng() % 100) < percent; };
  ArrayInputs in;
  in.start = true;
  in.rows = pass.rows;
  in.cols = pass.cols;
  in.format = static_cast<uint8_t>(pass.format.code);
  in.final = pass.final;
  in.accumulate = pass.accumulate;
  in.channel_scales = pass.channel_scales.data();
  if (dut.outputs().busy || dut.outputs().step_ready || dut.outputs().out_valid)
    return "not idle before start";
  dut.tick(in);
  ++cycle;
  // The five sampled values change after start; the array has to have kept them.
  in = ArrayInputs{};
  in.channel_scales = pass.channel_scales.data();
  const Schedule expected = schedule(array, pass, cycle);
  size_t step = 0;
  size_t column = 0;
  bool offering = false;
  for (const int64_t limit = cycle + 100000; column < pass.expected.size(); ++cycle) {
    if (cycle > limit) return fmt::format("no end: step {} column {}", step, column);
    const auto& out = dut.outputs();
    if (!out.busy) return fmt::format("cycle {}: busy fell before column {} was taken", cycle, column);
    in.step_valid = step < pass.steps.size() && (offering || !chance(conditions.gap_percent));
    offering = in.step_valid;
    if (in.step_valid) {
      const Step& s = pass.steps[step];
      in.weights = s.weights.data();
      in.acts = s.acts.data();
      in.scales = s.scales.data();
      in.selectors = s.selectors.data();
      in.group_last = s.group_last;
      in.pass_last = s.pass_last;
    }
    in.partial = nullptr;
    if (out.partial_req) {
      if (!pass.accumulate) return "partial sums wanted in a pass that does not accumulate";
      if (out.partial_col >= pass.cols)
        return fmt::format("partial sums of column {} wanted", out.partial_col);
      in.partial = pass.old[static_cast<size_t>(out.partial_col)].data();
    }
    in.out_ready = !chance(conditions.stall_percent);
    if (in.step_valid && out.step_ready) {
      if (timed && cycle != expected.accepted[step]) {
        return fmt::format("step {} accepted in cycle {}, not {}", step, cycle, expected.accepted[step]);
      }
      ++step;
      offering = false;
    }
    if (out.out_valid) {
      if (timed && cycle != expected.offered[column]) {
        return fmt::format("column {} offered in cycle {}, not {}", column, cycle, expected.offered[column]);
      }
      if (out.out_col != static_cast<int>(column))
        return fmt::format("column {} instead of {}", out.out_col, column);
      for (size_t r = 0; r < pass.expected[column].size(); ++r) {
        if (out.out_data[r] != pass.expected[column][r]) {
          return fmt::format("row {} column {}: {:08x}, golden {:08x}", r, column, out.out_data[r],
                             pass.expected[column][r]);
        }
      }
      if (in.out_ready) ++column;
    }
    dut.tick(in);
  }
  if (step != pass.steps.size()) return fmt::format("results after {} of {} steps", step, pass.steps.size());
  if (dut.outputs().busy || dut.outputs().out_valid) return "busy after the last column was taken";
  return {};
}

// Passes one after the other on one array; the first error with the seed of its pass.
std::string run_passes(IPeArray& dut, const ArrayParams& array, uint64_t first_seed, int count) {
  int64_t cycle = 0;
  for (int i = 0; i < count; ++i) {
    const uint64_t seed = first_seed + static_cast<uint64_t>(i);
    std::mt19937_64 rng(seed);
    Pass pass = random_pass(rng, array);
    compute_expected(array, pass);
    Conditions conditions;
    if (seed % 2 != 0) conditions = {static_cast<int>(rng() % 70), static_cast<int>(rng() % 70)};
    for (uint64_t idle = rng() % 3; idle > 0; --idle, ++cycle) dut.tick(ArrayInputs{});
    const std::string error = run_pass(dut, array, pass, conditions, rng, cycle);
    if (!error.empty()) {
      return fmt::format("{}\n  seed {}: {} {}x{} active, {} steps{}{}, gaps {}%, stalls {}%", error, seed,
                         pass.format.element, pass.rows, pass.cols, pass.steps.size(),
                         pass.final ? ", final" : "", pass.accumulate ? ", accumulate" : "",
                         conditions.gap_percent, conditions.stall_percent);
    }
  }
  return {};
}

// VERNIER_SEED repeats one pass of a failure alone.
uint64_t first_seed(int& count) {
  const char* text = std::getenv("VERNIER_SEED");
  if (text == nullptr) return 1;
  count = 1;
  return std::strtoull(text, nullptr, 10);
}

class ArrayCosim : public ::testing::TestWithParam<ArrayParams> {};

TEST_P(ArrayCosim, RandomPassesMatchGoldenValuesAndTiming) {
  const ArrayParams array = GetParam();
  const auto dut = RtlPeArray::create(array);
  int count = std::clamp(200000 / (array.rows * array.cols * array.lanes), 60, 1000);
  const uint64_t seed = first_seed(count);
  const std::string error = run_passes(*dut, array, seed, count);
  EXPECT_TRUE(error.empty()) << error << "\n  repeat with VERNIER_SEED=<seed> test_cosim --gtest_filter='*"
                             << ::testing::UnitTest::GetInstance()->current_test_info()->name() << "'";
}

TEST_P(ArrayCosim, ResetInTheMiddleOfAPassLeavesNothingBehind) {
  const ArrayParams array = GetParam();
  const auto dut = RtlPeArray::create(array);
  std::mt19937_64 rng(7);
  Pass pass = random_pass(rng, array);
  compute_expected(array, pass);
  for (int cut = 1; cut < 40; cut += 6) {
    ArrayInputs in;
    in.start = true;
    in.rows = pass.rows;
    in.cols = pass.cols;
    in.format = static_cast<uint8_t>(pass.format.code);
    for (int i = 0; i < cut; ++i) {
      const Step& s = pass.steps.back();
      dut->tick(in);
      in = ArrayInputs{};
      in.step_valid = true;
      in.weights = s.weights.data();
      in.acts = s.acts.data();
      in.group_last = true;
      in.pass_last = i > 12;
    }
    dut->reset();
    int64_t cycle = 0;
    EXPECT_EQ(run_pass(*dut, array, pass, {}, rng, cycle), "") << "reset after " << cut << " cycles";
  }
}

std::string test_name(const ::testing::TestParamInfo<ArrayParams>& info) {
  std::string name = vernier::rtl_adaptor::name_of(info.param);
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Built, ArrayCosim, ::testing::ValuesIn(RtlPeArray::built()), test_name);

TEST(RtlPeArray, ParametersThatWereNotBuiltAreRefused_bad) {
  try {
    (void)RtlPeArray::create({"bitmod", 2, 3, 4, Delivery::systolic});
    FAIL() << "no error";
  } catch (const vernier::InputError& error) {
    const auto& finding = error.diagnostics().at(0);
    EXPECT_EQ(finding.code, "RTL001");
    EXPECT_NE(finding.message.find("bitmod 2x2x4 broadcast"), std::string::npos);
    EXPECT_EQ(finding.help, "add the line 'bitmod 2 3 4 systolic' to rtl/arrays.txt and rebuild");
  }
}

}  // namespace
