// SPDX-License-Identifier: Apache-2.0
// Energy and area of runs: the products by hand, and the same at every fidelity.
#include "sim/energy/energy_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numeric>
#include <random>

#include "base/error.h"
#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/energy/reference_tables.h"
#include "sim/energy/sram_table.h"
#include "sim/engine/systemc/systemc_engine.h"
#include "sim/report/energy_metrics.h"
#include "sim/run/simulate.h"
#include "workloads/workload.h"

namespace vernier::energy {
namespace {

const std::string kSource = VERNIER_SOURCE_DIR;

config::AcceleratorConfig accelerator(std::vector<std::string> sets = {},
                                      const std::string& name = "bitmod") {
  config::AcceleratorConfig config = config::load_accelerator(
      kSource + "/configs/accelerators/" + name + ".yaml", {"decode", std::move(sets)});
  config.energy.table = kSource + "/tests/energy/blocks";  // blocks.yaml
  return config;
}

report::RunResult simulated(const config::AcceleratorConfig& config) {
  workloads::LlmOptions options;
  options.phase = workloads::Phase::decode;
  const auto workload = workloads::load_workload(kSource + "/workloads/llm/opt-1.3b.yaml");
  return run::simulate(config, workloads::build_network(workload, options, config::network_formats(config)),
                       {})
      .result;
}

const report::EnergyItem* find(const report::RunResult& run, const std::string& component,
                               const std::string& action, size_t* index = nullptr) {
  for (size_t i = 0; i < run.energy->items.size(); ++i) {
    const report::EnergyItem& item = run.energy->items[i];
    if (item.component != component || item.action != action) continue;
    if (index != nullptr) *index = i;
    return &item;
  }
  return nullptr;
}

uint64_t events(const report::RunResult& run, const std::string& component, const std::string& action) {
  size_t index = 0;
  EXPECT_NE(find(run, component, action, &index), nullptr) << component << " " << action;
  return run.totals.energy.at(index).events;
}

TEST(EnergyModel, CountsWhatTheRowsCount) {
  const report::RunResult run = simulated(accelerator());
  const auto count = [&run](const char* name) { return run.totals.events.at(name); };
  const uint64_t pes = 64 * 16;
  EXPECT_EQ(events(run, "PE", "working cycle"), count("pe_terms"));
  EXPECT_EQ(events(run, "PE", "idle cycle"), pes * run.totals.cycles - count("pe_terms"));
  EXPECT_EQ(events(run, "row decoder", "working cycle"), count("row_terms"));
  EXPECT_EQ(events(run, "row decoder", "idle cycle"), 64 * run.totals.cycles - count("row_terms"));
  EXPECT_EQ(events(run, "output unit", "working cycle"), count("array_outputs"));
  EXPECT_EQ(events(run, "weight scratchpad", "bit read"), count("weight_spad_read_bits"));
  EXPECT_EQ(events(run, "vector lane", "element"), count("vector_elements"));
  EXPECT_EQ(events(run, "DRAM", "bit moved"), 8 * run.totals.dram_bytes());
  EXPECT_EQ(events(run, "PE", "cycle"), run.totals.cycles);
  // Decode works on one token: one active column.
  EXPECT_EQ(count("row_terms"), count("pe_terms"));
}

// blocks.yaml: bitmod.pe 2 pJ and 0.5 pJ a cycle, 0.1 uW, 1000 um2 at 180 nm; 1024 PEs, cycle of 1 ns.
TEST(EnergyModel, ScalesWhatItSaysItScales) {
  const report::RunResult run = simulated(accelerator({"energy.node=32nm"}));
  const report::EnergyItem& active = *find(run, "PE", "working cycle");
  EXPECT_EQ(*active.source_pj, 2.0);
  EXPECT_NEAR(*active.pj, 2.0 * 0.457137 / 26.372, 1e-12);
  EXPECT_EQ(active.origin.kind, "synthesized");
  EXPECT_NE(active.origin.scaling.find("180 nm at 1.8 V to 32 nm"), std::string::npos);
  const report::EnergyItem& leakage = *find(run, "PE", "cycle");
  EXPECT_NEAR(*leakage.pj, 1024 * 0.1 / 1000, 1e-12);  // 102.4 uW for 1 ns
  EXPECT_TRUE(leakage.origin.scaling.empty());
  EXPECT_EQ(run.energy->areas.front().count, 1024);
  EXPECT_EQ(run.energy->areas.front().um2, 1000 * 0.025);
  // A vector lane: 4.6 pJ at 45 nm.
  EXPECT_NEAR(*find(run, "vector lane", "element")->pj, 4.6 * 0.457137 / 0.8612, 1e-12);
}

// Every total twice: from the items in floating point, and from the rows.
TEST(EnergyModel, SumsAndFigures) {
  const report::RunResult run = simulated(accelerator());
  double joules = 0;
  for (size_t i = 0; i < run.energy->items.size(); ++i) {
    ASSERT_TRUE(run.energy->items[i].pj) << run.energy->items[i].component;
    joules += static_cast<double>(run.totals.energy[i].events) * *run.energy->items[i].pj * 1e-12;
  }
  const auto figure = [&run](const char* name) {
    return report::as_double(report::energy_metric(name).value(run));
  };
  EXPECT_NEAR(figure("total_energy_pj") * 1e-12, joules, 1e-9 * joules);
  uint64_t fj = 0;
  for (const report::LayerRow& row : run.layers) fj += *report::energy_fj(*run.energy, row.energy);
  EXPECT_EQ(fj, *report::energy_fj(*run.energy, run.totals.energy));
  EXPECT_EQ(figure("energy_per_token_pj"), figure("total_energy_pj"));  // one token
  const double seconds = static_cast<double>(run.totals.cycles) / 1e9;
  EXPECT_NEAR(figure("power_w"), joules / seconds, 1e-9 * joules / seconds);
  EXPECT_NEAR(figure("energy_delay_js"), joules * seconds, 1e-9 * joules * seconds);
  EXPECT_NEAR(figure("tops_per_watt"), 2e-12 * static_cast<double>(run.totals.macs) / joules, 1e-9);
  double um2 = 0;
  for (const report::AreaItem& area : run.energy->areas) um2 += static_cast<double>(area.count) * *area.um2;
  EXPECT_NEAR(figure("area_mm2"), um2 * 1e-6, 1e-12);
  EXPECT_NEAR(figure("tops_per_mm2"), 2e-12 * static_cast<double>(run.totals.macs) / seconds / (um2 * 1e-6),
              1e-9);
}

TEST(EnergyModel, DramCommandsOfTheRunGoToTheRows) {
  const report::RunResult run = simulated(accelerator({"dram.kind=DDR4-3200", "dram.channels=2"}));
  EXPECT_EQ(events(run, "DDR4-3200", "activate and precharge"), *run.memory.dram_activates);
  EXPECT_EQ(events(run, "DDR4-3200", "read"), *run.memory.dram_reads);
  EXPECT_EQ(events(run, "DDR4-3200", "write"), *run.memory.dram_writes);
  EXPECT_EQ(events(run, "DDR4-3200", "refresh"), *run.memory.dram_refreshes);
  EXPECT_EQ(events(run, "DDR4-3200", "background cycle"), run.totals.cycles);
  EXPECT_NEAR(*find(run, "DDR4-3200", "background cycle")->pj, 2 * 559.2, 1e-9);  // two channels, 1 ns
}

TEST(EnergyModel, DramModes_bad) {
  EXPECT_EQ(
      find(simulated(accelerator({"dram.kind=DDR4-3200", "energy.dram=flat", "energy.dram_pj_per_bit=4"})),
           "DDR4-3200", "bit moved")
          ->pj,
      4.0);
  const report::RunResult unknown = simulated(accelerator({"dram.kind=LPDDR5-6400"}));
  EXPECT_FALSE(find(unknown, "LPDDR5-6400", "burst")->pj);
  EXPECT_FALSE(report::present(report::energy_pj(unknown)));
  EXPECT_NE(unknown.notes.back().find("LPDDR5-6400"), std::string::npos);
  for (const char* kind : {"LPDDR5-6400", "ideal"}) {
    EXPECT_THROW((void)simulated(accelerator({std::string("dram.kind=") + kind, "energy.dram=command"})),
                 InputError);
  }
}

// A component without number takes the total with it, and says so.
TEST(EnergyModel, NothingIsSilentlyZero) {
  config::AcceleratorConfig config = accelerator();
  config.energy.table = "no_such_table";
  const report::RunResult run = simulated(config);
  EXPECT_FALSE(report::present(report::energy_pj(run)));
  EXPECT_FALSE(report::present(report::energy_metric("area_mm2").value(run)));
  EXPECT_NE(run.notes.back().find("no sourced number for PE, row decoder"), std::string::npos)
      << run.notes.back();
  EXPECT_NE(find(run, "PE", "working cycle")->origin.text.find("no_such_table"), std::string::npos);
  EXPECT_TRUE(find(run, "weight scratchpad", "bit read")->pj);
  // Other lanes than the table has.
  EXPECT_FALSE(find(simulated(accelerator({"array.lanes=8"})), "PE", "working cycle")->pj);
}

TEST(EnergyModel, ScratchpadsOutsideOfThePointsNeedToBeAskedFor) {
  const std::vector<std::string> huge = {"weight_scratchpad.capacity=64 MiB"};
  EXPECT_FALSE(find(simulated(accelerator(huge)), "weight scratchpad", "bit read")->pj);
  EXPECT_TRUE(find(simulated(accelerator({huge[0], "energy.sram_points=extrapolate"})), "weight scratchpad",
                   "bit read")
                  ->pj);
}

TEST(EnergyModel, EveryShippedAcceleratorHasScratchpadNumbers) {
  for (const char* name :
       {"ant", "bitmod", "fp16_mac", "int8_mac", "lut", "mixpe_a16", "mixpe_a8", "olive"}) {
    const report::RunResult run = simulated(accelerator({}, name));
    for (const char* pad : {"weight scratchpad", "activation scratchpad", "output scratchpad"}) {
      EXPECT_TRUE(find(run, pad, "bit read")->pj) << name << " " << pad;
    }
  }
}

// Events, products and sums of every item, on GEMMs of random shapes: `fast` and the SystemC netlist.
TEST(EnergyModel, FastAndSystemcAgreeToTheLastEvent) {
  const run::NetlistEngine netlist = [](const isa::Program& program, const machine::Machine& machine,
                                        engine::RunLog& log, machine::MemoryImage*,
                                        const run::SimulateOptions&) {
    return engine::run_systemc(program, machine, log);
  };
  std::mt19937 random(6);
  for (const char* name : {"bitmod", "mixpe_a8", "fp16_mac"}) {
    for (const char* dram : {"ideal", "DDR4-3200"}) {
      const auto size = [&](unsigned largest) { return 1 + random() % largest; };
      const std::string gemm =
          fmt::format("gemms: [{{name: a, m: {}, n: {}, k: {}}}]", size(20), size(80), 128 * size(3));
      SCOPED_TRACE(fmt::format("seed 6, {} on {}: {}", name, dram, gemm));
      const auto config = accelerator({std::string("dram.kind=") + dram}, name);
      const auto network = workloads::build_network(workloads::parse_workload(gemm, "w.yaml"), {},
                                                    config::network_formats(config));
      const report::RunResult fast = run::simulate(config, network, {}).result;
      run::SimulateOptions options;
      options.fidelity = run::Fidelity::systemc;
      const report::RunResult systemc = run::simulate(config, network, options, netlist).result;
      ASSERT_EQ(fast.layers.size(), systemc.layers.size());
      for (size_t row = 0; row < fast.layers.size(); ++row) {
        EXPECT_EQ(fast.layers[row].events, systemc.layers[row].events);
        for (size_t i = 0; i < fast.energy->items.size(); ++i) {
          EXPECT_EQ(fast.layers[row].energy[i].events, systemc.layers[row].energy[i].events) << i;
          EXPECT_EQ(fast.layers[row].energy[i].fj, systemc.layers[row].energy[i].fj) << i;
        }
      }
      EXPECT_TRUE(report::present(report::energy_pj(fast)));
    }
  }
}

// Tables written from a run and read again give the same energies; what they do not have stays without
// number.
TEST(EnergyModel, ReferenceTablesGoOutAndComeBack) {
  const report::RunResult run = simulated(accelerator());
  const std::string file = ::testing::TempDir() + "reference";
  std::ofstream(file + ".yaml") << ert_text(*run.energy) << art_text(*run.energy);
  config::AcceleratorConfig config = accelerator();
  config.energy.table = file;
  const report::RunResult again = simulated(config);
  EXPECT_EQ(report::energy_fj(*again.energy, again.totals.energy),
            report::energy_fj(*run.energy, run.totals.energy));
  EXPECT_EQ(report::area_mm2(*again.energy), report::area_mm2(*run.energy));
  EXPECT_EQ(find(again, "PE", "working cycle")->origin.kind, "published");
  EXPECT_TRUE(find(again, "PE", "working cycle")->origin.scaling.empty());
  std::ofstream(file + ".yaml")
      << "ERT: {version: 0.4, tables: [{name: vernier.PE, actions: [{name: working_cycle, energy: 7}]}]}\n";
  const report::RunResult own = simulated(config);
  EXPECT_EQ(*find(own, "PE", "working cycle")->pj, 7.0);
  EXPECT_FALSE(find(own, "row decoder", "working cycle")->pj);
  EXPECT_TRUE(find(own, "weight scratchpad", "bit read")->pj);
  std::ofstream(file + ".yaml")
      << "ERT: {version: 0.4, tables: [{name: vernier.PE, actions: [{name: working_cycle}]}]}\n";
  EXPECT_THROW((void)simulated(config), InputError);
}

// fp16_mac: 8 banks of 64 KiB and 48 bit, narrower than all points: four macros of 128 KiB and 96 bit.
TEST(EnergyModel, NarrowBanksShareAMacro) {
  const report::RunResult run = simulated(accelerator({}, "fp16_mac"));
  const SramNumbers macro =
      SramTable::load(kSource + "/configs/sram/cacti7.csv").bank(28, "1r1w", 128 * 1024, 96);
  EXPECT_EQ(*find(run, "activation scratchpad", "bit read")->pj, macro.read_pj / 96);
  EXPECT_EQ(*find(run, "activation scratchpad", "bit written")->pj, macro.write_pj / 96);
  EXPECT_NEAR(*find(run, "activation scratchpad", "cycle")->pj, 4 * macro.leakage_mw, 1e-12);  // mW for 1 ns
}

// By hand: 10 in shares 1 : 1 : 1 is 4, 3, 3; 7 of 2 : 5 : 0 is 2, 5, 0.
TEST(Apportion, ByHand) {
  EXPECT_EQ(apportion(10, {1, 1, 1}), (std::vector<uint64_t>{4, 3, 3}));
  EXPECT_EQ(apportion(7, {2, 5, 0}), (std::vector<uint64_t>{2, 5, 0}));
  EXPECT_EQ(apportion(5, {0, 0}), (std::vector<uint64_t>{0, 5}));
  EXPECT_EQ(apportion(3, {}), std::vector<uint64_t>{});
  const std::vector<uint64_t> large = apportion(uint64_t{1} << 60, {uint64_t{1} << 61, 3, uint64_t{1} << 62});
  EXPECT_EQ(std::accumulate(large.begin(), large.end(), uint64_t{0}), uint64_t{1} << 60);
}

}  // namespace
}  // namespace vernier::energy
