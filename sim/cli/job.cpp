// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/job.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/graph_options.h"
#include "sim/cli/netlist.h"
#include "sim/cli/program_input.h"
#include "sim/cli/shipped.h"
#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/run/simulate_graph.h"

namespace vernier::cli {
namespace {

/// Cycles reached, on a terminal only: one line that is written over, and cleared at the end.
class ProgressLine {
 public:
  ProgressLine(const JobOptions& options, std::string what)
      : what_(std::move(what)), shown_(!options.quiet && isatty(STDERR_FILENO) != 0) {}
  ~ProgressLine() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  [[nodiscard]] std::function<void(uint64_t)> callback() const {
    if (!shown_) return {};
    return [this](uint64_t cycle) {
      fmt::print(stderr, "\r{}: {:.1f} M cycles", what_, static_cast<double>(cycle) / 1e6);
    };
  }
  [[nodiscard]] run::ExplainProgress explain_callback() const {
    if (!shown_) return {};
    return [this](size_t done, size_t of) {
      fmt::print(stderr, "\r\033[K{}: --explain, {} of {} runs", what_, done, of);
    };
  }

 private:
  std::string what_;
  bool shown_;
};

run::SimulateOptions simulate_options(const JobOptions& options, const ResultFolder& folder) {
  run::SimulateOptions simulate;
  simulate.fidelity = run::fidelity_from(options.fidelity);
  simulate.skip = !options.no_skip;
  simulate.explain = options.explain;
  if (options.values) simulate.values_seed = options.seed;
  simulate.check_values = !options.no_check;
  if (folder.wanted()) simulate.timeline_limit = options.timeline;
  simulate.trace = trace_options(options, folder.staged("trace"));
  return simulate;
}

std::string dram_text(const machine::DramParams& dram) {
  if (dram.kind == machine::DramKind::ideal) return fmt::format("{} bit per cycle", dram.bits_per_cycle);
  return fmt::format("{} channel{} of {}", dram.channels(), dram.channels() == 1 ? "" : "s",
                     dram.memory.part.name);
}

std::string cache_words(const config::FormatChoice& formats) {
  using workloads::CacheAxis;
  const auto words = [](const std::string& format, CacheAxis axis) {
    return format + (axis == CacheAxis::token ? " per token" : " per channel");
  };
  const bool usual = formats.key_axis == CacheAxis::token && formats.value_axis == CacheAxis::channel;
  if (usual && formats.key == formats.value) return "KV cache " + formats.key;
  return fmt::format("keys {}, values {}", words(formats.key, formats.key_axis),
                     words(formats.value, formats.value_axis));
}

std::string accelerator_line(const config::AcceleratorConfig& accelerator) {
  const machine::Machine& machine = accelerator.machine;
  const machine::ArrayParams& array = machine.array;
  return fmt::format("{}: {} rows x {} columns of {}, {} lane{}, {}; weights {}, {}; DRAM {}", machine.name,
                     array.rows, array.cols, array.pe, array.lanes, array.lanes == 1 ? "" : "s",
                     array.weight_stationary()                        ? "weight-stationary"
                     : array.delivery == machine::Delivery::broadcast ? "broadcast"
                                                                      : "systolic",
                     accelerator.formats.weight, cache_words(accelerator.formats), dram_text(machine.dram));
}

std::string work_line(const workloads::Workload& workload, const JobOptions& options) {
  if (!workload.is_llm()) return fmt::format("{}: {}", workload.name(), workloads::describe(workload));
  const std::string length = options.phase == "prefill"
                                 ? fmt::format("prefill of {} tokens", options.tokens)
                                 : fmt::format("decode of 1 token, context {}", options.context);
  return fmt::format("{}: {}, batch {}", workload.name(), length, options.batch);
}

void complete(JobResult& result, const config::AcceleratorConfig& accelerator) {
  result.run.version = version();
  result.run.configuration_digest = config::digest(accelerator);
  result.resolved = config::write_resolved(accelerator);
  result.accelerator_line = accelerator_line(accelerator);
}

JobResult run_network(const std::string& config, const std::string& file, const JobOptions& options,
                      const ResultFolder& folder) {
  const Sets sets = split_sets(options.sets);
  const workloads::Workload workload = workloads::load_workload(file, sets.workload);
  const std::string phase = workload.is_llm() ? options.phase : "gemm";
  const config::AcceleratorConfig accelerator = config::load_accelerator(config, {phase, sets.accelerator});

  const workloads::Network network =
      workloads::build_network(workload, llm_options(options), config::network_formats(accelerator));

  const ProgressLine progress(options, accelerator.machine.name);
  run::SimulateOptions simulate = simulate_options(options, folder);
  simulate.progress = progress.callback();
  simulate.explain_progress = progress.explain_callback();
  simulate.weights = quantize::read_tensors(options.weights);
  run::Simulation simulation = run::simulate(accelerator, network, simulate, netlist_engine());

  JobResult result;
  result.run = std::move(simulation.result);
  result.program = std::move(simulation.program);
  result.work_line = work_line(workload, options);
  result.run.command =
      canonical_command("run", {accelerator.machine.name}, options, workload.name(), workload.is_llm());
  result.run.tokens = static_cast<int>(!workload.is_llm() || options.phase == "decode" ? 1 : options.tokens);
  complete(result, accelerator);
  return result;
}

/// Operators that are not simulated, with their share of what all operators write.
std::string skipped_note(const onnx::ImportReport& report) {
  uint64_t elements = 0;
  std::vector<std::string> names;
  for (const onnx::Skipped& skipped : report.skipped) {
    elements += skipped.elements;
    names.push_back(fmt::format("{} ({})", skipped.name, skipped.op));
  }
  return fmt::format(
      "{} operators are not supported and have no work here, {:.1f} % of all elements written: {}.",
      names.size(),
      100.0 * static_cast<double>(elements) /
          static_cast<double>(std::max<uint64_t>(1, report.result_elements)),
      fmt::join(names, ", "));
}

JobResult run_program_file(const std::string& config, const JobOptions& options, const ResultFolder& folder) {
  const Sets sets = split_sets(options.sets);
  if (!sets.workload.empty()) {
    throw InputError("CLI008",
                     fmt::format("--set: {}: a program file has no keys", sets.workload.front().first), {},
                     "override keys of a workload, or of the accelerator");
  }
  JobResult result;
  result.program = load_program(options.workload);
  const config::AcceleratorConfig accelerator =
      accelerator_for_program(config, sets.accelerator, options.phase_given ? options.phase : std::string());

  const ProgressLine progress(options, accelerator.machine.name);
  run::SimulateOptions simulate = simulate_options(options, folder);
  simulate.progress = progress.callback();
  simulate.explain_progress = progress.explain_callback();
  result.work_line = fmt::format("program '{}': {} nodes, {} instructions", result.program->name,
                                 result.program->nodes.size(), isa::dynamic_count(*result.program));
  result.run = with_file(options.workload, [&] {
    return run::simulate_program(accelerator, *result.program, simulate, netlist_engine());
  });
  result.run.command =
      canonical_command("run", {accelerator.machine.name}, options, result.program->name, false);
  complete(result, accelerator);
  return result;
}

/// Options that only language models, or only graphs, have.
void check_graph_options(const JobOptions& options) {
  if (options.values || !options.weights.empty()) {
    throw InputError("RUN006", "runs of graphs compute no values", {}, "leave out --values and --weights");
  }
  if (options.fidelity == "analytical") {
    throw InputError("RUN005",
                     "the analytical fidelity evaluates language models and lists of GEMMs, not graphs", {},
                     "use --fidelity fast, systemc or rtl");
  }
}

JobResult run_graph(const std::string& config, const JobOptions& options, const ResultFolder& folder) {
  check_graph_options(options);
  const Sets sets = split_sets(options.sets);
  refuse_workload_keys(sets);
  const config::AcceleratorConfig accelerator = config::load_accelerator(config, {"gemm", sets.accelerator});
  const run::GraphRunOptions graph_options = graph_run_options(options);
  workloads::LoadedGraph loaded = workloads::load_graph(options.workload, options.graph);

  const ProgressLine progress(options, accelerator.machine.name);
  run::SimulateOptions simulate = simulate_options(options, folder);
  simulate.progress = progress.callback();
  simulate.explain_progress = progress.explain_callback();
  run::GraphRun run =
      run::simulate_graph(accelerator, loaded.graph, graph_options, simulate, netlist_engine());

  JobResult result;
  result.run = std::move(run.simulation.result);
  result.program = std::move(run.simulation.program);
  result.work_line =
      fmt::format("{}: {} operators, {} tensors, scheduled in a pool of {} bytes", run.graph.name,
                  run.graph.operators.size(), run.graph.tensors.size(), run.pool_bytes);
  if (loaded.report && !loaded.report->skipped.empty())
    result.run.notes.push_back(skipped_note(*loaded.report));
  result.run.command =
      canonical_command("run", {accelerator.machine.name}, options, loaded.graph.name, false);
  result.run.tokens = 1;
  complete(result, accelerator);
  if (!loaded.whole && run.graph.operators.size() != loaded.graph.operators.size())
    loaded.whole = std::move(loaded.graph);  // split to fit
  result.schedule = schedule::ScheduleReport{result.run.command,
                                             version(),
                                             std::move(run.graph),
                                             true,
                                             false,
                                             {{run.pool_bytes, run.solved, {}}},
                                             std::move(loaded.whole)};
  return result;
}

}  // namespace

JobResult run_job(const std::string& config, const JobOptions& options, const ResultFolder& folder) {
  const std::string accelerator = resolve_file(config, FileKind::accelerator);
  if (workloads::is_graph_source(options.workload)) return run_graph(accelerator, options, folder);
  refuse_graph_options(options);
  if (is_program_file(options.workload)) return run_program_file(accelerator, options, folder);
  return run_network(accelerator, resolve_file(options.workload, FileKind::workload), options, folder);
}

}  // namespace vernier::cli
