// SPDX-License-Identifier: Apache-2.0
// What `fast` leaves out of loops changes nothing: random machines and networks whose layers repeat, and a
// language model of real size.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/engine/attribution.h"
#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/hazards.h"
#include "sim/run/network_facts.h"
#include "tests/fidelity/compare.h"
#include "tests/fidelity/random_case.h"
#include "workloads/workload.h"

namespace vernier::fidelity {
namespace {

struct Seen {
  engine::EngineTotals totals;
  std::vector<report::LayerRow> rows;
};

Seen observe(const mapper::MappedProgram& mapped, const machine::Machine& machine,
             const run::NetworkFacts& facts, bool skip) {
  engine::RunLog log;
  engine::HazardObserver hazards(mapped.program, machine);
  engine::AttributionObserver attribution(mapped.program, machine, facts.kv_weights, facts.kv_results,
                                          facts.kv_operands);
  log.add_observer(hazards);
  log.add_observer(attribution);
  Seen seen;
  seen.totals = engine::run_fast(mapped.program, machine, log, {skip});
  run::check_against_engine(attribution, seen.totals, machine);
  seen.rows = attribution.rows();
  return seen;
}

bool same_rows(const report::LayerRow& a, const report::LayerRow& b) {
  const auto numbers = [](const report::LayerRow& row) {
    return std::vector<uint64_t>{row.cycles,       row.compute,
                                 row.fill,         row.drain,
                                 row.operand_stall, row.load_stall,
                                 row.store_stall,  row.vector,
                                 row.idle,         row.macs,
                                 row.instructions, row.weight_bytes,
                                 row.kv_bytes,     row.activation_read_bytes,
                                 row.output_write_bytes};
  };
  return numbers(a) == numbers(b) && a.ideal_cycles == b.ideal_cycles && a.events == b.events;
}

/// Every instruction, every row. Returns the share of instructions that were left out.
double check(const workloads::Network& network, const machine::Machine& machine) {
  const mapper::MappedProgram mapped = mapper::map_network(network, machine);
  const run::NetworkFacts facts = run::facts_of(network, mapped.map);
  if (!check_fast(mapped.program, machine)) return 0;
  const Seen jumping = observe(mapped, machine, facts, true);
  const Seen following = observe(mapped, machine, facts, false);
  EXPECT_EQ(following.totals.left_out, 0U);
  for (size_t op = 0; op < jumping.rows.size(); ++op) {
    if (same_rows(jumping.rows[op], following.rows[op])) continue;
    ADD_FAILURE() << "first difference in the row of " << jumping.rows[op].name;
    return 0;
  }
  return static_cast<double>(jumping.totals.left_out) / static_cast<double>(jumping.totals.instructions);
}

TEST(LoopJumps, layers_that_repeat) {
  const uint64_t first = environment("VERNIER_SEED", 1);
  const uint64_t cases = environment("VERNIER_CASES", 120);
  uint64_t jumped = 0;
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    RandomCase random = random_case(seed);
    std::mt19937_64 more(seed);
    for (workloads::Segment& segment : random.network.segments) segment.repeat = pick(more, 4, 40);
    if (seed % 2 == 0) random.machine.dram.stall_permille = 0;
    SCOPED_TRACE(fmt::format("seed {0}; reproduce: VERNIER_SEED={0} VERNIER_CASES=1\n{1}", seed,
                             describe(random)));
    jumped += check(random.network, random.machine) > 0.5 ? 1 : 0;
    if (HasFailure()) return;
  }
  fmt::print("{} of {} cases left out more than half of their instructions\n", jumped, cases);
  EXPECT_TRUE(cases < 120 || jumped >= cases / 4);
}

TEST(LoopJumps, language_models_of_real_size) {
  const std::string root = VERNIER_SOURCE_DIR;
  for (const char* phase : {"decode", "prefill"}) {
    const workloads::Workload workload =
        workloads::load_workload(root + "/workloads/llm/llama-2-7b.yaml", {{"num_hidden_layers", "6"}, {"vocab_size", "640"}});
    config::ResolveOptions resolve;
    resolve.phase = phase;
    const config::AcceleratorConfig accelerator =
        config::load_accelerator(root + "/configs/accelerators/bitmod.yaml", resolve);
    workloads::LlmOptions llm;
    llm.phase = resolve.phase == "decode" ? workloads::Phase::decode : workloads::Phase::prefill;
    llm.tokens = 4;
    const workloads::Network network =
        workloads::build_network(workload, llm, config::network_formats(accelerator));
    EXPECT_GT(check(network, accelerator.machine), 0.3) << phase;
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace vernier::fidelity
