// SPDX-License-Identifier: Apache-2.0
#include "sim/run/simulate_graph.h"

#include <map>
#include <set>

#include "base/error.h"
#include "models/machine/scratchpads.h"
#include "sim/run/program_fit.h"
#include "sim/schedule/execute/execute.h"
#include "workloads/graph/check.h"
#include "workloads/graph/operands.h"
#include "workloads/graph/split.h"

namespace vernier::run {
namespace {

using graph::Graph;

constexpr size_t kMostFindings = 20;

uint64_t largest_need(const Graph& graph) { return graph::need_of(graph, graph::largest_operator(graph)); }

/// Parameters have formats that the array takes.
void check_formats(const Graph& graph, const config::AcceleratorConfig& accelerator) {
  std::vector<Diagnostic> findings;
  std::set<int> seen;
  for (const graph::Operator& op : graph.operators) {
    for (const int index : graph::operands_of(graph, op).weights) {
      const graph::Tensor& tensor = graph.tensors[static_cast<size_t>(index)];
      if (tensor.weight_format.empty() || !seen.insert(index).second) continue;
      const auto why = reject_format(formats::group_format(tensor.weight_format), accelerator.machine.array);
      if (!why || findings.size() >= kMostFindings) continue;
      findings.push_back(*why);
      findings.back().message =
          fmt::format("operator '{}', parameter '{}': {}", op.name, tensor.name, why->message);
    }
  }
  if (!findings.empty()) throw InputError(std::move(findings));
}

/// "parameters with a format of their own: 2 in int6_g128, 1 in bitmod4_g128."; empty if there is none.
std::string formats_note(const Graph& graph) {
  std::map<std::string, size_t> chosen;
  for (const graph::Tensor& tensor : graph.tensors) {
    if (!tensor.weight_format.empty()) ++chosen[tensor.weight_format];
  }
  std::vector<std::string> texts;
  texts.reserve(chosen.size());
  for (const auto& [format, count] : chosen) texts.push_back(fmt::format("{} in {}", count, format));
  return texts.empty() ? ""
                       : fmt::format("parameters with a format of their own: {}.", fmt::join(texts, ", "));
}

/// The graph on the accelerator, split so that every operator fits the pool; work space is not known before
/// it is split, so the size aimed at shrinks until it fits too.
Graph fitted(const Graph& graph, const config::AcceleratorConfig& accelerator, uint64_t pool_bytes,
             bool may_split, std::string& how) {
  Graph whole = schedule::on_accelerator(graph, accelerator);
  if (!may_split || largest_need(whole) <= pool_bytes) return whole;
  const Graph formatted = schedule::in_formats(graph, accelerator);
  for (int eighths = 8; eighths > 0; --eighths) {
    const uint64_t size = pool_bytes / 8 * static_cast<uint64_t>(eighths);
    if (size == 0) break;
    Graph pieces =
        schedule::on_accelerator(graph::split(formatted, {graph::SplitAxis::fit, 1, size}), accelerator);
    if (largest_need(pieces) > pool_bytes) continue;
    how = fmt::format("operators are split so that each fits: {} pieces of {}.", pieces.operators.size(),
                      graph.operators.size());
    return pieces;
  }
  return whole;
}

void check_capacity(const Graph& graph, const config::AcceleratorConfig& accelerator, uint64_t pool_bytes) {
  const int largest = graph::largest_operator(graph);
  const uint64_t need = graph::need_of(graph, largest);
  if (need <= pool_bytes) return;
  throw InputError("SCH001",
                   fmt::format("operator '{}' needs {} bytes on '{}', and the pool has {}",
                               graph.operators[static_cast<size_t>(largest)].name, need,
                               accelerator.machine.name, pool_bytes),
                   {}, "enlarge the scratchpads, or split the operator with --split");
}

void check_work(const report::RunResult& result, const GraphRun& run) {
  const schedule::Traffic& traffic = run.solved.traffic;
  const uint64_t claimed = traffic.compulsory_bytes() + traffic.noncompulsory_bytes();
  VERNIER_INVARIANT(result.totals.dram_bytes() == claimed, "{} bytes moved, the schedule says {}",
                    result.totals.dram_bytes(), claimed);
  uint64_t macs = 0;
  for (const graph::Operator& op : run.graph.operators) macs += op.macs();
  VERNIER_INVARIANT(result.totals.macs == macs, "{} MACs issued, {} in the graph", result.totals.macs, macs);
}

std::string schedule_note(const GraphRun& run) {
  const schedule::Outcome& outcome = run.solved.outcome;
  const schedule::Traffic& traffic = run.solved.traffic;
  std::string note = fmt::format(
      "schedule by {}, {}: {} compulsory and {} non-compulsory bytes in a pool of {} bytes (most in use {}).",
      outcome.solver, schedule::name_of(outcome.status), traffic.compulsory_bytes(),
      traffic.noncompulsory_bytes(), run.pool_bytes, traffic.peak_bytes);
  if (outcome.status == schedule::Status::feasible) {
    note += fmt::format(" At least {} non-compulsory bytes are needed; {}.", outcome.lower_bound_bytes,
                        outcome.reason.empty() ? "no optimum was proved" : outcome.reason);
  }
  return note;
}

}  // namespace

GraphRun simulate_graph(const config::AcceleratorConfig& accelerator, const Graph& graph,
                        const GraphRunOptions& graph_options, const SimulateOptions& options,
                        const NetlistEngine& netlist) {
  GraphRun run;
  const uint64_t all = machine::pool_bytes(accelerator.machine);
  run.pool_bytes = graph_options.scratchpad_bytes == 0 ? all : graph_options.scratchpad_bytes;
  if (run.pool_bytes > all) {
    throw InputError("SCH002", fmt::format("--scratchpad: {} bytes; the scratchpads of '{}' have {} together",
                                           run.pool_bytes, accelerator.machine.name, all));
  }
  check_formats(graph, accelerator);
  std::string how;
  run.graph = fitted(graph, accelerator, run.pool_bytes, graph_options.fit, how);
  check_capacity(run.graph, accelerator, run.pool_bytes);
  run.solved = schedule::solve(graph_options.solver, run.graph, run.pool_bytes, graph_options.limits);
  VERNIER_INVARIANT(run.solved.outcome.schedule.has_value(), "no schedule for a graph whose operators fit");
  if (graph_options.prefetch) {
    schedule::Schedule& schedule = *run.solved.outcome.schedule;
    schedule = schedule::place_for_prefetch(run.graph, std::move(schedule), run.pool_bytes);
    static_cast<void>(schedule::check_schedule(run.graph, schedule, run.pool_bytes, true));
  }
  const isa::Program program = schedule::emit_program(run.graph, *run.solved.outcome.schedule, run.pool_bytes,
                                                      accelerator, {graph_options.prefetch});
  run.simulation.result = simulate_program(accelerator, program, options, netlist);
  run.simulation.program = program;
  report::RunResult& result = run.simulation.result;
  check_work(result, run);
  result.network = graph.name;
  result.phase = "graph";
  result.notes.front() = schedule_note(run);
  if (!how.empty()) result.notes.push_back(how);
  if (std::string note = formats_note(graph); !note.empty()) result.notes.push_back(std::move(note));
  if (!graph_options.prefetch) result.notes.emplace_back("no prefetch: loads wait for the operator before.");
  return run;
}

}  // namespace vernier::run
