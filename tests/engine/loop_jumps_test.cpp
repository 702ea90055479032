// SPDX-License-Identifier: Apache-2.0
// Turns of loops that `fast` leaves out: the same as with every turn followed, and followed where a turn
// could differ. Programs planted by hand; tests/fidelity has random ones.
#include <gtest/gtest.h>

#include "base/error.h"
#include "sim/engine/attribution.h"
#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/hazards.h"
#include "tests/engine/example_programs.h"

namespace vernier::engine {
namespace {

using engine_test::post;
using engine_test::transfer;
using engine_test::wait;
using isa::Opcode;
using isa::Scratchpad;

constexpr uint64_t kTurns = 200;

/// With a gemm in every turn: as long as the array waits, waiting cycles add up, and no state comes back.
void loop(isa::Program& program, uint64_t turns, const std::vector<isa::Instruction>& body) {
  isa::Node begin;
  begin.kind = isa::Node::Kind::loop_begin;
  begin.trip_count = turns;
  program.nodes.push_back(begin);
  engine_test::append(program, engine_test::gemm());
  for (const isa::Instruction& instruction : body) engine_test::append(program, instruction);
  isa::Node end;
  end.kind = isa::Node::Kind::loop_end;
  program.nodes.push_back(end);
}

/// One burst, which moves on by a burst a turn; one such at a time, by semaphore `order`.
isa::Instruction in_turn(Opcode opcode, Scratchpad scratchpad, uint64_t dram, int64_t step, uint8_t order) {
  isa::Instruction instruction = transfer(opcode, scratchpad, dram, 1, 16, 0);
  instruction.dram.stride[0] = step;
  instruction.spad.base = 64;  // beside the operands of the gemm
  wait(instruction, order);
  post(instruction, order);
  return instruction;
}

struct Seen {
  std::string error;
  EngineTotals totals;
  std::vector<InstructionRecord> records;
  std::vector<report::LayerRow> rows;
};

Seen run(const isa::Program& program, bool skip, DramRange kv = {}, size_t limit = SIZE_MAX) {
  isa::validate(program);
  const machine::Machine machine = engine_test::example_machine();
  RunLog log;
  HazardObserver hazards(program, machine);
  AttributionObserver attribution(program, machine, {false, false}, {false, false}, {kv, kv});
  RecordingObserver recording(limit);
  log.add_observer(hazards);
  log.add_observer(attribution);
  log.add_observer(recording);
  Seen seen;
  try {
    seen.totals = run_fast(program, machine, log, {skip});
  } catch (const InputError& error) {
    seen.error = error.diagnostics().at(0).code + ": " + error.diagnostics().at(0).message;
  }
  EXPECT_TRUE(skip || seen.totals.left_out == 0);
  seen.records = recording.records();
  seen.rows = attribution.rows();
  return seen;
}

/// Runs with and without leaving out turns, which must not differ; returns the former.
Seen run_both(const isa::Program& program, DramRange kv = {}) {
  const Seen jumping = run(program, true, kv);
  const Seen following = run(program, false, kv);
  EXPECT_EQ(jumping.error, following.error);
  EXPECT_EQ(jumping.totals.cycles, following.totals.cycles);
  EXPECT_EQ(jumping.totals.instructions, following.totals.instructions);
  EXPECT_EQ(jumping.totals.dram_bursts, following.totals.dram_bursts);
  EXPECT_TRUE(!jumping.error.empty() || jumping.records == following.records);
  for (size_t op = 0; op < jumping.rows.size(); ++op) {
    EXPECT_EQ(jumping.rows[op].kv_bytes, following.rows[op].kv_bytes);
    EXPECT_EQ(jumping.rows[op].activation_read_bytes, following.rows[op].activation_read_bytes);
    EXPECT_EQ(jumping.rows[op].load_stall, following.rows[op].load_stall);
    EXPECT_EQ(jumping.rows[op].store_stall, following.rows[op].store_stall);
    EXPECT_EQ(jumping.rows[op].instructions, following.rows[op].instructions);
  }
  return jumping;
}

isa::Program in_order() {
  isa::Program program = engine_test::empty_program();
  program.semaphore_initial[0] = program.semaphore_initial[1] = 1;
  return program;
}

TEST(LoopJumps, races_in_late_turns_are_found_bad) {
  const auto with_store_at = [](uint64_t dram) {
    isa::Program program = in_order();
    loop(program, kTurns,
         {in_turn(Opcode::load, Scratchpad::weight, 0, 16, 0),
          in_turn(Opcode::store, Scratchpad::output, dram, 0, 1)});
    return program;
  };
  const Seen race = run_both(with_store_at(16 * 150));
  EXPECT_EQ(race.error.substr(0, 6), "PRG050") << race.error;
  const Seen none = run_both(with_store_at(16 * kTurns));
  EXPECT_EQ(none.error, "");
  EXPECT_GT(none.totals.left_out, kTurns);  // of three times as many
}

TEST(LoopJumps, transfers_in_step_may_be_close) {
  isa::Program program = in_order();
  loop(program, kTurns,
       {in_turn(Opcode::load, Scratchpad::weight, 0, 16, 0),
        in_turn(Opcode::store, Scratchpad::output, 16 * 20, 16, 1)});
  const Seen seen = run_both(program);
  EXPECT_EQ(seen.error, "");
  EXPECT_GT(seen.totals.left_out, kTurns);
}

TEST(LoopJumps, loads_count_as_what_lies_where_they_load) {
  isa::Program program = in_order();
  loop(program, kTurns, {in_turn(Opcode::load, Scratchpad::output, 0, 16, 0)});
  const Seen crossing = run_both(program, {16 * 150, 16 * 170});
  EXPECT_EQ(crossing.rows.at(0).kv_bytes, 16U * 20);
  EXPECT_EQ(crossing.rows.at(0).activation_read_bytes, 16U * (kTurns - 20));
  EXPECT_EQ(crossing.totals.left_out, 0U);
  const Seen inside = run_both(program, {0, 16 * kTurns});
  EXPECT_EQ(inside.rows.at(0).kv_bytes, 16U * kTurns);
  EXPECT_GT(inside.totals.left_out, kTurns / 2);
}

TEST(LoopJumps, what_the_loop_posts_is_there_after_it) {
  for (const uint16_t wanted : {uint16_t{kTurns}, uint16_t{kTurns + 1}}) {
    isa::Program program = in_order();
    isa::Instruction load = in_turn(Opcode::load, Scratchpad::weight, 0, 16, 0);
    post(load, 2);  // nobody in the loop waits for it
    loop(program, kTurns, {load});
    isa::Instruction after = in_turn(Opcode::store, Scratchpad::output, 3500, 0, 1);
    wait(after, 2, wanted);
    engine_test::append(program, after);
    const Seen seen = run_both(program);
    EXPECT_EQ(seen.error.substr(0, 6), wanted == kTurns ? "" : "PRG051") << seen.error;
  }
}

TEST(LoopJumps, stocks_that_run_out_are_seen_bad) {
  isa::Program program = in_order();
  program.semaphore_initial[3] = 150;
  isa::Instruction load = in_turn(Opcode::load, Scratchpad::weight, 0, 16, 0);
  wait(load, 3);  // nobody posts it
  loop(program, kTurns, {load});
  const Seen seen = run_both(program);
  EXPECT_EQ(seen.error.substr(0, 6), "PRG051") << seen.error;
}

TEST(LoopJumps, addresses_must_come_back) {
  const auto with_wrap = [](uint64_t wrap) {
    isa::Program program = in_order();
    isa::Instruction load = in_turn(Opcode::load, Scratchpad::weight, 0, 16, 0);
    load.spad.stride[0] = 1;
    load.spad.wrap = wrap;
    loop(program, kTurns, {load});
    return program;
  };
  EXPECT_EQ(run_both(with_wrap(0)).totals.left_out, 0U);
  EXPECT_GT(run_both(with_wrap(12)).totals.left_out, kTurns / 2);
  // A load whose bursts are two in every other turn.
  isa::Program program = in_order();
  loop(program, kTurns, {in_turn(Opcode::load, Scratchpad::weight, 0, 8, 0)});
  const Seen seen = run_both(program);
  EXPECT_EQ(seen.totals.dram_bursts, kTurns / 2 * 3);
  EXPECT_GT(seen.totals.left_out, kTurns / 2);
}

TEST(LoopJumps, recordings_may_end_anywhere) {
  isa::Program program = in_order();
  loop(program, kTurns,
       {in_turn(Opcode::load, Scratchpad::weight, 0, 16, 0),
        in_turn(Opcode::store, Scratchpad::output, 16 * kTurns, 0, 1)});
  const std::vector<InstructionRecord> all = run(program, false).records;
  for (const size_t limit : {size_t{1}, size_t{57}, all.size() - 1, all.size()}) {
    const std::vector<InstructionRecord> some = run(program, true, {}, limit).records;
    ASSERT_EQ(some.size(), limit);
    EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin())) << limit;
  }
}

}  // namespace
}  // namespace vernier::engine
