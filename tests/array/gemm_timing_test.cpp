// SPDX-License-Identifier: Apache-2.0
// The timing descriptor of the array against closed forms on paper, hand-counted passes, and an array model
// that is driven pin by pin. No tolerance.
#include "models/array/gemm_timing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

#include "models/array/pe_array_model.h"
#include "models/pe/registry.h"
#include "tests/array/closed_form.h"

namespace vernier::array_test {
namespace {

using array::EventCounts;
using array::GemmTiming;
using array::GemmTimingModel;

const std::array<const char*, 7> kFamilies{"fp16", "int8", "int6", "int5", "int4", "bitmod4", "bitmod3"};

/// The machine of docs/example-2x2.md.
machine::Machine example_machine(const std::string& pe, int lanes) {
  machine::Machine machine;
  machine.array = {pe, 2, 2, lanes, machine::Delivery::broadcast};
  machine.weight_spad = {256, 1, 32, 1};
  machine.activation_spad = {256, 4, 32, 1};
  machine.output_spad = {256, 1, 32, 1};
  return machine;
}

/// 32 x 32 fp16_mac, systolic, ports that never stall: what the peers model.
machine::Machine square_machine() {
  machine::Machine machine;
  machine.array = {"fp16_mac", 32, 32, 1, machine::Delivery::systolic};
  machine.weight_spad = machine.activation_spad = {1 << 20, 8, 64, 1};
  machine.output_spad = {1 << 20, 8, 128, 1};
  return machine;
}

isa::Instruction gemm_of(int64_t m, int64_t n, int64_t k, bool final = true, bool accumulate = false) {
  isa::Instruction gemm;
  gemm.opcode = isa::Opcode::gemm;
  gemm.m = static_cast<uint32_t>(m);
  gemm.n = static_cast<uint32_t>(n);
  gemm.k = static_cast<uint32_t>(k);
  gemm.final = final;
  gemm.accumulate = accumulate;
  return gemm;
}

std::string describe(uint64_t seed, const machine::Machine& machine, const Facts& facts,
                     const PassShape& shape) {
  return fmt::format("seed {}: {} {}x{} lanes {} {}, ports {} {} {}, m={} n={} k={} final={}", seed,
                     facts.format, machine.array.rows, machine.array.cols, machine.array.lanes,
                     machine.array.delivery == machine::Delivery::systolic ? "systolic" : "broadcast",
                     machine.weight_spad.port_bits(), machine.activation_spad.port_bits(),
                     machine.output_spad.port_bits(), shape.m, shape.n, shape.k, shape.final);
}

struct RandomPass {
  Facts facts;
  machine::Machine machine;
  PassShape shape;
};

RandomPass random_pass(uint64_t seed, int largest, int longest) {
  std::mt19937_64 random(seed);
  const auto pick = [&random](int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random() % static_cast<uint64_t>(high - low + 1));
  };
  RandomPass result;
  const std::string family = kFamilies.at(static_cast<size_t>(pick(0, 6)));
  result.facts = facts(family);
  result.machine = random_machine(random, result.facts, largest);
  if (family != "fp16") result.facts = facts(family, result.machine.array.lanes * pick(1, 12));
  result.shape = {pick(1, result.machine.array.cols), pick(1, result.machine.array.rows), pick(1, longest),
                  pick(0, 1) == 0};
  return result;
}

/// Drives an array as docs/timing.md says its surroundings do; returns the cycle in which the pass ends.
int64_t drive(array::IPeArray& array, const RandomPass& pass, uint8_t format_code) {
  const Fetch fetch = fetch_of(pass.machine, pass.facts, pass.shape);
  const int64_t lanes = pass.machine.array.lanes;
  const int64_t group = pass.facts.group == 0 ? pass.shape.k : pass.facts.group;
  int64_t k = 0;  // of the step on offer
  int64_t offered = read_latency_of(pass.machine) + fetch.first;
  int64_t port_free = 0;
  int64_t taken = 0;
  for (int64_t t = 0; t < 1000000; ++t) {
    const array::ArrayOutputs& outputs = array.outputs();
    array::ArrayInputs inputs;
    inputs.start = t == 0;
    inputs.rows = static_cast<int>(pass.shape.n);
    inputs.cols = static_cast<int>(pass.shape.m);
    inputs.format = format_code;
    inputs.final = pass.shape.final;
    inputs.step_valid = k < pass.shape.k && t >= offered;
    // Steps do not cross groups.
    const int64_t next = std::min({k + lanes, (k / group + 1) * group, pass.shape.k});
    inputs.pass_last = next == pass.shape.k;
    inputs.group_last = next % group == 0 || inputs.pass_last;
    inputs.out_ready = t >= port_free;
    if (inputs.step_valid && outputs.step_ready) {
      offered = t + (inputs.group_last ? fetch.first : fetch.step);
      k = next;
    }
    if (outputs.out_valid && inputs.out_ready) {
      EXPECT_EQ(outputs.out_col, taken) << "columns leave in order";
      port_free = t + write_of(pass.machine, pass.shape);
      ++taken;
    }
    array.tick(inputs);
    if (taken == pass.shape.m) {
      EXPECT_FALSE(array.outputs().busy);
      return port_free;
    }
  }
  ADD_FAILURE() << "the pass does not end";
  return -1;
}

TEST(GemmTiming, passes_counted_by_hand) {
  // docs/example-2x2.md: from b to e.
  const machine::Machine fp16 = example_machine("fp16_mac", 1);
  const GemmTiming plain = GemmTimingModel(fp16, {"fp16"}).pass(0, 2, 2, 4, true, false);
  EXPECT_EQ(plain.cycles, 30U - 18U);
  EXPECT_EQ(plain.fill, 20U - 18U);
  EXPECT_EQ(plain.compute, 4U);
  EXPECT_EQ(plain.operand_stall, 0U);
  EXPECT_EQ(plain.drain, 30U - 24U);
  const machine::Machine bitmod = example_machine("bitmod", 4);
  const GemmTiming serial = GemmTimingModel(bitmod, {"bitmod4_g8"}).pass(0, 2, 2, 16, true, false);
  EXPECT_EQ(serial.cycles, 60U - 30U);
  EXPECT_EQ(serial.fill, 33U - 30U);
  EXPECT_EQ(serial.compute, 8U);
  EXPECT_EQ(serial.operand_stall, 4U);
  EXPECT_EQ(serial.drain, 60U - 45U);
  // One PE, one element: accepted in 2, issued in 3, valid in 5, taken in 7, ended at 8.
  EXPECT_EQ(GemmTimingModel(fp16, {"fp16"}).pass(0, 1, 1, 1, true, false).cycles, 8U);
  // fp32 partial sums of two rows need two cycles of the 32-bit port per column.
  EXPECT_EQ(GemmTimingModel(fp16, {"fp16"}).pass(0, 2, 2, 4, false, false).cycles, 12U + 2U);
}

TEST(GemmTiming, passes_equal_the_closed_form) {
  for (uint64_t seed = 1; seed <= 20000; ++seed) {
    const RandomPass pass = random_pass(seed, 64, 600);
    const GemmTimingModel model(pass.machine, {pass.facts.format});
    const PassShape& shape = pass.shape;
    const GemmTiming timing = model.pass(0, shape.m, shape.n, shape.k, shape.final, false);
    const auto text = describe(seed, pass.machine, pass.facts, shape);
    ASSERT_EQ(static_cast<int64_t>(timing.cycles), pass_cycles(pass.machine, pass.facts, shape)) << text;
    const Fetch fetch = fetch_of(pass.machine, pass.facts, shape);
    const auto fill = static_cast<uint64_t>(read_latency_of(pass.machine) + fetch.first);
    ASSERT_EQ(timing.fill, fill) << text;
    ASSERT_EQ(static_cast<int64_t>(timing.fill + timing.compute + timing.operand_stall),
              last_term(pass.machine, pass.facts, shape))
        << text;
    ASSERT_EQ(timing.cycles, timing.fill + timing.compute + timing.operand_stall + timing.drain) << text;
  }
}

TEST(GemmTiming, passes_equal_the_array_driven_pin_by_pin) {
  for (uint64_t seed = 1; seed <= 600; ++seed) {
    const RandomPass pass = random_pass(seed, 9, 150);
    const formats::GroupFormat format = formats::group_format(pass.facts.format);
    array::PeArrayModel array(pass.machine.array, {format});
    const uint8_t code = pe::pe(pass.facts.pe).format_code(format, formats::ActivationFormat::fp16);
    const GemmTimingModel model(pass.machine, {pass.facts.format});
    const PassShape& shape = pass.shape;
    const uint64_t cycles = model.pass(0, shape.m, shape.n, shape.k, shape.final, false).cycles;
    // Twice: nothing of a pass is left for the next one.
    for (int repetition = 0; repetition < 2; ++repetition) {
      ASSERT_EQ(drive(array, pass, code), static_cast<int64_t>(cycles))
          << describe(seed, pass.machine, pass.facts, shape) << ", repetition " << repetition;
    }
  }
}

TEST(GemmTiming, instructions_are_their_tiles) {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    const RandomPass pass = random_pass(seed, 16, 300);
    std::mt19937_64 random(seed);
    const auto m = static_cast<int64_t>(1 + random() % 50);
    const auto n = static_cast<int64_t>(1 + random() % 50);
    const bool accumulate = random() % 2 == 0;
    const int64_t k = pass.shape.k;
    const bool final = pass.shape.final;
    int64_t cycles = 1;
    uint64_t steps = 0;  // PE steps
    uint64_t groups = 0;
    const int64_t group = pass.facts.group == 0 ? k : pass.facts.group;
    const int64_t lanes = pass.machine.array.lanes;
    for (int64_t n0 = 0; n0 < n; n0 += pass.machine.array.rows) {
      for (int64_t m0 = 0; m0 < m; m0 += pass.machine.array.cols) {
        const PassShape tile{std::min<int64_t>(pass.machine.array.cols, m - m0),
                             std::min<int64_t>(pass.machine.array.rows, n - n0), k, final};
        cycles += pass_cycles(pass.machine, pass.facts, tile);
        for (int64_t k0 = 0; k0 < k; k0 += group) {
          const int64_t length = std::min(group, k - k0);
          steps += static_cast<uint64_t>(tile.m * tile.n * ceil_of(length, lanes));
          if (pass.facts.dequant > 0) groups += static_cast<uint64_t>(tile.m * tile.n);
        }
      }
    }
    GemmTimingModel model(pass.machine, {pass.facts.format});
    const GemmTiming& timing = model.instruction(gemm_of(m, n, k, final, accumulate));
    const std::string text =
        describe(seed, pass.machine, pass.facts, pass.shape) + fmt::format(", block {}x{}", m, n);
    ASSERT_EQ(static_cast<int64_t>(timing.cycles), cycles) << text;
    ASSERT_EQ(timing.cycles, timing.fill + timing.compute + timing.operand_stall + timing.drain) << text;
    const auto outputs = static_cast<uint64_t>(m * n);
    ASSERT_EQ(timing.macs, outputs * static_cast<uint64_t>(k)) << text;
    const EventCounts& counts = timing.counts;
    ASSERT_EQ(counts.pe_steps, steps) << text;
    ASSERT_EQ(counts.pe_terms, steps * static_cast<uint64_t>(pass.facts.terms)) << text;
    ASSERT_EQ(counts.group_ends, groups) << text;
    ASSERT_EQ(counts.outputs, outputs) << text;
    ASSERT_EQ(counts.output_write_bits, outputs * (final ? 16 : 32)) << text;
    ASSERT_EQ(counts.output_read_bits, accumulate ? outputs * 32 : 0) << text;
    ASSERT_EQ(&timing, &model.instruction(gemm_of(m, n, k, final, accumulate))) << "remembered";
  }
}

