// SPDX-License-Identifier: Apache-2.0
// The timing descriptor of the weight-stationary array against hand-counted passes, the array model driven
// pin by pin, and docs/weight-stationary.md with the closed form of SCALE-Sim. No tolerance.
#include "models/array/weight_stationary/ws_timing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>

#include "models/array/weight_stationary/ws_array_model.h"
#include "sim/config/load.h"
#include "sim/cosim/random.h"
#include "tests/weight_stationary/fp16_format.h"

namespace vernier::ws_test {
namespace {

using array::GemmTiming;
using array::WsPassShape;

const std::string kSource = VERNIER_SOURCE_DIR;

machine::Machine machine_of(int rows, int cols, int weight_port, int act_port, int out_port) {
  machine::Machine machine;
  machine.array = {"fp16_mac", rows, cols, 1, machine::Delivery::systolic};
  machine.weight_spad = {1024, 1, weight_port, 1};
  machine.activation_spad = {1024, 1, act_port, 1};
  machine.output_spad = {1024, 1, out_port, 1};
  return machine;
}

TEST(WsTiming, passes_counted_by_hand) {
  // 2 x 2, everything in one cycle. Rows accepted in 2 and 3, tokens in 4, 5, 6; the first result is shown in
  // 4 + 2 + 2 + 3 = 11, the last one in 13: the pass ends at 14.
  const machine::Machine wide = machine_of(2, 2, 32, 32, 64);
  const GemmTiming plain = array::ws_pass(wide, fp16(), {3, 2, 2, true, false});
  EXPECT_EQ(plain.cycles, 14U);
  EXPECT_EQ(plain.fill, 4U);
  EXPECT_EQ(plain.compute, 3U);
  EXPECT_EQ(plain.operand_stall, 0U);
  EXPECT_EQ(plain.drain, 7U);
  // Weights one element a cycle: rows accepted in 3 and 5, the first token in 6.
  EXPECT_EQ(array::ws_pass(machine_of(2, 2, 16, 32, 64), fp16(), {3, 2, 2, true, false}).cycles, 16U);
  // Tokens in two cycles: accepted in 4, 6, 8.
  EXPECT_EQ(array::ws_pass(machine_of(2, 2, 32, 16, 64), fp16(), {3, 2, 2, true, false}).cycles, 16U);
  // Two cycles to write two fp32: taken in 11, 13, 15; the last write ends at 17.
  const machine::Machine narrow = machine_of(2, 2, 32, 32, 32);
  EXPECT_EQ(array::ws_pass(narrow, fp16(), {3, 2, 2, false, false}).cycles, 17U);
  // fp16 results need one; the old fp32 partial sums two again.
  EXPECT_EQ(array::ws_pass(narrow, fp16(), {3, 2, 2, true, false}).cycles, 14U);
  EXPECT_EQ(array::ws_pass(narrow, fp16(), {3, 2, 2, true, true}).cycles, 17U);
}

TEST(WsTiming, events_counted_by_hand) {
  const machine::Machine machine = machine_of(4, 4, 64, 64, 128);
  const array::EventCounts counts = array::ws_pass(machine, fp16(), {5, 3, 2, true, true}).counts;
  EXPECT_EQ(counts.pe_steps, 5U * 3 * 2);
  EXPECT_EQ(counts.pe_terms, 5U * 3 * 2);
  EXPECT_EQ(counts.group_ends, 0U);
  EXPECT_EQ(counts.outputs, 5U * 3);
  EXPECT_EQ(counts.weight_read_bits, 3U * 2 * 16);
  EXPECT_EQ(counts.activation_read_bits, 5U * 2 * 16);
  EXPECT_EQ(counts.output_write_bits, 5U * 3 * 16);
  EXPECT_EQ(counts.output_read_bits, 5U * 3 * 32);
}

int64_t ceil_of(int64_t a, int64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

/// Drives an array as docs/weight-stationary.md says its surroundings do; the cycle in which the pass ends.
int64_t drive(array::IWsArray& array, const machine::Machine& machine, const WsPassShape& shape) {
  const int64_t g = ceil_of(shape.n * 16, machine.weight_spad.port_bits());
  const int64_t f = ceil_of(shape.k * 16, machine.activation_spad.port_bits());
  const int64_t d =
      ceil_of(shape.n * (shape.final && !shape.accumulate ? 16 : 32), machine.output_spad.port_bits());
  int64_t row_offered = machine.weight_spad.read_latency_cycles + g;
  int64_t token_offered = machine.activation_spad.read_latency_cycles + f;
  int64_t port_free = 0;
  int64_t rows = 0;
  int64_t tokens = 0;
  int64_t taken = 0;
  for (int64_t t = 0; t < 1000000; ++t) {
    const array::WsOutputs& out = array.outputs();
    array::WsInputs in;
    in.start = t == 0;
    in.rows = static_cast<int>(shape.k);
    in.cols = static_cast<int>(shape.n);
    in.final = shape.final;
    in.accumulate = shape.accumulate;
    in.weight_valid = rows < shape.k && t >= row_offered;
    in.act_valid = tokens < shape.m && t >= token_offered;
    in.act_last = tokens + 1 == shape.m;
    in.out_ready = t >= port_free;
    if (in.weight_valid && out.weight_ready) {
      ++rows;
      row_offered = t + g;
    }
    if (in.act_valid && out.act_ready) {
      ++tokens;
      token_offered = t + f;
    }
    if (out.out_valid && in.out_ready) {
      port_free = t + d;
      ++taken;
    }
    array.tick(in);
    if (taken == shape.m) {
      EXPECT_FALSE(array.outputs().busy);
      return port_free;
    }
  }
  ADD_FAILURE() << "the pass does not end";
  return -1;
}

TEST(WsTiming, passes_equal_the_array_driven_pin_by_pin) {
  for (uint64_t seed = 1; seed <= 4000; ++seed) {
    cosim::Random random(seed, 0);
    machine::Machine machine = machine_of(random.pick(1, 12), random.pick(1, 12), 8 << random.pick(0, 6),
                                          8 << random.pick(0, 6), 8 << random.pick(0, 6));
    machine.weight_spad.read_latency_cycles = random.pick(1, 4);
    machine.activation_spad.read_latency_cycles = random.pick(1, 40);
    array::WsArrayModel array(machine.array, {fp16()});
    // Twice: nothing of a pass is left for the next one.
    for (int i = 0; i < 2; ++i) {
      const WsPassShape shape{random.pick(1, 50), random.pick(1, machine.array.cols),
                              random.pick(1, machine.array.rows), random.chance(50), random.chance(50)};
      const GemmTiming timing = array::ws_pass(machine, fp16(), shape);
      ASSERT_EQ(drive(array, machine, shape), static_cast<int64_t>(timing.cycles))
          << "seed " << seed << ", " << machine.array.rows << "x" << machine.array.cols << ", m=" << shape.m
          << " n=" << shape.n << " k=" << shape.k;
      ASSERT_EQ(timing.cycles, timing.fill + timing.compute + timing.operand_stall + timing.drain);
    }
  }
}

int64_t scale_sim(int64_t m, int64_t n, int64_t k, int64_t rows, int64_t cols) {
  return ceil_of(k, rows) * ceil_of(n, cols) * (m + 2 * rows + cols - 2) - 1;
}

/// The sum of the passes of a GEMM and the pop of the instruction.
int64_t ours(const machine::Machine& machine, int64_t m, int64_t n, int64_t k) {
  int64_t cycles = 1;
  for (int64_t n0 = 0; n0 < n; n0 += machine.array.cols) {
    for (int64_t k0 = 0; k0 < k; k0 += machine.array.rows) {
      const WsPassShape shape{m, std::min<int64_t>(n - n0, machine.array.cols),
                              std::min<int64_t>(k - k0, machine.array.rows), k0 + machine.array.rows >= k,
                              k0 > 0};
      cycles += static_cast<int64_t>(array::ws_pass(machine, fp16(), shape).cycles);
    }
  }
  return cycles;
}

// Ports that never stall and a latency of 1: 7 cycles a tile and 2 a GEMM, less what a short K tile saves.
TEST(WsTiming, differs_from_scale_sim_by_the_documented_constant) {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    cosim::Random random(seed, 0);
    const int rows = random.pick(1, 64);
    const int cols = random.pick(1, 64);
    const machine::Machine machine = machine_of(rows, cols, 4096, 4096, 4096);
    const int64_t m = random.pick(1, 500);
    const int64_t n = random.pick(1, 300);
    const int64_t k = random.pick(1, 300);
    const int64_t saved = ceil_of(n, cols) * (ceil_of(k, rows) * rows - k);
    const int64_t tiles = ceil_of(k, rows) * ceil_of(n, cols);
    ASSERT_EQ(ours(machine, m, n, k) - scale_sim(m, n, k, rows, cols), 7 * tiles + 2 - saved)
        << "seed " << seed << ", " << rows << "x" << cols << ", m=" << m << " n=" << n << " k=" << k;
  }
}

int64_t number(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ','), text.end());
  return std::stoll(text);
}

TEST(WsTiming, page_has_the_counts_and_explains_the_difference) {
  const auto config = config::load_accelerator(kSource + "/configs/accelerators/fp16_mac_32x32.yaml");
  std::ifstream page(kSource + "/docs/weight-stationary.md");
  const std::regex gemm(R"(\| (\d+) x (\d+) x (\d+) \| ([\d,]+) \| ([\d,]+) \|)");
  const std::regex cause(R"(\| (\d+) \| .*)");
  int rows = 0;
  int64_t explained = 0;
  for (std::string line; std::getline(page, line);) {
    std::smatch match;
    if (std::regex_match(line, match, gemm)) {
      ++rows;
      const int64_t m = number(match[1]);
      const int64_t n = number(match[2]);
      const int64_t k = number(match[3]);
      EXPECT_EQ(number(match[4]), scale_sim(m, n, k, 32, 32)) << line;
      EXPECT_EQ(number(match[5]), ours(config.machine, m, n, k)) << line;
    } else if (std::regex_match(line, match, cause)) {
      explained += number(match[1]);
    }
  }
  EXPECT_EQ(rows, 3);
  EXPECT_EQ(explained, 7);
}

}  // namespace
}  // namespace vernier::ws_test
