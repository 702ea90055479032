// SPDX-License-Identifier: Apache-2.0
#include "sim/allocate/allocate.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "base/error.h"
#include "models/formats/group_format.h"
#include "sim/allocate/layers.h"
#include "sim/config/network_formats.h"
#include "sim/run/simulate.h"

namespace vernier::allocate {
namespace {

double budget_of(const Request& request, const std::vector<std::string>& formats, AllocationReport& report) {
  char* end = nullptr;
  const double number = std::strtod(request.budget.c_str(), &end);
  if (end != request.budget.c_str() && *end == '\0' && std::isfinite(number) && number >= 0) return number;
  const auto format = std::find(formats.begin(), formats.end(), request.budget);
  if (format == formats.end()) {
    throw InputError("ALC005",
                     fmt::format("--budget: '{}' is neither a number from 0 nor one of the formats: {}",
                                 request.budget, fmt::join(formats, ", ")),
                     {}, suggestion(request.budget, formats));
  }
  report.budget_format = *format;
  return report.uniform[static_cast<size_t>(format - formats.begin())].sensitivity;
}

void simulate_whole(const config::AcceleratorConfig& accelerator, const workloads::Network& network,
                    AllocationReport& report) {
  const report::RunResult result = run::simulate(accelerator, network, {}).result;
  report.simulated_cycles = result.totals.cycles;
  report.simulated_nj = nanojoules(energy_of(result, result.totals));
  std::optional<uint64_t> layer_fj = 0;
  std::set<std::string> names;
  for (const WeightOp& weight : weight_ops(network)) names.insert(weight.op->name);
  for (const report::LayerRow& row : result.layers) {
    if (names.count(row.name) == 0) continue;
    report.simulated_layer_cycles += row.cycles;
    report.simulated_layer_weight_bytes += row.weight_bytes;
    const auto fj = energy_of(result, row);
    layer_fj = layer_fj && fj ? std::optional(*layer_fj + *fj) : std::nullopt;
  }
  report.simulated_layer_nj = nanojoules(layer_fj);
}

}  // namespace

const char* name_of(Objective objective) {
  return objective == Objective::weight_bytes ? "weight_bytes" : words_of(objective);
}

Objective objective_named(const std::string& name) {
  for (const Objective objective : {Objective::cycles, Objective::energy, Objective::weight_bytes}) {
    if (name == name_of(objective)) return objective;
  }
  fail_invariant(__FILE__, __LINE__, "an objective has this name", name);
}

std::vector<std::string> formats_of(const Request& request) {
  std::vector<std::string> formats;
  for (const std::string& text : request.formats) {
    const std::string name = formats::group_format(text).name;
    if (std::find(formats.begin(), formats.end(), name) == formats.end()) formats.push_back(name);
  }
  return formats;
}

void check_energies(const Problem& problem) {
  if (problem.objective != Objective::energy) return;
  for (const Layer& layer : problem.layers) {
    for (const Choice& choice : layer.choices) {
      if (choice.energy_nj) continue;
      throw InputError(
          "ALC007",
          fmt::format("--minimise energy: {} in {} has no energy, since a component has no number",
                      layer.name, choice.format),
          {}, "`vernier run` names the components; --minimise cycles and weight_bytes need none");
    }
  }
}

std::vector<std::string> formats_in(const Problem& problem, const Assignment& assignment) {
  std::vector<std::string> formats;
  for (size_t i = 0; i < problem.layers.size(); ++i)
    formats.push_back(problem.layers[i].choices.at(assignment.chosen[i]).format);
  return formats;
}

void choose(const Request& request, const std::vector<std::string>& formats, AllocationReport& report) {
  Problem& problem = report.problem;
  for (size_t i = 0; i < formats.size(); ++i)
    report.uniform.push_back(assignment_of(problem, std::vector<size_t>(problem.layers.size(), i)));
  problem.budget = budget_of(request, formats, report);
  report.solution = solve(problem, request.seconds);
}

AllocationReport allocate(const config::AcceleratorConfig& accelerator, const workloads::Workload& workload,
                          const workloads::LlmOptions& options, const Request& request) {
  const workloads::LlmFormats network_formats = config::network_formats(accelerator);
  const workloads::Network network = workloads::build_network(workload, options, network_formats);
  const std::vector<std::string> formats = formats_of(request);
  AllocationReport report;
  report.configuration = accelerator.machine.name;
  report.network = network.name;
  report.phase = network.phase;
  Problem& problem = report.problem;
  problem.objective = request.objective;
  problem.layers = layers_of(network, workload.is_llm() ? request.share : 0);
  add_costs(problem.layers, formats, accelerator);
  check_energies(problem);
  report.sensitivity_note = add_sensitivities(problem.layers, request.sensitivity);
  choose(request, formats, report);
  report.chosen = with_formats(workload, problem, report.solution.best);
  simulate_whole(accelerator, workloads::build_network(report.chosen, options, network_formats), report);
  return report;
}

}  // namespace vernier::allocate