// Weights are read once per tile of columns, activations once per tile of rows, all lanes always.
TEST(GemmTiming, operand_reads_counted_by_hand) {
  const machine::Machine bitmod = example_machine("bitmod", 4);
  // m=3: two tiles of columns; n=2: one of rows; k=10 in groups of 8: 2 + 1 steps of 4 lanes.
  const EventCounts counts = GemmTimingModel(bitmod, {"bitmod4_g8"}).instruction(gemm_of(3, 2, 10)).counts;
  EXPECT_EQ(counts.weight_read_bits, 2U * (2 * (3 * 4 * 4 + 2 * 10 + 16)));
  EXPECT_EQ(counts.activation_read_bits, 3U * 3 * 4 * 16);
}

// docs/peers.md: what one pass costs on the square array, and what the whole GEMM does.
TEST(GemmTiming, square_array_has_the_closed_form_of_the_peers_page) {
  const machine::Machine machine = square_machine();
  GemmTimingModel model(machine, {"fp16"});
  for (const int64_t k : {1, 2, 31, 256, 4096}) {
    for (const int64_t tiles : {1, 3}) {
      const auto cycles = static_cast<int64_t>(model.instruction(gemm_of(32 * tiles, 32 * tiles, k)).cycles);
      EXPECT_EQ(cycles, 1 + tiles * tiles * (k + 32 + 32 + 4 + 32)) << k;
    }
  }
}

}  // namespace
}  // namespace vernier::array_test
