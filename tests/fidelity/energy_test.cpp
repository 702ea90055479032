// SPDX-License-Identifier: Apache-2.0
// The contract for energy: the same events and the same femtojoules in every row and for every item at every
// fidelity, on the random machines and networks of the property suite.
#include "sim/report/energy.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>

#include "sim/config/accelerator_config.h"
#include "sim/config/load.h"
#include "sim/energy/reference_tables.h"
#include "sim/engine/systemc/systemc_engine.h"
#include "sim/run/simulate.h"
#include "tests/fidelity/compare.h"
#include "tests/fidelity/random_case.h"
#if VERNIER_HAS_RTL
#include "sim/rtl_adaptor/rtl_pe_array.h"
#include "sim/rtl_adaptor/rtl_ws_array.h"
#endif

namespace vernier {
namespace {

engine::EngineTotals run_netlist(const isa::Program& program, const machine::Machine& machine,
                                 engine::RunLog& log, machine::MemoryImage* image,
                                 [[maybe_unused]] const run::SimulateOptions& options) {
  engine::SystemcOptions systemc;
  systemc.image = image;
#if VERNIER_HAS_RTL
  if (options.fidelity == run::Fidelity::rtl && machine.array.weight_stationary()) {
    systemc.ws_array = rtl_adaptor::RtlWsArray::create(machine.array);
  } else if (options.fidelity == run::Fidelity::rtl) {
    systemc.array = rtl_adaptor::RtlPeArray::create(machine.array);
  }
#endif
  return engine::run_systemc(program, machine, log, std::move(systemc));
}

/// A case with reference tables that give every component and action a number of its own, so that no event
/// can take the place of another.
class EnergyCase {
 public:
  explicit EnergyCase(const fidelity::RandomCase& random_case)
      : network_(random_case.network), file_(fmt::format("{}energy_{}", ::testing::TempDir(), ::getpid())) {
    size_t number = 0;
    for (workloads::Segment& segment : network_.segments) {  // names are unique in reports
      for (workloads::Op& op : segment.ops) op.name += fmt::format("_{}", ++number);
    }
    config_.machine = random_case.machine;
    config_.energy.table = file_;
    config_.energy.node = "28nm";
    write("ERT: {version: 0.4, tables: []}\n");
    std::map<std::string, std::map<std::string, double>> numbers;
    const report::RunResult without = run(run::Fidelity::fast);
    for (const report::EnergyItem& item : without.energy->items) {
      auto& actions = numbers[energy::reference_component(item.component)];
      const auto count = static_cast<double>(numbers.size() * 100 + actions.size());
      actions.try_emplace(energy::reference_action(item), 0.25 + count / 512);
    }
    std::string text = "ERT:\n  version: 0.4\n  tables:\n";
    for (const auto& [component, actions] : numbers) {
      text += fmt::format("    - name: {}\n      actions:\n", component);
      for (const auto& [action, pj] : actions)
        text += fmt::format("        - {{name: {}, energy: {}}}\n", action, pj);
    }
    write(text);
  }
  ~EnergyCase() { std::remove((file_ + ".yaml").c_str()); }
  EnergyCase(const EnergyCase&) = delete;
  EnergyCase& operator=(const EnergyCase&) = delete;

  [[nodiscard]] report::RunResult run(run::Fidelity fidelity) const {
    run::SimulateOptions options;
    options.fidelity = fidelity;
    return run::simulate(config_, network_, options, run_netlist).result;
  }

 private:
  void write(const std::string& text) const { std::ofstream(file_ + ".yaml") << text; }

  config::AcceleratorConfig config_;
  workloads::Network network_;
  std::string file_;
};

void expect_same(const report::RunResult& a, const report::RunResult& b, const std::string& what) {
  ASSERT_EQ(a.layers.size(), b.layers.size()) << what;
  ASSERT_EQ(a.energy->items.size(), b.energy->items.size()) << what;
  uint64_t sum_fj = 0;
  for (size_t row = 0; row < a.layers.size(); ++row) {
    for (size_t i = 0; i < a.energy->items.size(); ++i) {
      const report::ItemEnergy& left = a.layers[row].energy[i];
      const report::ItemEnergy& right = b.layers[row].energy[i];
      const report::EnergyItem& item = a.energy->items[i];
      const std::string where = fmt::format("{}, row {}, {} {}", what, row, item.component, item.action);
      ASSERT_EQ(left.events, right.events) << where;
      ASSERT_TRUE(item.pj.has_value()) << where << ": no number";
      ASSERT_EQ(left.fj, right.fj) << where;
      sum_fj += left.fj;
    }
  }
  // Every component has a number, so there is a total, and it is the sum of all cells.
  ASSERT_EQ(report::energy_fj(*a.energy, a.totals.energy), sum_fj) << what;
  ASSERT_EQ(report::energy_fj(*b.energy, b.totals.energy), sum_fj) << what;
  ASSERT_GT(sum_fj, 0U) << what;
}

TEST(Fidelity, energy_of_random_machines_and_programs) {
  const uint64_t first = fidelity::environment("VERNIER_SEED", 1);
  const config::AcceleratorConfig part =
      config::load_accelerator(std::string(VERNIER_SOURCE_DIR) + "/configs/accelerators/bitmod.yaml",
                               {"gemm", {"dram.kind=DDR4-3200"}});
  const bool long_run = fidelity::environment("VERNIER_LONG", 0) != 0;
  const uint64_t cases = fidelity::environment("VERNIER_CASES", long_run ? 1000 : 40);
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    fidelity::RandomCase random_case = fidelity::random_case(seed);
    if (seed % 2 == 0) {  // commands of a part in place of bits
      random_case.machine.dram = part.machine.dram;
      (void)fidelity::map_with_growth(random_case);
    }
    SCOPED_TRACE(fmt::format("seed {}; reproduce: VERNIER_SEED={} VERNIER_CASES=1\n", seed, seed) +
                 fidelity::describe(random_case));
    const EnergyCase energy_case(random_case);
    expect_same(energy_case.run(run::Fidelity::fast), energy_case.run(run::Fidelity::systemc),
                "fast and systemc");
    if (HasFailure()) return;
  }
}

#if VERNIER_HAS_RTL
TEST(Fidelity, energy_on_built_rtl_arrays) {
  constexpr int kLargestArray = 64;  // PEs; larger ones take seconds
  std::vector<machine::ArrayParams> built = rtl_adaptor::RtlPeArray::built();
  for (const machine::ArrayParams& array : rtl_adaptor::RtlWsArray::built()) built.push_back(array);
  uint64_t seed = fidelity::environment("VERNIER_SEED", 1);
  for (const machine::ArrayParams& array : built) {
    if (array.rows * array.cols > kLargestArray) continue;
    const fidelity::RandomCase random_case = fidelity::random_case(++seed, &array);
    SCOPED_TRACE(fmt::format("seed {}\n", seed) + fidelity::describe(random_case));
    const EnergyCase energy_case(random_case);
    const report::RunResult rtl = energy_case.run(run::Fidelity::rtl);
    expect_same(energy_case.run(run::Fidelity::fast), rtl, "fast and rtl");
    if (HasFailure()) return;
  }
}
#endif

}  // namespace
}  // namespace vernier
