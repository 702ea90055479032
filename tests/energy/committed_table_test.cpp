// SPDX-License-Identifier: Apache-2.0
// Which blocks of the committed table reports take, and how many of them there are.
#include <gtest/gtest.h>

#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/energy/block_table.h"
#include "sim/report/energy_metrics.h"
#include "sim/run/simulate.h"
#include "workloads/workload.h"

namespace vernier::energy {
namespace {

const std::string kRootFolder = VERNIER_SOURCE_DIR;

report::RunResult run_gemm(const std::string& accelerator, const std::vector<std::string>& sets,
                           const std::string& gemm) {
  config::AcceleratorConfig config = config::load_accelerator(
      kRootFolder + "/configs/accelerators/" + accelerator + ".yaml", {"gemm", sets});
  config.energy.table = kRootFolder + "/configs/energy/osu018";
  const auto network =
      workloads::build_network(workloads::parse_workload("gemms: [{name: a, " + gemm + "}]", "w.yaml"), {},
                               config::network_formats(config));
  return run::simulate(config, network, {}).result;
}

size_t index_of(const report::RunResult& run, const std::string& component, const std::string& action) {
  for (size_t i = 0; i < run.energy->items.size(); ++i) {
    if (run.energy->items[i].component == component && run.energy->items[i].action == action) return i;
  }
  ADD_FAILURE() << component << " " << action;
  return 0;
}

const report::EnergyItem& item_of(const report::RunResult& run, const std::string& component,
                                  const std::string& action) {
  return run.energy->items.at(index_of(run, component, action));
}

uint64_t events_of(const report::RunResult& run, const std::string& component, const std::string& action) {
  return run.totals.energy.at(index_of(run, component, action)).events;
}

Block block_named(const std::string& name) {
  const BlockTable table = load_block_table(kRootFolder + "/configs/energy/osu018.yaml");
  const Block* block = table.find(name, {});
  EXPECT_NE(block, nullptr) << name;
  return block == nullptr ? Block{} : *block;
}

TEST(CommittedTable, EveryShippedDesignHasATotal) {
  for (const char* name :
       {"ant", "bitmod", "fp16_mac", "int8_mac", "lut", "mixpe_a16", "mixpe_a8", "olive"}) {
    const report::RunResult run = run_gemm(name, {}, "m: 4, n: 64, k: 256");
    EXPECT_TRUE(report::present(report::energy_pj(run))) << name;
    EXPECT_TRUE(report::present(report::energy_metric("area_mm2").value(run))) << name;
  }
}

// What makes tables in the array works only where they are made there.
TEST(CommittedTable, TheColumnEdgeOfLutIsThatOfItsActivations) {
  const auto sourced = [](const std::vector<std::string>& sets, const char* component) {
    return *item_of(run_gemm("lut", sets, "m: 2, n: 64, k: 128"), component, "working cycle").source_pj;
  };
  const std::vector<std::string> fp16_tables = {"lut.table=fp16"}, in_array = {"lut.precompute=in_array"};
  EXPECT_EQ(sourced({}, "column edge"), block_named("lut.column").active_pj_per_cycle);
  EXPECT_EQ(sourced(fp16_tables, "column edge"), block_named("lut.column_table_fp16").active_pj_per_cycle);
  EXPECT_EQ(sourced(in_array, "column edge"), block_named("lut.column_fp16").active_pj_per_cycle);
  EXPECT_EQ(sourced({}, "PE"), block_named("lut.pe").active_pj_per_cycle);
  EXPECT_EQ(sourced(fp16_tables, "PE"), block_named("lut.pe_fp16").active_pj_per_cycle);
  EXPECT_EQ(sourced(in_array, "PE"), block_named("lut.pe_fp16").active_pj_per_cycle);
}

// 2, 8 and 32 columns were measured: 5 and 20 are halfway, 56 another such step.
TEST(CommittedTable, DequantizersGrowWithTheColumns) {
  const Block narrow = block_named("common.group_dequantizer_2_columns");
  const Block middle = block_named("common.group_dequantizer");
  const Block wide = block_named("common.group_dequantizer_32_columns");
  const auto idle = [](int columns) {
    return item_of(run_gemm("int8_mac", {fmt::format("array.cols={}", columns)}, "m: 4, n: 64, k: 256"),
                   "group dequantizer", "idle cycle");
  };
  EXPECT_EQ(*idle(2).source_pj, narrow.idle_pj_per_cycle);
  EXPECT_EQ(*idle(8).source_pj, middle.idle_pj_per_cycle);
  EXPECT_EQ(*idle(32).source_pj, wide.idle_pj_per_cycle);
  EXPECT_NEAR(*idle(5).source_pj, (narrow.idle_pj_per_cycle + middle.idle_pj_per_cycle) / 2, 1e-9);
  EXPECT_NEAR(*idle(20).source_pj, (middle.idle_pj_per_cycle + wide.idle_pj_per_cycle) / 2, 1e-9);
  EXPECT_NEAR(*idle(56).source_pj, 2 * wide.idle_pj_per_cycle - middle.idle_pj_per_cycle, 1e-9);
  EXPECT_NE(idle(20).origin.text.find(
                "common.group_dequantizer and common.group_dequantizer_32_columns, for 20 columns on"),
            std::string::npos)
      << idle(20).origin.text;
}

// 3 tokens, 4 channels, 8 elements along K, one tile of an array of 8 x 4.
TEST(CommittedTable, WeightStationaryArraysByHand) {
  const report::RunResult run = run_gemm(
      "fp16_mac",
      {"array.rows=8", "array.cols=4", "array.dataflow=weight_stationary", "array.delivery=systolic"},
      "m: 3, n: 4, k: 8");
  EXPECT_TRUE(report::present(report::energy_pj(run)));
  const uint64_t cycles = run.totals.cycles;
  const auto expect_cycles = [&](const char* component, uint64_t working, uint64_t instances) {
    EXPECT_EQ(events_of(run, component, "working cycle"), working) << component;
    EXPECT_EQ(events_of(run, component, "idle cycle"), instances * cycles - working) << component;
  };
  expect_cycles("weight-stationary PE", 3 * 4 * 8, 8 * 4);
  // Row r has r registers before its first PE, and one for each of its 4 PEs.
  expect_cycles("activation register", 3 * (8 * 4 + 28), 8 * 4 + 28);
  // 8 rows of 4 weights pass 8 rows of registers.
  expect_cycles("weight register", 8 * 4 * 8, 8 * 4);
  // fp32 in two: 3 + 2 + 1 + 0 wait for the last column, and 4 are held.
  expect_cycles("sum register", 3 * 2 * (6 + 4), 2 * (6 + 4));
  expect_cycles("output unit", 3 * 4, 4);
  // 141 bits of state, a pair for each of 8 + 4 + 1 places: 167 bits.
  EXPECT_EQ(events_of(run, "sequencer register", "working cycle") % 11, 0U);
  EXPECT_EQ(*item_of(run, "output unit", "working cycle").source_pj,
            block_named("fp16_mac.output_unit").active_pj_per_cycle);
}

TEST(CommittedTable, ABlockThatMissesTheClockSaysSo) {
  const report::RunResult run = run_gemm("int8_mac", {}, "m: 4, n: 64, k: 256");
  EXPECT_NE(item_of(run, "output unit", "working cycle").origin.text.find("; it misses the clock of 15 ns"),
            std::string::npos);
  EXPECT_EQ(item_of(run, "PE", "working cycle").origin.text.find("misses"), std::string::npos);
}

TEST(CommittedTable, TheNoteSaysWhyThereIsNoTotal) {
  const report::RunResult run =
      run_gemm("bitmod", {"array.lanes=8", "weight_scratchpad.capacity=64 MiB"}, "m: 4, n: 64, k: 256");
  EXPECT_FALSE(report::present(report::energy_pj(run)));
  const std::string& note = run.notes.back();
  EXPECT_NE(note.find(" has no bitmod.pe with 8 lanes. row decoder: "), std::string::npos) << note;
  EXPECT_NE(note.find(" weight scratchpad: "), std::string::npos) << note;
  EXPECT_NE(note.find(" DMA wires: its wires are as long as the side of the chip, whose area is not known."),
            std::string::npos)
      << note;
}

}  // namespace
}  // namespace vernier::energy
