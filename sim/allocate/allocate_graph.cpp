// SPDX-License-Identifier: Apache-2.0
// Allocation of graphs.
#include "sim/allocate/allocate.h"
#include "sim/allocate/graph_sensitivity.h"
#include "sim/allocate/layers.h"

namespace vernier::allocate {
namespace {

void simulate_whole(const config::AcceleratorConfig& accelerator, const GraphWork& work,
                    const std::vector<GraphLayer>& layers, AllocationReport& report) {
  const graph::Graph graph = with_formats(work, layers, formats_in(report.problem, report.solution.best));
  const report::RunResult result = run::simulate_graph(accelerator, graph, work.run, {}).simulation.result;
  report.simulated_cycles = result.totals.cycles;
  report.simulated_nj = nanojoules(energy_of(result, result.totals));
  std::optional<uint64_t> layer_fj = 0;
  for (const LayerCost& cost : costs_of(work.graph, layers, result)) {
    report.simulated_layer_cycles += cost.cycles;
    report.simulated_layer_weight_bytes += cost.weight_bytes;
    layer_fj = layer_fj && cost.energy_fj ? std::optional(*layer_fj + *cost.energy_fj) : std::nullopt;
  }
  report.simulated_layer_nj = nanojoules(layer_fj);
}

}  // namespace

AllocationReport allocate(const config::AcceleratorConfig& accelerator, const GraphWork& work,
                          const std::string& onnx_file, const Request& request) {
  const std::vector<std::string> formats = formats_of(request);
  check_formats(formats, accelerator);
  const std::vector<GraphLayer> layers = layers_of(work.graph);
  AllocationReport report;
  report.configuration = accelerator.machine.name;
  report.network = work.graph.name;
  report.phase = "graph";
  report.prediction = "each layer as in the run of the whole graph that has its format everywhere";
  Problem& problem = report.problem;
  problem.objective = request.objective;
  problem.layers = problem_layers(work.graph, layers);
  add_costs(problem.layers, work, layers, formats, accelerator);
  check_energies(problem);
  const GraphValues values{onnx_file, request.sensitivity.weights, request.sensitivity.seed};
  report.sensitivity_note = add_sensitivities(
      problem.layers, request.sensitivity.file,
      [&](std::string& of_what) { return errors_of(problem.layers, work.graph, layers, values, of_what); });
  choose(request, formats, report);
  simulate_whole(accelerator, work, layers, report);
  return report;
}

}  // namespace vernier::allocate
