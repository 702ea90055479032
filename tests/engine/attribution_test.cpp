// SPDX-License-Identifier: Apache-2.0
// Every cycle of a run goes to one operator and one cause: hand-made logs, counted by hand.
#include "sim/engine/attribution.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/engine/example_programs.h"

namespace vernier::engine {
namespace {

using engine_test::gemm;
using engine_test::issue;
using engine_test::transfer;
using isa::Opcode;
using isa::Scratchpad;

isa::Instruction vector_of(uint32_t op) {
  isa::Instruction instruction;
  instruction.opcode = Opcode::vector;
  instruction.queue = isa::Queue::vector;
  instruction.op = op;
  instruction.vector_op = isa::VectorOp::add;
  instruction.rows = 2;
  instruction.cols = 2;
  return instruction;
}

uint64_t sum_of_parts(const report::LayerRow& row) {
  return row.compute + row.fill + row.drain + row.operand_stall + row.load_stall + row.store_stall +
         row.vector + row.idle;
}

// cycle        0  2       10 12        25 26  30    36  40
// load            |-------|
// gemm (first)               |---------|
// store                                   |-----------|
// vector (second)                             |-----|
TEST(Attribution, cycles_counted_by_hand) {
  const machine::Machine machine = engine_test::example_machine();
  const isa::Program program = engine_test::empty_program();
  AttributionObserver attribution(program, machine, {false, false}, {false, false}, {{}, {}});
  const isa::Instruction load = transfer(Opcode::load, Scratchpad::weight, 0, 1, 16, 0);
  const isa::Instruction array = gemm();
  const isa::Instruction store = transfer(Opcode::store, Scratchpad::output, 64, 2, 4, 4);
  const isa::Instruction vector = vector_of(1);
  RunLog log;
  log.add_observer(attribution);
  log.start(issue(load, 0), 2);
  log.end(issue(load, 0), 10, 1);
  log.start(issue(array, 1), 12);
  log.end(issue(array, 1), 25, 0);
  log.start(issue(store, 2), 26);
  log.start(issue(vector, 3), 30);
  log.end(issue(vector, 3), 36, 0);
  log.end(issue(store, 2), 40, 2);
  EXPECT_EQ(log.finish(), 40U);
  ASSERT_EQ(attribution.rows().size(), 2U);
  const report::LayerRow& first = attribution.rows()[0];
  EXPECT_EQ(first.idle, 2U + 2U);   // [0, 2) and [10, 12)
  EXPECT_EQ(first.load_stall, 8U);  // [2, 10)
  EXPECT_EQ(first.fill, 3U);        // [12, 15)
  EXPECT_EQ(first.compute, 4U);     // [15, 19)
  EXPECT_EQ(first.drain, 6U);       // [19, 25)
  EXPECT_EQ(first.operand_stall, 0U);
  EXPECT_EQ(first.store_stall + first.vector, 0U);
  EXPECT_EQ(first.cycles, 25U);
  const report::LayerRow& second = attribution.rows()[1];
  EXPECT_EQ(second.idle, 1U);              // [25, 26): the vector operation starts next
  EXPECT_EQ(second.store_stall, 4U + 4U);  // [26, 30) before it, [36, 40) after the last one
  EXPECT_EQ(second.vector, 6U);            // [30, 36), though the store is in flight
  EXPECT_EQ(second.cycles, 15U);
}

// What is moved is booked by operand; what overlaps a gemm costs nothing.
TEST(Attribution, transfers_and_overlaps_counted_by_hand) {
  const machine::Machine machine = engine_test::example_machine();
  const isa::Program program = engine_test::empty_program();
  AttributionObserver attribution(program, machine, {false, true}, {false, true}, {{}, {}});
  const isa::Instruction array = gemm();
  const isa::Instruction weights = transfer(Opcode::load, Scratchpad::weight, 0, 1, 16, 0);
  isa::Instruction cache = weights;
  cache.op = 1;
  const isa::Instruction acts = transfer(Opcode::load, Scratchpad::activation, 32, 2, 8, 8);
  isa::Instruction append = transfer(Opcode::store, Scratchpad::output, 64, 1, 8, 0);
  append.op = 1;
  RunLog log;
  log.add_observer(attribution);
  log.start(issue(array, 0), 0);
  log.start(issue(weights, 1), 1);
  log.start(issue(cache, 2), 2);
  log.start(issue(acts, 3), 3);
  log.start(issue(append, 4), 4);
  log.end(issue(weights, 1), 9, 1);
  log.end(issue(cache, 2), 10, 1);
  log.end(issue(acts, 3), 11, 2);
  log.end(issue(append, 4), 12, 1);
  log.end(issue(array, 0), 13, 0);
  log.finish();
  const report::LayerRow& first = attribution.rows()[0];
  EXPECT_EQ(first.cycles, 13U);
  EXPECT_EQ(first.load_stall + first.store_stall + first.idle, 0U);
  EXPECT_EQ(first.weight_bytes, 16U);
  EXPECT_EQ(first.activation_read_bytes, 32U);  // two bursts
  EXPECT_EQ(first.kv_bytes, 0U);
  EXPECT_EQ(first.macs, 16U);
  EXPECT_EQ(first.ideal_cycles, 4.0);
  EXPECT_EQ(first.instructions, 3U);
  const report::LayerRow& second = attribution.rows()[1];
  EXPECT_EQ(second.cycles, 0U);
  EXPECT_EQ(second.kv_bytes, 32U);  // read and written
  EXPECT_EQ(second.weight_bytes + second.output_write_bytes, 0U);
  EXPECT_EQ(attribution.gemms().cycles, 13U);
}

// While both are in flight the load is the cause: what comes next needs it.
TEST(Attribution, load_stall_comes_before_store_stall) {
  const machine::Machine machine = engine_test::example_machine();
  const isa::Program program = engine_test::empty_program();
  AttributionObserver attribution(program, machine, {false, false}, {false, false}, {{}, {}});
  const isa::Instruction load = transfer(Opcode::load, Scratchpad::weight, 0, 1, 16, 0);
  const isa::Instruction store = transfer(Opcode::store, Scratchpad::output, 64, 2, 4, 4);
  const isa::Instruction array = gemm();
  RunLog log;
  log.add_observer(attribution);
  log.start(issue(store, 0), 0);
  log.start(issue(load, 1), 2);
  log.end(issue(load, 1), 6, 1);
  log.end(issue(store, 0), 10, 2);
  log.start(issue(array, 2), 12);
  log.end(issue(array, 2), 25, 0);
  log.finish();
  const report::LayerRow& row = attribution.rows()[0];
  EXPECT_EQ(row.store_stall, 2U + 4U);  // [0, 2) and [6, 10)
  EXPECT_EQ(row.load_stall, 4U);        // [2, 6)
  EXPECT_EQ(row.idle, 2U);              // [10, 12)
}

TEST(Attribution, parts_of_random_logs_sum_to_the_run) {
  const machine::Machine machine = engine_test::example_machine();
  const isa::Program program = engine_test::empty_program();
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    std::mt19937_64 random(seed);
    const auto pick = [&random](uint64_t low, uint64_t high) { return low + random() % (high - low + 1); };
    isa::Instruction array[2] = {gemm(), gemm()};
    isa::Instruction vector[2] = {vector_of(0), vector_of(1)};
    isa::Instruction load = transfer(Opcode::load, Scratchpad::weight, 0, 1, 16, 0);
    isa::Instruction store = transfer(Opcode::store, Scratchpad::output, 64, 2, 4, 4);
    array[1].op = load.op = 1;
    AttributionObserver attribution(program, machine, {false, false}, {false, false}, {{}, {}});
    struct Event {
      uint64_t cycle;
      const isa::Instruction* instruction;
      uint64_t sequence;
      bool is_start;
    };
    std::vector<Event> events;
    uint64_t sequence = 0;
    for (int queue = 0; queue < 4; ++queue) {
      uint64_t now = 0;
      for (uint64_t i = pick(0, 6); i > 0; --i) {
        now += pick(0, 20);
        const isa::Instruction* what = queue == 0   ? &load
                                       : queue == 1 ? &array[pick(0, 1)]
                                       : queue == 2 ? &vector[pick(0, 1)]
                                                    : &store;
        const uint64_t end = now + (queue == 1 ? 13 : pick(1, 20));
        events.push_back({now, what, sequence, true});
        events.push_back({end, what, sequence++, false});
        now = end;
      }
    }
    std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
      return a.cycle != b.cycle ? a.cycle < b.cycle : a.is_start < b.is_start;
    });
    RunLog log;
    log.add_observer(attribution);
    for (const Event& event : events) {
      if (event.is_start) {
        log.start(issue(*event.instruction, event.sequence), event.cycle);
      } else {
        log.end(issue(*event.instruction, event.sequence), event.cycle, 1);
      }
    }
    const uint64_t cycles = log.finish();
    uint64_t total = 0;
    for (const report::LayerRow& row : attribution.rows()) {
      ASSERT_EQ(row.cycles, sum_of_parts(row)) << "seed " << seed;
      total += row.cycles;
    }
    ASSERT_EQ(total, cycles) << "seed " << seed;
  }
}

}  // namespace
}  // namespace vernier::engine
