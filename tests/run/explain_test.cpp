// SPDX-License-Identifier: Apache-2.0
// The way from the analytical model to the run: cases counted by hand, one per mechanism, and exact sums.
#include "sim/run/explain.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "models/dram/event_channel.h"
#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/report/run_metrics.h"
#include "sim/run/simulate.h"
#include "sim/run/what_if.h"
#include "workloads/workload.h"

namespace vernier::run {
namespace {

using config::AcceleratorConfig;

AcceleratorConfig accelerator(const std::string& name, const std::vector<std::string>& sets,
                              const std::string& phase = "gemm") {
  config::ResolveOptions options;
  options.phase = phase;
  options.sets = sets;
  return config::load_accelerator(VERNIER_SOURCE_DIR "/configs/accelerators/" + name + ".yaml", options);
}

report::RunResult explained(const AcceleratorConfig& config, const workloads::Network& network) {
  SimulateOptions options;
  options.explain = true;
  return simulate(config, network, options).result;
}

/// A GEMM of m tokens, two output channels and k inputs on the machine of docs/example-2x2.md.
report::RunResult small(const AcceleratorConfig& config, int64_t m, int64_t k) {
  const workloads::Workload workload = workloads::parse_workload(
      fmt::format("name: small\ngemms:\n  - {{name: gemm, m: {}, n: 2, k: {}}}\n", m, k), "small.yaml");
  return explained(config, workloads::build_network(workload, {}, config::network_formats(config)));
}

/// That machine with one channel of LPDDR4-3200, at the clock of the part.
AcceleratorConfig with_part(std::vector<std::string> sets = {}) {
  sets.insert(sets.begin(), {"dram.kind=LPDDR4-3200"});
  AcceleratorConfig config = accelerator("example_2x2", sets);
  config.machine.clock_hz = static_cast<double>(config.machine.dram.memory.part.clock_hz);
  return config;
}

const std::vector<std::string> kWidePorts = {"weight_scratchpad.bank_width=256 bit",
                                             "activation_scratchpad.bank_width=256 bit",
                                             "output_scratchpad.bank_width=256 bit"};

// W is 1 burst of 16 bytes, A and Y two each: 5 bursts of 4 cycles are 20, the array needs 4. The run takes
// 43 (docs/example-2x2.md); fill 3 and drain 6 stay behind the 20.
TEST(Explain, WhatStaysBehindTheDramCostsNothing) {
  const report::RunResult run = small(accelerator("example_2x2", {}), 2, 4);
  const report::Gap& gap = run.gap.value();
  ASSERT_EQ(run.totals.cycles, 43U);
  EXPECT_EQ(gap.analytical, 20);
  for (const auto& part :
       {gap.padding, gap.fill, gap.operand_stall, gap.drain, gap.vector, gap.port_conflicts})
    EXPECT_EQ(part, 0);
  EXPECT_EQ(gap.schedule, 23);
  EXPECT_FALSE(gap.dram_latency || gap.dram_rows || gap.bank_groups || gap.refresh || gap.port_width);
}

// One token of two columns, k = 32, a burst in a cycle: W 8 bursts, A 4, Y 1 are 13 cycles. Ideal are
// 2 * 32 / 4 = 16, the array computes 32; fill is 3; the drain of one column is v + 2 - u + 1 = 5.
TEST(Explain, ABusyArrayByHand) {
  const report::RunResult run =
      small(accelerator("example_2x2",
                        {"dram.width=128 bit", "weight_scratchpad.banks=4", "output_scratchpad.banks=4"}),
            1, 32);
  const report::Gap& gap = run.gap.value();
  EXPECT_EQ(gap.analytical, 16);
  EXPECT_EQ(gap.padding, 16);
  EXPECT_EQ(gap.fill, 3);
  EXPECT_EQ(gap.operand_stall, 0);
  EXPECT_EQ(gap.drain, 5);
  EXPECT_EQ(gap.schedule, static_cast<int64_t>(run.totals.cycles) - 40);
}

// Reads wait for nothing but the one before: W in clock 2, A's two bursts BL = CCD later each, all in one
// row. The gemm starts after the last of them, the store is posted. So latency costs CL, what the delivery
// takes beyond one clock, and the further clocks of the activate on the command bus; the row RCD, of which
// the activate's clocks on the bus are gone already. Ports of 256 bits move a burst in a cycle.
TEST(Explain, DramByHand) {
  const AcceleratorConfig config = with_part(kWidePorts);
  const dram::Part& part = config.machine.dram.memory.part;
  const dram::Timing& t = part.timing;
  ASSERT_EQ(t.CCD_S, t.BL);
  ASSERT_EQ(t.CCD_L, t.BL);
  const report::RunResult run = small(config, 2, 4);
  const report::Gap& gap = run.gap.value();
  const int activate = part.command_clocks.activate;
  EXPECT_EQ(run.memory.dram_activates, 1U);
  EXPECT_EQ(gap.dram_latency, activate - 1 + t.CL + part.controller.return_clocks - 1);
  EXPECT_EQ(gap.dram_rows, t.RCD - activate);
  EXPECT_LT(run.totals.cycles, static_cast<uint64_t>(t.REFI));
  EXPECT_EQ(gap.refresh, 0);
  for (const auto& rung : {gap.bank_groups, gap.port_width, gap.port_conflicts}) EXPECT_EQ(rung, 0);
  EXPECT_EQ(run.memory.dma_refused_cycles, 0U);
}

// The same with the example's ports: a burst of 256 bits takes 2 cycles into the activations (128 bits), in
// which the gemm waits one more, and 8 out of the outputs (32 bits): the two of the store are read in 16
// cycles in place of 2.
TEST(Explain, NarrowPortsByHand) {
  const report::RunResult wide = small(with_part(kWidePorts), 2, 4);
  const report::RunResult narrow = small(with_part(), 2, 4);
  EXPECT_EQ(narrow.gap->port_width, 1 + 14);
  EXPECT_EQ(narrow.gap->port_conflicts, 0);
  EXPECT_EQ(narrow.gap->dram_latency, wide.gap->dram_latency);
  EXPECT_EQ(narrow.gap->dram_rows, wide.gap->dram_rows);
}

// Where no port matters, refresh is what a run without it saves.
TEST(Explain, RefreshIsWhatItsAbsenceSaves) {
  AcceleratorConfig config = with_part(kWidePorts);
  config.machine.dram.memory.part.timing.REFI = 100;
  config.machine.dram.memory.part.timing.RFC = 60;
  const report::RunResult run = small(config, 2, 4);
  config.machine.dram.memory.part.controller.refresh = dram::Refresh::off;
  const report::RunResult off = small(config, 2, 4);
  EXPECT_EQ(run.gap->port_width.value() + run.gap->port_conflicts.value(), 0);
  EXPECT_EQ(off.gap->refresh, 0);
  EXPECT_EQ(off.memory.dram_refreshes, 0U);
  EXPECT_EQ(run.gap->refresh,
            static_cast<int64_t>(run.totals.cycles) - static_cast<int64_t>(off.totals.cycles));
}

// Whatever is asked of it, its data bus is never idle while it has work.
TEST(WhatIf, PerfectDramMovesABurstEveryBlClocks) {
  class Columns : public dram::ICommandObserver {
   public:
    void on_command(const dram::Command& command) override {
      if (command.kind == dram::CommandKind::activate) return;
      EXPECT_TRUE(command.kind == dram::CommandKind::read || command.kind == dram::CommandKind::write);
      back_to_reads += write && command.kind == dram::CommandKind::read ? 1 : 0;
      write = command.kind == dram::CommandKind::write;
      clocks.push_back(command.clock);
    }
    std::vector<uint64_t> clocks;
    bool write = false;
    int back_to_reads = 0;
  };
  for (const char* name : {"DDR4-3200", "LPDDR4-3200", "LPDDR5-6400", "HBM2-2000"}) {
    SCOPED_TRACE(name);
    AcceleratorConfig config = accelerator("bitmod", {fmt::format("dram.kind={}", name)}, "decode");
    const dram::Part part = with_perfect_dram(config.machine).dram.memory.part;
    Columns columns;
    dram::EventChannel channel(part, &columns);
    std::mt19937 random(7);
    std::uniform_int_distribution<uint64_t> burst(0, (uint64_t{1} << 24) - 1);
    for (uint64_t clock = 0; clock < 20000; ++clock) {
      if (channel.read_room()) (void)channel.offer_read(burst(random), clock);
      // In turns, so that the channel goes from writes back to reads.
      if (clock / 500 % 2 == 0 && channel.write_room()) (void)channel.offer_write(burst(random));
      channel.advance(clock + 1);
      while (channel.delivered()) continue;
    }
    ASSERT_GT(columns.back_to_reads, 2);
    for (size_t i = 1; i < columns.clocks.size(); ++i)
      ASSERT_EQ(columns.clocks[i] - columns.clocks[i - 1], static_cast<uint64_t>(part.timing.BL)) << i;
  }
}

// Where doubled ports refuse nobody, conflicts are what they save.
TEST(Explain, ConflictsAreWhatDoublePortsSave) {
  const auto run = [](const char* ports) {
    std::vector<std::string> sets = kWidePorts;
    for (const char* spad : {"weight", "activation", "output"})
      sets.push_back(fmt::format("{}_scratchpad.ports={}", spad, ports));
    return small(with_part(sets), 6, 96);
  };
  const report::RunResult single = run("1rw");
  const report::RunResult twice = run("2rw");
  ASSERT_EQ(twice.memory.dma_refused_cycles, 0U);
  EXPECT_EQ(twice.gap->port_conflicts, 0);
  EXPECT_GT(single.memory.dma_refused_cycles, 0U);
  EXPECT_GT(single.gap->port_conflicts, 0);
  EXPECT_EQ(single.gap->port_conflicts,
            static_cast<int64_t>(single.totals.cycles) - static_cast<int64_t>(twice.totals.cycles));
  EXPECT_EQ(single.gap->refresh, twice.gap->refresh);
}

// Every run is the same without skipping, and its end is told once.
TEST(Explain, SkippingChangesNothing) {
  const AcceleratorConfig config =
      accelerator("bitmod", {"dram.kind=DDR4-2400", "dram.channels=2"}, "decode");
  const workloads::Workload workload =
      workloads::parse_workload("name: one\ngemms:\n  - {name: first, m: 2, n: 300, k: 512}\n", "one.yaml");
  const workloads::Network network = workloads::build_network(workload, {}, config::network_formats(config));
  const report::RunResult skipped = explained(config, network);
  SimulateOptions options;
  options.explain = true;
  options.skip = false;
  std::vector<size_t> told;
  options.explain_progress = [&told](size_t done, size_t of) {
    EXPECT_EQ(of, 6U);
    told.push_back(done);
  };
  const report::RunResult visited = simulate(config, network, options).result;
  for (const report::GapMetric& metric : report::gap_metrics())
    EXPECT_EQ(visited.gap.value().*metric.member, skipped.gap.value().*metric.member) << metric.name;
  EXPECT_EQ(told, (std::vector<size_t>{1, 2, 3, 4, 5, 6}));
}

// check_invariants holds the sums; here what each mechanism must do.
TEST(Explain, SumsAreExactOnEveryKindOfMachine) {
  const workloads::Workload workload = workloads::parse_workload(
      "name: two\ngemms:\n  - {name: first, m: 40, n: 300, k: 512}\n  - {name: second, m: 3, n: 96, k: "
      "1024}\n",
      "two.yaml");
  for (const char* design : {"bitmod", "fp16_mac", "int8_mac", "olive"}) {
    for (const char* kind : {"ideal", "DDR4-2400", "LPDDR5-6400", "HBM2-2000"}) {
      for (const char* ports : {"1rw", "1r1w", "2rw"}) {
        SCOPED_TRACE(fmt::format("{} {} {}", design, kind, ports));
        std::vector<std::string> sets = {fmt::format("output_scratchpad.ports={}", ports)};
        if (std::string(kind) != "ideal")
          sets.insert(sets.end(), {fmt::format("dram.kind={}", kind), "dram.channels=2"});
        const AcceleratorConfig config = accelerator(design, sets, "prefill");
        const report::RunResult run =
            explained(config, workloads::build_network(workload, {}, config::network_formats(config)));
        const report::Gap& gap = run.gap.value();
        int64_t sum = 0;
        for (const auto& part : {gap.analytical, gap.padding, gap.fill, gap.operand_stall, gap.drain,
                                 gap.vector, gap.schedule, gap.dram_latency, gap.dram_rows, gap.bank_groups,
                                 gap.refresh, gap.port_width, gap.port_conflicts})
          sum += part.value_or(0);
        EXPECT_EQ(sum, static_cast<int64_t>(run.totals.cycles));
        EXPECT_EQ(gap.refresh.has_value(), std::string(kind) != "ideal");
        for (const auto& part : {gap.padding, gap.fill, gap.operand_stall, gap.drain, gap.vector})
          EXPECT_GE(part, 0);
      }
    }
  }
}

}  // namespace
}  // namespace vernier::run
