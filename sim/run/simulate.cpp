// SPDX-License-Identifier: Apache-2.0
#include "sim/run/simulate.h"

#include <algorithm>
#include <array>
#include <future>

#include "base/error.h"
#include "sim/engine/analytical/roofline.h"
#include "sim/engine/attribution.h"
#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/functional/functional_engine.h"
#include "sim/engine/hazards.h"
#include "sim/run/image.h"

namespace vernier::run {
namespace {

constexpr std::array<std::pair<Fidelity, const char*>, 4> kFidelities = {
    {{Fidelity::fast, "fast"},
     {Fidelity::systemc, "systemc"},
     {Fidelity::rtl, "rtl"},
     {Fidelity::analytical, "analytical"}}};

/// Facts about the operators of a network, in the order of Program::ops.
struct OpFacts {
  std::vector<const workloads::Op*> ops;
  std::vector<int64_t> repeat;
  std::vector<bool> kv_weights;
  std::vector<bool> kv_results;
};

OpFacts facts_of(const workloads::Network& network) {
  OpFacts facts;
  const auto is_cache = [&network](int tensor) {
    return tensor >= 0 &&
           network.tensors[static_cast<size_t>(tensor)].kind == workloads::TensorKind::kv_cache;
  };
  for (const workloads::Segment& segment : network.segments) {
    for (const workloads::Op& op : segment.ops) {
      facts.ops.push_back(&op);
      facts.repeat.push_back(segment.repeat);
      facts.kv_weights.push_back(op.kind == workloads::OpKind::gemm && is_cache(op.weight));
      facts.kv_results.push_back(op.kind == workloads::OpKind::vector && is_cache(op.dst.tensor));
    }
  }
  return facts;
}

report::RunResult simulate_analytically(const config::AcceleratorConfig& accelerator,
                                        const workloads::Network& network) {
  const analytical::Design design = analytical::design_of(accelerator);
  report::RunResult result;
  result.layers = analytical::layer_rows(analytical::evaluate(network, design), design);
  result.notes = analytical::notes(design);
  return result;
}

/// Work issued = work of the network, bytes moved = bytes the plan names, counters of the engine = counters
/// derived from the instructions.
void check_conservation(const mapper::MappedProgram& mapped, const OpFacts& facts,
                        const engine::AttributionObserver& attribution, const engine::EngineTotals& totals,
                        const machine::Machine& machine) {
  uint64_t bursts = 0;
  for (size_t op = 0; op < facts.ops.size(); ++op) {
    const report::LayerRow& row = attribution.rows()[op];
    const auto work = static_cast<uint64_t>(facts.ops[op]->macs() * facts.repeat[op]);
    VERNIER_INVARIANT(row.macs == work, "{}: {} MACs issued, {} in the network", row.name, row.macs, work);
    const mapper::OpExpectation& plan = mapped.ops[op];
    const auto written_bits = [&row](const char* name) {
      const auto found = row.events.find(name);
      return found == row.events.end() ? uint64_t{0} : found->second;
    };
    VERNIER_INVARIANT(written_bits("weight_spad_write_bits") == 8 * plan.weight_bytes,
                      "{}: {} weight bits loaded, {} bytes planned", row.name,
                      written_bits("weight_spad_write_bits"), plan.weight_bytes);
    bursts += row.dram_bytes() / static_cast<uint64_t>(machine.dram.burst_bytes);
  }
  VERNIER_INVARIANT(bursts == totals.dram_bursts, "{} bursts in the rows, {} on the bus", bursts,
                    totals.dram_bursts);
  VERNIER_INVARIANT(attribution.gemms().macs == totals.macs, "{} != {}", attribution.gemms().macs,
                    totals.macs);
  VERNIER_INVARIANT(attribution.gemms().counts == totals.counts,
                    "events counted by the array differ from those of "
                    "the descriptor: {} and {} PE steps",
                    totals.counts.pe_steps, attribution.gemms().counts.pe_steps);
}

std::vector<report::QueueEvent> timeline_of(const engine::RecordingObserver& recording) {
  std::vector<report::QueueEvent> timeline;
  for (const engine::InstructionRecord& record : recording.records()) {
    timeline.push_back(
        {record.queue, record.op, isa::name_of(record.opcode), record.start, record.end, record.sequence});
  }
  std::sort(timeline.begin(), timeline.end(), [](const auto& a, const auto& b) {
    return std::tie(a.start, a.sequence) < std::tie(b.start, b.sequence);
  });
  return timeline;
}

/// Runs the netlist on a random memory image and, unless told not to, compares with the golden model.
engine::EngineTotals run_with_values(const mapper::MappedProgram& mapped, const workloads::Network& network,
                                     const machine::Machine& machine, engine::RunLog& log,
                                     const SimulateOptions& options, const NetlistEngine& netlist,
                                     report::RunResult& result) {
  machine::MemoryImage image(machine, random_image(mapped, network, *options.values_seed));
  if (!options.check_values) {
    result.notes.push_back(
        fmt::format("values: seed {}, not compared with the golden model.", *options.values_seed));
    return netlist(mapped.program, machine, log, &image, options);
  }
  machine::MemoryImage golden = image;
  // The golden model needs nothing of the timed run: let it use another core.
  std::future<void> golden_run =
      std::async(std::launch::async, [&] { engine::run_functional(mapped.program, machine, golden); });
  const engine::EngineTotals totals = netlist(mapped.program, machine, log, &image, options);
  golden_run.get();
  const auto difference = std::mismatch(image.dram.begin(), image.dram.end(), golden.dram.begin());
  if (difference.first != image.dram.end()) {
    throw CheckFailed(
        fmt::format("values differ from the golden model, first at DRAM byte {}: {:#04x}, golden {:#04x}",
                    difference.first - image.dram.begin(), *difference.first, *difference.second));
  }
  result.notes.push_back(fmt::format(
      "values: seed {}, every byte of DRAM equals the golden functional model.", *options.values_seed));
  return totals;
}

report::RunResult simulate_program(const config::AcceleratorConfig& accelerator,
                                   const workloads::Network& network, const SimulateOptions& options,
                                   const NetlistEngine& netlist) {
  const machine::Machine& machine = accelerator.machine;
  if (machine.array.pe == config::kDeclaredPe) {
    throw InputError("RUN003",
                     fmt::format("'{}' declares a PE by numbers only; it has no model for {}", machine.name,
                                 name_of(options.fidelity)),
                     {}, "use --fidelity analytical, or choose array.pe from `vernier list pe`");
  }
  const mapper::MappedProgram mapped = mapper::map_network(network, machine);
  const OpFacts facts = facts_of(network);
  VERNIER_INVARIANT(mapped.program.ops.size() == facts.ops.size(),
                    "{} operators in the program, {} in the network", mapped.program.ops.size(),
                    facts.ops.size());

  engine::RunLog log;
  engine::AttributionObserver attribution(mapped.program, machine, facts.kv_weights, facts.kv_results);
  engine::HazardObserver hazards(mapped.program, machine);
  engine::RecordingObserver recording(options.timeline_limit);
  log.add_observer(hazards);
  log.add_observer(attribution);
  if (options.timeline_limit > 0) log.add_observer(recording);

  report::RunResult result;
  engine::EngineTotals totals;
  if (options.fidelity == Fidelity::fast) {
    if (options.values_seed) {
      throw InputError("RUN004", "the fast fidelity computes no values", {}, "use --fidelity systemc or rtl");
    }
    totals = engine::run_fast(mapped.program, machine, log, {options.skip});
  } else {
    VERNIER_INVARIANT(static_cast<bool>(netlist), "no netlist engine for {}", name_of(options.fidelity));
    if (!options.values_seed) {
      totals = netlist(mapped.program, machine, log, nullptr, options);
    } else {
      totals = run_with_values(mapped, network, machine, log, options, netlist, result);
    }
  }
  check_conservation(mapped, facts, attribution, totals, machine);
  result.layers = attribution.rows();
  for (size_t op = 0; op < facts.ops.size(); ++op)
    result.layers[op].count = static_cast<uint64_t>(facts.repeat[op]);
  result.timeline = timeline_of(recording);
  result.timeline_dropped = recording.seen() - recording.records().size();
  uint64_t cycles = 0;
  for (const report::LayerRow& row : result.layers) cycles += row.cycles;
  VERNIER_INVARIANT(cycles == totals.cycles, "rows sum to {} cycles, the run took {}", cycles, totals.cycles);
  return result;
}

}  // namespace

const char* name_of(Fidelity fidelity) {
  for (const auto& [value, name] : kFidelities) {
    if (value == fidelity) return name;
  }
  return "?";
}

std::vector<std::string> fidelity_names() {
  std::vector<std::string> names;
  for (const auto& [value, name] : kFidelities) names.emplace_back(name);
  return names;
}

Fidelity fidelity_from(const std::string& name) {
  for (const auto& [value, known] : kFidelities) {
    if (name == known) return value;
  }
  throw InputError("RUN002", fmt::format("--fidelity: '{}' is not a fidelity", name), {},
                   suggestion(name, fidelity_names()));
}

report::RunResult simulate(const config::AcceleratorConfig& accelerator, const workloads::Network& network,
                           const SimulateOptions& options, const NetlistEngine& netlist) {
  report::RunResult result = options.fidelity == Fidelity::analytical
                                 ? simulate_analytically(accelerator, network)
                                 : simulate_program(accelerator, network, options, netlist);
  result.network = network.name;
  result.phase = network.phase;
  result.configuration = accelerator.machine.name;
  result.fidelity = name_of(options.fidelity);
  result.seed = static_cast<int64_t>(options.values_seed.value_or(0));
  result.clock_hz = accelerator.machine.clock_hz;
  result.totals = report::sum_of(result.layers);
  result.notes.push_back("energy: no sourced energy table yet, so no energy is reported.");
  report::check_invariants(result);
  return result;
}

}  // namespace vernier::run
