// SPDX-License-Identifier: Apache-2.0
// The machines between the analytical model and the run, on the clocked engine: it knows nothing of them, and
// its ports refuse as ever. Where they are wide enough to refuse nobody, `fast` without its port rules must
// take the same cycles.
#include "sim/run/what_if.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/systemc/systemc_engine.h"
#include "sim/mapper/mapper.h"
#include "workloads/workload.h"

namespace vernier::run {
namespace {

struct Totals {
  engine::EngineTotals fast, clocked;
};

Totals both(const isa::Program& program, const machine::Machine& machine, engine::PortRules rules) {
  Totals totals;
  for (const bool skip : {true, false}) {
    engine::RunLog log;
    engine::FastOptions options;
    options.skip = skip;
    options.port_rules = rules;
    const engine::EngineTotals run = engine::run_fast(program, machine, log, options);
    if (!skip) {
      EXPECT_EQ(run.cycles, totals.fast.cycles);
    }
    totals.fast = run;
  }
  engine::RunLog log;
  totals.clocked = engine::run_systemc(program, machine, log);
  return totals;
}

class WhatIfClocked : public ::testing::TestWithParam<const char*> {};

TEST_P(WhatIfClocked, TakesTheCyclesOfFast) {
  config::ResolveOptions resolve;
  resolve.phase = "decode";
  resolve.sets = {fmt::format("dram.kind={}", GetParam()), "dram.channels=2", "output_scratchpad.banks=64",
                  "output_scratchpad.stripe_banks=8"};
  config::AcceleratorConfig config =
      config::load_accelerator(VERNIER_SOURCE_DIR "/configs/accelerators/int8_mac.yaml", resolve);
  for (machine::ScratchpadParams* spad :
       {&config.machine.weight_spad, &config.machine.activation_spad, &config.machine.output_spad})
    spad->bank_width_bits = std::max(spad->bank_width_bits, 1024 / spad->line_banks());
  const workloads::Workload workload = workloads::parse_workload(
      "name: two\ngemms:\n  - {name: first, m: 8, n: 512, k: 64}\n  - {name: second, m: 8, n: 512, k: "
      "512}\n",
      "two.yaml");
  const workloads::Network network = workloads::build_network(workload, {}, config::network_formats(config));
  const mapper::MappedProgram mapped = mapper::map_network(network, config.machine, {true});
  const machine::Machine wide = with_double_ports(config.machine);
  uint64_t below = 0;
  for (const auto& [name, machine] :
       {std::pair{"perfect", with_perfect_dram(wide)}, std::pair{"no rows", without_rows(wide)},
        std::pair{"no bank groups", without_bank_groups(wide)},
        std::pair{"no refresh", without_refresh(wide)}, std::pair{"all", wide}}) {
    SCOPED_TRACE(name);
    const Totals none = both(mapped.program, machine, engine::PortRules::none);
    const Totals width = both(mapped.program, machine, engine::PortRules::width);
    const Totals all = both(mapped.program, machine, engine::PortRules::all);
    EXPECT_EQ(all.fast.cycles, all.clocked.cycles);
    ASSERT_EQ(all.clocked.dma_refused_cycles + all.clocked.vector_stall_cycles, 0U);
    EXPECT_EQ(width.fast.cycles, all.clocked.cycles);
    EXPECT_EQ(none.fast.cycles, all.clocked.cycles);  // both channels move a burst in a cycle
    EXPECT_NE(none.fast.cycles, below);               // each machine is another one
    below = none.fast.cycles;
  }
}

INSTANTIATE_TEST_SUITE_P(Parts, WhatIfClocked, ::testing::Values("DDR4-2400", "LPDDR5-6400", "HBM2-2000"),
                         [](const ::testing::TestParamInfo<const char*>& part) {
                           std::string name = part.param;
                           name.replace(name.find('-'), 1, "_");
                           return name;
                         });

}  // namespace
}  // namespace vernier::run
