// SPDX-License-Identifier: Apache-2.0
// The rungs of DRAM on one long load, which nothing but the DRAM holds up: each is a closed form of the
// part's timing (docs/memory.md).
#include <gtest/gtest.h>

#include "sim/config/load.h"
#include "sim/engine/fast/fast_engine.h"
#include "sim/run/explain.h"
#include "tests/engine/example_programs.h"

namespace vernier::run {
namespace {

using dram::Field;

/// The 2 x 2 machine with one channel of the part at the part's clock, and a scratchpad for every load here.
machine::Machine machine_with(const std::string& part) {
  config::ResolveOptions options;
  options.phase = "gemm";
  options.sets = {"dram.kind=" + part, "dma.max_in_flight=256", "weight_scratchpad.bank_width=512 bit"};
  machine::Machine machine =
      config::load_accelerator(VERNIER_SOURCE_DIR "/configs/accelerators/example_2x2.yaml", options).machine;
  machine.clock_hz = static_cast<double>(machine.dram.memory.part.clock_hz);
  machine.weight_spad.capacity_bytes = uint64_t{1} << 24;
  return machine;
}

struct Explained {
  uint64_t cycles = 0;
  uint64_t refreshes = 0;
  report::Gap gap;
};

Explained explained(const machine::Machine& machine, const isa::Program& program) {
  engine::RunLog log;
  const engine::EngineTotals totals = engine::run_fast(program, machine, log);
  return {totals.cycles, totals.dram.refreshes, explain(program, machine, totals.cycles, true)};
}

/// One load of `bursts` from address 0 on.
Explained load(const machine::Machine& machine, int64_t bursts) {
  const auto bytes = static_cast<uint32_t>(bursts * machine.dram.memory.part.organisation.burst_bytes);
  isa::Program program = engine_test::empty_program();
  program.dram_bytes = bytes;
  engine_test::append(program,
                      engine_test::transfer(isa::Opcode::load, isa::Scratchpad::weight, 0, 1, bytes, 0));
  return explained(machine, program);
}

/// `rows` work cycles of the vector unit on ports for two accesses.
isa::Instruction copy(uint32_t rows) {
  isa::Instruction instruction;
  instruction.opcode = isa::Opcode::vector;
  instruction.queue = isa::Queue::vector;
  instruction.rows = rows;
  instruction.cols = 2;
  return instruction;
}

// Popped in cycle 1, so activated in clock 2; perfect DRAM reads in 3, 3 + BL, ..., delivers BL + 1 after the
// last and is written in that cycle: 3 + n BL + 1 + 1 cycles, of which the analytical model has n BL.
TEST(Stream, RowsOfOneBankByHand) {
  machine::Machine machine = machine_with("LPDDR4-3200");
  dram::Part& part = machine.dram.memory.part;
  part.controller.mapping = {Field::rank, Field::bank_group, Field::bank, Field::row, Field::column};
  part.controller.refresh = dram::Refresh::off;
  const dram::Timing& t = part.timing;
  const int64_t rows = 5, bursts = rows * part.organisation.columns();
  const Explained run = load(machine, bursts);
  EXPECT_EQ(run.gap.analytical, bursts * t.BL);
  EXPECT_EQ(run.gap.schedule, 5);
  EXPECT_EQ(run.gap.dram_latency,
            part.command_clocks.activate - 1 + t.CL + part.controller.return_clocks - 1);
  // Between the last read of a row and the first of the next lie RTP, RP and RCD in place of BL.
  EXPECT_EQ(run.gap.dram_rows,
            t.RCD - part.command_clocks.activate + (rows - 1) * (t.RTP + t.RP + t.RCD - t.BL));
  EXPECT_EQ(run.gap.bank_groups, 0);
  EXPECT_EQ(run.gap.refresh, 0);
  EXPECT_EQ(run.gap.port_width, 0);
  EXPECT_EQ(run.gap.port_conflicts, 0);
}

// Every burst of a row is in the same bank group.
TEST(Stream, BankGroupsByHand) {
  for (const char* name : {"DDR4-2400", "LPDDR5-6400"}) {
    const machine::Machine machine = machine_with(name);
    const dram::Timing& t = machine.dram.memory.part.timing;
    ASSERT_GT(t.CCD_L, t.CCD_S);
    EXPECT_EQ(t.CCD_S, t.BL);
    const int64_t bursts = machine.dram.memory.part.organisation.columns() / 2;
    const Explained run = load(machine, bursts);
    ASSERT_EQ(run.refreshes, 0U);
    EXPECT_EQ(run.gap.bank_groups, (bursts - 1) * (t.CCD_L - t.CCD_S)) << name;
    EXPECT_EQ(run.gap.dram_rows, t.RCD - machine.dram.memory.part.command_clocks.activate) << name;
  }
}

// A refresh stops a stream for RFC, and for what it takes to close the open bank and to open it again.
TEST(Stream, RefreshIsItsShareOfTime) {
  for (const char* name : {"LPDDR4-3200", "LPDDR4-4266"}) {
    const machine::Machine machine = machine_with(name);
    const dram::Part& part = machine.dram.memory.part;
    const dram::Timing& t = part.timing;
    const Explained run = load(machine, 20 * t.REFI / t.BL);
    const auto refreshes = static_cast<int64_t>(run.refreshes);
    EXPECT_EQ(run.refreshes, run.cycles / static_cast<uint64_t>(t.REFI)) << name;
    EXPECT_GT(refreshes, 20);
    EXPECT_GE(run.gap.refresh, refreshes * t.RFC) << name;
    EXPECT_LE(run.gap.refresh, refreshes * (t.RFC + t.RTP + t.RP + t.RCD + t.BL)) << name;
    const double share = static_cast<double>(run.gap.refresh.value()) / static_cast<double>(run.cycles);
    EXPECT_NEAR(share, static_cast<double>(t.RFC) / t.REFI, 0.02) << name;
  }
}

// A burst that takes B cycles of the port, B > BL, is not written in less.
TEST(Stream, PortWidthByHand) {
  machine::Machine machine = machine_with("LPDDR4-3200");
  const dram::Part& part = machine.dram.memory.part;
  machine.weight_spad.bank_width_bits = 8;
  const int64_t cycles = 8 * part.organisation.burst_bytes / 8;
  const int64_t bursts = part.organisation.columns();
  ASSERT_GT(cycles, part.timing.BL);
  EXPECT_EQ(load(machine, bursts).gap.port_width, bursts * cycles - (bursts - 1) * part.timing.BL - 1);
}

// Three accesses in a cycle are one too many for `2rw`. The gemm of tests/engine/ports_test.cpp ends at 14;
// the copy would end at 13, and does at 15 because it waits for the two columns of the gemm.
TEST(Stream, TheVectorUnitIsRefusedByHand) {
  machine::Machine machine = machine_with("LPDDR4-3200");
  machine.output_spad = {uint64_t{1} << 16, 1, 32, 1, machine::PortKind::rw2};
  machine.weight_spad.bank_width_bits = 32;
  isa::Program program = engine_test::empty_program();
  engine_test::append(program, engine_test::gemm());
  engine_test::append(program, copy(7));
  const Explained run = explained(machine, program);
  EXPECT_EQ(run.cycles, 15U);
  EXPECT_EQ(run.gap.port_conflicts, 1);
  EXPECT_EQ(run.gap.port_width, 0);
}

// A load into the scratchpad on which the vector unit works is refused until that has ended.
TEST(Stream, ALoadIsRefusedByHand) {
  machine::Machine machine = machine_with("LPDDR4-3200");
  machine.output_spad = {uint64_t{1} << 16, 1, 256, 1, machine::PortKind::rw2};
  const auto bytes = static_cast<uint32_t>(machine.dram.memory.part.organisation.burst_bytes);
  isa::Program program = engine_test::empty_program();
  engine_test::append(program,
                      engine_test::transfer(isa::Opcode::load, isa::Scratchpad::output, 0, 1, bytes, 0));
  engine_test::append(program, copy(500));
  const Explained run = explained(machine, program);
  // Popped in cycle 2, works from 6 on; the burst is written in the cycle in which the copy has ended.
  EXPECT_EQ(run.cycles, 2U + 4 + 500 + 1);
  EXPECT_EQ(run.gap.port_conflicts, 1);
  EXPECT_EQ(run.gap.port_width, 0);
}

}  // namespace
}  // namespace vernier::run
