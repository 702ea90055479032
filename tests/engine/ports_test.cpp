// SPDX-License-Identifier: Apache-2.0
// Units that meet at the ports of a scratchpad: runs of the 2 x 2 machine counted by hand from
// docs/memory.md, in the clocked engine and in the fast one. Instructions are dispatched in cycles 0, 1, 2,
// ... and popped one later.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/run_log.h"
#include "sim/engine/systemc/systemc_engine.h"
#include "tests/dram/checked_channels.h"
#include "tests/engine/example_programs.h"

namespace vernier::engine_test {
namespace {

using isa::Opcode;
using isa::Scratchpad;
using machine::PortKind;

/// Intervals of the instructions in program order, then stalls of the vector unit and refused cycles of DMA.
struct Observed {
  std::string intervals;
  uint64_t stalls = 0, refused = 0;
};

Observed run(const machine::Machine& machine, const std::vector<isa::Instruction>& instructions) {
  isa::Program program = empty_program();
  for (const isa::Instruction& instruction : instructions) append(program, instruction);
  const auto observe = [&](const std::function<engine::EngineTotals(engine::RunLog&)>& simulate) {
    engine::RunLog log;
    engine::RecordingObserver recording;
    log.add_observer(recording);
    const engine::EngineTotals totals = simulate(log);
    std::map<uint64_t, std::string> intervals;
    for (const engine::InstructionRecord& record : recording.records()) {
      intervals[record.sequence] = fmt::format("{}..{}", record.start, record.end);
    }
    Observed result{"", totals.vector_stall_cycles, totals.dma_refused_cycles};
    for (const auto& [sequence, interval] : intervals)
      result.intervals += (sequence > 0 ? " " : "") + interval;
    return result;
  };
  const Observed clocked =
      observe([&](engine::RunLog& log) { return engine::run_systemc(program, machine, log); });
  const Observed fast = observe([&](engine::RunLog& log) { return engine::run_fast(program, machine, log); });
  EXPECT_EQ(fast.intervals, clocked.intervals);
  EXPECT_EQ(fast.stalls, clocked.stalls);
  EXPECT_EQ(fast.refused, clocked.refused);
  return clocked;
}

/// `rows` work cycles (with ports for both, half of the accesses), after 4 of startup.
isa::Instruction copy(uint32_t rows, uint64_t from = 0, uint64_t to = 0) {
  isa::Instruction instruction;
  instruction.opcode = Opcode::vector;
  instruction.queue = isa::Queue::vector;
  instruction.rows = rows;
  instruction.cols = 2;
  instruction.src0.base = from;
  instruction.dst.base = to;
  return instruction;
}

machine::Machine with_output(PortKind kind) {
  machine::Machine machine = example_machine();
  machine.output_spad.ports = kind;
  return machine;
}

// The gemm is popped in 1, ends at 14 and writes a column in 12 and in 13. The copy is popped in 2 and works
// from 6 on: up to 6 cycles of work fit before the columns, the 7th comes after them.
TEST(Ports, the_vector_unit_waits_for_columns) {
  for (const PortKind kind : {PortKind::r1w1, PortKind::rw2}) {
    EXPECT_EQ(run(with_output(kind), {gemm(), copy(6)}).intervals, "1..14 2..12");
    const Observed late = run(with_output(kind), {gemm(), copy(7)});
    EXPECT_EQ(late.intervals, "1..14 2..15");
    EXPECT_EQ(late.stalls, 2U);
  }
  // One port: read and write in cycles of their own.
  EXPECT_EQ(run(with_output(PortKind::rw1), {gemm(), copy(3)}).intervals, "1..14 2..12");
  const Observed late = run(with_output(PortKind::rw1), {gemm(), copy(4)});
  EXPECT_EQ(late.intervals, "1..14 2..16");
  EXPECT_EQ(late.stalls, 2U);
}

// Two groups of one bank, bytes 0..127 and 128..255. Results of the gemm lie in group 0.
TEST(Ports, other_groups_do_not_wait) {
  machine::Machine machine = example_machine();
  machine.output_spad.banks = 2;
  machine.output_spad.stripe_banks = 1;
  EXPECT_EQ(run(machine, {gemm(), copy(7, 128, 128)}).intervals, "1..14 2..13");
  EXPECT_EQ(run(machine, {gemm(), copy(7, 0, 128)}).intervals, "1..14 2..15");
  EXPECT_EQ(run(machine, {gemm(), copy(7, 128, 100)}).intervals, "1..14 2..15");  // both groups
}

// Without startup the work in the cycle of the pop claims nothing; then it is as above: 10 cycles in 2..11.
TEST(Ports, without_startup_cycles) {
  machine::Machine machine = example_machine();
  machine.vector.startup_cycles = 0;
  EXPECT_EQ(run(machine, {gemm(), copy(10)}).intervals, "1..14 2..12");
  EXPECT_EQ(run(machine, {gemm(), copy(11)}).intervals, "1..14 2..15");
  // Popped beside the first column; beside the second one it waits.
  EXPECT_EQ(run(machine, {gemm(), copy(10), copy(1)}).intervals, "1..14 2..12 12..13");
  EXPECT_EQ(run(machine, {gemm(), copy(10), copy(2)}).intervals, "1..14 2..12 12..15");
}

// v + 2 = 12. Columns take 2 * 16 bits over 32: 1 cycle, partial sums 2; on one port an accumulating
// column 4.
TEST(Ports, one_port_reads_and_writes_columns_in_turn) {
  struct Case {
    bool final, accumulate;
    const char* with_two;
    const char* with_one;
  };
  for (const Case& c : std::vector<Case>{{true, false, "1..14", "1..14"},
                                         {true, true, "1..14", "1..20"},
                                         {false, false, "1..16", "1..16"},
                                         {false, true, "1..16", "1..20"}}) {
    isa::Instruction block = gemm();
    block.final = c.final;
    block.accumulate = c.accumulate;
    EXPECT_EQ(run(with_output(PortKind::r1w1), {block}).intervals, c.with_two);
    EXPECT_EQ(run(with_output(PortKind::rw2), {block}).intervals, c.with_two);
    EXPECT_EQ(run(with_output(PortKind::rw1), {block}).intervals, c.with_one);
  }
}

// Popped in 1, b = 2: operands are read in 2 and, a step being accepted in each of 4, 5, 6, 7 and one more
// fetched after each but the last, in 4, 5, 6. The load is popped in 2, granted in 3. A burst is 4 writes of
// 32 bits of weights from 3 on without latency; with 3 cycles of it from 6 on.
TEST(Ports, loads_wait_for_operands_on_one_port) {
  for (const PortKind kind : {PortKind::r1w1, PortKind::rw1}) {
    const bool one = kind == PortKind::rw1;
    machine::Machine machine = example_machine();
    machine.weight_spad.ports = machine.activation_spad.ports = kind;
    const isa::Instruction weights = transfer(Opcode::load, Scratchpad::weight, 0, 1, 16, 0);
    const Observed late = run(machine, {gemm(), weights});
    EXPECT_EQ(late.intervals, one ? "1..14 2..11" : "1..14 2..10");
    EXPECT_EQ(late.refused, one ? 1U : 0U);
    machine.dram.latency_cycles = 0;
    const Observed early = run(machine, {gemm(), weights});
    EXPECT_EQ(early.intervals, one ? "1..14 2..10" : "1..14 2..7");
    EXPECT_EQ(early.refused, one ? 3U : 0U);
    // Activations: one write of 128 bits, in 6.
    const Observed activations =
        run(machine, {gemm(), transfer(Opcode::load, Scratchpad::activation, 0, 1, 16, 0)});
    EXPECT_EQ(activations.intervals, one ? "1..14 2..8" : "1..14 2..7");
  }
}

// Columns of partial sums in [12, 16), read and write; work from 6 on, so 6 cycles, 4 stalls, and 14 cycles
// more up to 30. Store and load could both be granted in 5: the load is, and would write from 8 on, but the
// vector unit works and the columns leave: refused in 8..29, written in 30..33. The bus is free again in 9;
// the store requests when it can read, in 30.
TEST(Ports, four_units_on_one_scratchpad) {
  isa::Instruction block = gemm();
  block.final = false;
  block.accumulate = true;
  const Observed all =
      run(example_machine(), {block, copy(20), transfer(Opcode::store, Scratchpad::output, 0, 1, 16, 0),
                              transfer(Opcode::load, Scratchpad::output, 64, 1, 16, 0)});
  EXPECT_EQ(all.intervals, "1..16 2..30 3..37 4..34");
  EXPECT_EQ(all.stalls, 4U);
  EXPECT_EQ(all.refused, 22U);
}

// A copy to the activation scratchpad, popped in 2 with one cycle of startup, works from 3 on. On one port of
// that scratchpad the gemm's reads in 4, 5 and 6 come before its writes.
TEST(Ports, results_in_the_activation_scratchpad) {
  for (const PortKind kind : {PortKind::r1w1, PortKind::rw1}) {
    machine::Machine machine = example_machine();
    machine.activation_spad.ports = kind;
    machine.vector.startup_cycles = 1;
    isa::Instruction result = copy(3);
    result.dst_scratchpad = Scratchpad::activation;
    const Observed moved = run(machine, {gemm(), result});
    EXPECT_EQ(moved.intervals, kind == PortKind::rw1 ? "1..14 2..9" : "1..14 2..6");
    EXPECT_EQ(moved.stalls, kind == PortKind::rw1 ? 3U : 0U);
    // The output scratchpad is only read then: one port of it does for a work cycle.
    machine.output_spad.ports = PortKind::rw1;
    EXPECT_EQ(run(machine, {gemm(), result}).intervals, moved.intervals);
  }
}

// Two passes along K. b = 2: weights are accepted in b + 1 + 1 and b + 1 + 2 = 5, so read in [2, 5];
// activations from 6 on to the end of the pass. The first token is accepted in b + 4, the first result shown
// in b + 11 = 13; partial sums of 2 * 32 bits take 2 cycles: the pass ends in 17. The second one, which adds
// the first's, is as long: its results are shown from 28 on. On one port they take 4 cycles each.
TEST(Ports, weight_stationary_passes) {
  machine::Machine machine = example_machine();
  machine.array.delivery = machine::Delivery::systolic;
  machine.array.dataflow = machine::Dataflow::weight_stationary;
  EXPECT_EQ(run(machine, {gemm(), copy(7)}).intervals, "1..32 2..13");
  EXPECT_EQ(run(machine, {gemm(), copy(8)}).intervals, "1..32 2..18");
  EXPECT_EQ(run(machine, {gemm(), copy(18)}).intervals, "1..32 2..28");
  EXPECT_EQ(run(machine, {gemm(), copy(19)}).intervals, "1..32 2..33");
  machine.output_spad.ports = PortKind::rw1;
  EXPECT_EQ(run(machine, {gemm()}).intervals, "1..36");
  // Loads granted in 3: of weights, four writes from 3 on; of activations, one in 6.
  machine.dram.latency_cycles = 0;
  machine.weight_spad.ports = machine.activation_spad.ports = PortKind::rw1;
  const Observed weights = run(machine, {gemm(), transfer(Opcode::load, Scratchpad::weight, 0, 1, 16, 0)});
  EXPECT_EQ(weights.intervals, "1..36 2..10");
  EXPECT_EQ(weights.refused, 3U);
  const Observed activations =
      run(machine, {gemm(), transfer(Opcode::load, Scratchpad::activation, 0, 1, 16, 0)});
  EXPECT_EQ(activations.intervals, "1..36 2..18");
  EXPECT_EQ(activations.refused, 11U);
}

/// One channel with the clock of the machine, a burst of 16 bytes a clock.
void use_part(machine::Machine& machine) {
  machine.dram.kind = machine::DramKind::part;
  dram::Memory& memory = machine.dram.memory;
  memory.interleave_bytes = 64;
  memory.part.clock_hz = static_cast<uint64_t>(machine.clock_hz);
  memory.part.organisation = {1, 1, 1, 64, 1024, machine.dram.burst_bytes};
  dram::Timing& timing = memory.part.timing;
  timing.CL = timing.CWL = timing.RCD = timing.RP = 2;
  timing.BL = timing.CCD_S = timing.CCD_L = 1;
  timing.RC = 6;
  memory.part.controller.refresh = dram::Refresh::off;
}

// The copy touches both groups and works from 5 on. The store of 8 bursts in group 1, popped in 6, is refused
// from 7 on. Then a gemm is popped in 7: its columns in 18 and 19 go to group 0. They hold up the copy, so
// that the store may read two bursts; the others follow when the copy is done, in 37..42. At a clock in four
// cycles these are accepted from clock 10 on, the last in clock 15, which the unit sees in 4 * 16.
TEST(Ports, a_gemm_that_holds_up_the_vector_unit_leaves_its_ports_to_others) {
  machine::Machine machine = example_machine();
  machine.output_spad = {256, 2, 128, 1, PortKind::r1w1, 1};
  use_part(machine);
  machine.dram.memory.part.clock_hz /= 4;
  isa::Instruction nothing;
  nothing.opcode = Opcode::sync;
  nothing.queue = isa::Queue::compute;
  isa::Instruction store = transfer(Opcode::store, Scratchpad::output, 0, 1, 128, 0);
  store.spad.base = 128;
  const Observed moved =
      run(machine, {copy(30, 128, 100), nothing, nothing, nothing, nothing, store, gemm()});
  EXPECT_EQ(moved.intervals, "1..37 2..3 3..4 4..5 5..6 6..64 7..20");
  EXPECT_EQ(moved.stalls, 2U);
  EXPECT_EQ(moved.refused, 28U);
}

/// Counts the commands it sees, and hands them on.
struct Commands : dram::ICommandObserver {
  std::map<dram::CommandKind, uint64_t> seen;
  dram::ICommandObserver* next = nullptr;
  void on_command(const dram::Command& command) override {
    ++seen[command.kind];
    next->on_command(command);
  }
};

// Every channel has its observer in both engines, and what the channels counted reaches the totals.
TEST(Ports, commands_of_every_channel_are_observed) {
  machine::Machine machine = example_machine();
  machine.dram.burst_bytes = 64;
  use_part(machine);
  machine.dram.memory.channels = 2;
  machine.dram.memory.part.clock_hz = 1200000000;
  isa::Program program = empty_program();
  append(program, transfer(Opcode::load, Scratchpad::weight, 0, 1, 192, 0));
  append(program, transfer(Opcode::store, Scratchpad::output, 1024, 1, 128, 0));
  for (const bool clocked : {true, false}) {
    SCOPED_TRACE(clocked ? "systemc" : "fast");
    engine::RunLog log;
    dram::CheckedChannels checked(machine);
    std::array<Commands, 2> commands;
    for (size_t c = 0; c < commands.size(); ++c) commands[c].next = checked.observer(c);
    engine::EngineTotals totals;
    if (clocked) {
      engine::SystemcOptions options;
      options.dram_observers = {&commands[0], &commands[1]};
      totals = engine::run_systemc(program, machine, log, std::move(options));
    } else {
      totals = engine::run_fast(program, machine, log, {false, {&commands[0], &commands[1]}});
    }
    checked.expect_clean_run(machine, totals.cycles, totals.dram);
    EXPECT_EQ(commands[0].seen[dram::CommandKind::read], 2U);
    EXPECT_EQ(commands[1].seen[dram::CommandKind::read], 1U);
    for (Commands& channel : commands) {
      EXPECT_EQ(channel.seen[dram::CommandKind::write], 1U);
      EXPECT_GE(channel.seen[dram::CommandKind::activate], 1U);
    }
    EXPECT_EQ(totals.dram.reads, 3U);
    EXPECT_EQ(totals.dram.writes, 2U);
    EXPECT_EQ(totals.dram_bursts, 5U);
    EXPECT_EQ(totals.dram.activates,
              commands[0].seen[dram::CommandKind::activate] + commands[1].seen[dram::CommandKind::activate]);
  }
}

}  // namespace
}  // namespace vernier::engine_test
