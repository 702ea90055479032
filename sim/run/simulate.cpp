// SPDX-License-Identifier: Apache-2.0
#include "sim/run/simulate.h"

#include <algorithm>
#include <array>
#include <future>

#include "base/error.h"
#include "models/machine/scratchpads.h"
#include "sim/energy/energy_model.h"
#include "sim/engine/analytical/roofline.h"
#include "sim/engine/attribution.h"
#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/functional/functional_engine.h"
#include "sim/engine/hazards.h"
#include "sim/engine/pool_observer.h"
#include "sim/run/attention_traffic.h"
#include "sim/run/image.h"
#include "sim/run/network_facts.h"
#include "sim/run/program_fit.h"
#include "sim/run/weight_file.h"

namespace vernier::run {
namespace {

constexpr std::array<std::pair<Fidelity, const char*>, 4> kFidelities = {
    {{Fidelity::fast, "fast"},
     {Fidelity::systemc, "systemc"},
     {Fidelity::rtl, "rtl"},
     {Fidelity::analytical, "analytical"}}};

report::RunResult simulate_analytically(const config::AcceleratorConfig& accelerator,
                                        const workloads::Network& network) {
  const analytical::Design design = analytical::design_of(accelerator);
  report::RunResult result;
  result.layers = analytical::layer_rows(analytical::evaluate(network, design), design);
  result.notes = analytical::notes(design);
  return result;
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

void refuse_declared(const config::AcceleratorConfig& accelerator, const SimulateOptions& options) {
  if (accelerator.machine.array.pe != config::kDeclaredPe) return;
  throw InputError("RUN003",
                   fmt::format("'{}' declares a PE by numbers only; it has no model for {}",
                               accelerator.machine.name, name_of(options.fidelity)),
                   {}, "use --fidelity analytical, or choose array.pe from `vernier list pe`");
}

/// Calls the engine on a memory image and, unless told not to, compares every byte of DRAM with the golden
/// model. Returns the note that says which.
std::string run_values(const isa::Program& program, const machine::Machine& machine,
                       std::vector<uint8_t> content, const SimulateOptions& options,
                       const std::function<void(machine::MemoryImage&)>& engine) {
  machine::MemoryImage image(machine, std::move(content));
  if (!options.check_values) {
    engine(image);
    return fmt::format("values: seed {}, not compared with the golden model.", *options.values_seed);
  }
  machine::MemoryImage golden = image;
  // The golden model needs nothing of the timed run: let it use another core.
  std::future<void> golden_run =
      std::async(std::launch::async, [&] { engine::run_functional(program, machine, golden); });
  engine(image);
  golden_run.get();
  const auto difference = std::mismatch(image.dram.begin(), image.dram.end(), golden.dram.begin());
  if (difference.first != image.dram.end()) {
    throw CheckFailed(
        fmt::format("values differ from the golden model, first at DRAM byte {}: {:#04x}, golden {:#04x}",
                    difference.first - image.dram.begin(), *difference.first, *difference.second));
  }
  return fmt::format("values: seed {}, every byte of DRAM equals the golden functional model.",
                     *options.values_seed);
}

report::MemoryCounts memory_of(const engine::EngineTotals& totals, const machine::Machine& machine) {
  report::MemoryCounts memory;
  memory.vector_stall_cycles = totals.vector_stall_cycles;
  memory.dma_refused_cycles = totals.dma_refused_cycles;
  if (machine.dram.kind == machine::DramKind::ideal) return memory;
  const dram::ChannelCounts& dram = totals.dram;
  memory.dram_reads = dram.reads;
  memory.dram_writes = dram.writes;
  memory.dram_forwarded_reads = dram.forwarded;
  memory.dram_activates = dram.activates;
  memory.dram_precharges = dram.precharges;
  memory.dram_refreshes = dram.refreshes;
  memory.dram_row_misses = dram.row_misses;
  memory.dram_row_conflicts = dram.row_conflicts;
  return memory;
}

/// A program on an engine, with its observers. What the network behind it knows is in `facts`, which is empty
/// for a program file; `content` makes the DRAM image for runs with values.
class ProgramRun {
 public:
  ProgramRun(const isa::Program& program, const machine::Machine& machine, const NetworkFacts& facts,
             const SimulateOptions& options)
      : program_(program),
        machine_(machine),
        options_(options),
        attribution_(program, machine, facts.kv_weights, facts.kv_results, facts.kv_operands),
        hazards_(program, machine),
        pool_(program),
        recording_(options.timeline_limit) {
    log_.add_observer(hazards_);
    log_.add_observer(attribution_);
    if (program.pool_bytes != 0) log_.add_observer(pool_);
    if (options.timeline_limit > 0) log_.add_observer(recording_);
  }

  report::RunResult run(const NetlistEngine& netlist, const std::function<std::vector<uint8_t>()>& content) {
    report::RunResult result;
    engine::EngineTotals totals;
    if (options_.fidelity == Fidelity::fast) {
      if (options_.values_seed) {
        throw InputError("RUN004", "the fast fidelity computes no values", {},
                         "use --fidelity systemc or rtl");
      }
      totals = engine::run_fast(program_, machine_, log_, {options_.skip});
    } else {
      VERNIER_INVARIANT(static_cast<bool>(netlist), "no netlist engine for {}", name_of(options_.fidelity));
      const auto on = [&](machine::MemoryImage* image) {
        totals = netlist(program_, machine_, log_, image, options_);
      };
      if (options_.values_seed) {
        result.notes.emplace_back(run_values(program_, machine_, content(), options_,
                                             [&on](machine::MemoryImage& image) { on(&image); }));
      } else {
        on(nullptr);
      }
    }
    check_against_engine(attribution_, totals, machine_);
    if (program_.pool_bytes != 0 && options_.fidelity != Fidelity::fast) {
      VERNIER_INVARIANT(totals.pool_peak_bytes == pool_.peak_bytes(),
                        "the allocator counts {} bytes, the log {}", totals.pool_peak_bytes,
                        pool_.peak_bytes());
    }
    result.layers = attribution_.rows();
    result.memory = memory_of(totals, machine_);
    if (options_.explain) {
      result.gap = explain(program_, machine_, totals.cycles, options_.skip, options_.explain_progress);
    }
    result.timeline = timeline_of(recording_);
    result.timeline_dropped = recording_.seen() - recording_.records().size();
    return result;
  }

  [[nodiscard]] const engine::AttributionObserver& attribution() const { return attribution_; }

 private:
  const isa::Program& program_;
  const machine::Machine& machine_;
  const SimulateOptions& options_;
  engine::RunLog log_;
  engine::AttributionObserver attribution_;
  engine::HazardObserver hazards_;
  engine::PoolObserver pool_;
  engine::RecordingObserver recording_;
};

Simulation simulate_mapped(const config::AcceleratorConfig& accelerator, const workloads::Network& network,
                           const SimulateOptions& options, const NetlistEngine& netlist) {
  refuse_declared(accelerator, options);
  mapper::MappedProgram mapped = mapper::map_network(
      network, accelerator.machine, {accelerator.attention == config::AttentionMapping::flash});
  const NetworkFacts facts = facts_of(network, mapped.map);
  VERNIER_INVARIANT(mapped.program.ops.size() == facts.ops.size(),
                    "{} operators in the program, {} in the network", mapped.program.ops.size(),
                    facts.ops.size());
  const std::vector<WeightPlacement> placements =
      match_weights(options.weights, mapped, network, accelerator.machine.array);
  ProgramRun run(mapped.program, accelerator.machine, facts, options);
  report::RunResult result = run.run(netlist, [&] {
    std::vector<uint8_t> image = random_image(mapped, network, *options.values_seed);
    place_weights(options.weights, placements, mapped.map, image);
    return image;
  });
  if (!options.weights.empty()) {
    result.notes.push_back(weights_note(options.weights, placements, mapped, network));
  }
  check_against_network(mapped, facts, run.attribution());
  for (size_t op = 0; op < facts.ops.size(); ++op)
    result.layers[op].count = static_cast<uint64_t>(facts.repeat[op]);
  result.attention = attention_traffic(network, mapped, accelerator.machine, result.layers);
  return {std::move(result), std::move(mapped.program)};
}

/// Tokens of all sequences: the rows that the first linear layer works on; 0 for what is no language model.
uint64_t tokens_of(const workloads::Network& network) {
  if (network.phase != "prefill" && network.phase != "decode") return 0;
  for (const workloads::Segment& segment : network.segments) {
    for (const workloads::Op& op : segment.ops) {
      if (op.kind == workloads::OpKind::gemm) return static_cast<uint64_t>(op.m_outer * op.m);
    }
  }
  return 0;
}

/// What is said of every run, whatever ran.
void complete(report::RunResult& result, const config::AcceleratorConfig& accelerator,
              const SimulateOptions& options, uint64_t tokens) {
  result.configuration = accelerator.machine.name;
  result.fidelity = name_of(options.fidelity);
  result.seed = static_cast<int64_t>(options.values_seed.value_or(0));
  result.clock_hz = accelerator.machine.clock_hz;
  result.peak_dram_bytes_per_second =
      accelerator.machine.dram.bytes_per_cycle(result.clock_hz) * result.clock_hz;
  result.totals = report::sum_of(result.layers);
  energy::add_energy(accelerator, tokens, result);
  report::check_invariants(result);
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
  names.reserve(kFidelities.size());
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

Simulation simulate(const config::AcceleratorConfig& accelerator, const workloads::Network& network,
                    const SimulateOptions& options, const NetlistEngine& netlist) {
  Simulation simulation;
  if (options.fidelity == Fidelity::analytical) {
    simulation.result = simulate_analytically(accelerator, network);
  } else {
    simulation = simulate_mapped(accelerator, network, options, netlist);
  }
  simulation.result.network = network.name;
  simulation.result.phase = network.phase;
  complete(simulation.result, accelerator, options, tokens_of(network));
  return simulation;
}

report::RunResult simulate_program(const config::AcceleratorConfig& accelerator, const isa::Program& program,
                                   const SimulateOptions& options, const NetlistEngine& netlist) {
  if (options.fidelity == Fidelity::analytical) {
    throw InputError("RUN005", "the analytical fidelity evaluates networks, not programs", {},
                     "use --fidelity fast, systemc or rtl");
  }
  if (options.values_seed) {
    throw InputError("RUN006", "values need a network, which says what lies where; a program does not", {},
                     "give the workload instead of the program");
  }
  refuse_declared(accelerator, options);
  check_fit(program, accelerator.machine);
  NetworkFacts nothing_known;
  nothing_known.kv_weights.resize(program.ops.size());
  nothing_known.kv_results.resize(program.ops.size());
  nothing_known.kv_operands.resize(program.ops.size());
  const machine::Machine machine =
      program.pool_bytes == 0 ? accelerator.machine : machine::pooled(accelerator.machine);
  ProgramRun run(program, machine, nothing_known, options);
  report::RunResult result = run.run(netlist, {});
  for (report::LayerRow& row : result.layers) row.count = 1;
  result.network = program.name;
  result.phase = "program";
  result.notes.emplace_back(
      "program file: no network to check its MACs against; executions are not known and count as 1, "
      "key/value cache counts as weights and outputs.");
  complete(result, accelerator, options, 0);
  return result;
}

}  // namespace vernier::run
