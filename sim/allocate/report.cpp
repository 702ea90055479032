// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/allocate/allocate.h"
#include "sim/report/format.h"
#include "workloads/llm_formats.h"

namespace vernier::allocate {
namespace {

using nlohmann::ordered_json;
using report::thousands;

std::string number(double value) { return fmt::format("{:.6g}", value); }

std::string energy(std::optional<uint64_t> nanojoules) {
  return nanojoules ? fmt::format("{:.6g}", static_cast<double>(*nanojoules) * 1e-6) : "-";
}

ordered_json energy_json(std::optional<uint64_t> nanojoules) {
  return nanojoules ? ordered_json(*nanojoules) : ordered_json(nullptr);
}

std::string percent(uint64_t value, uint64_t of) {
  const double difference = static_cast<double>(value) - static_cast<double>(of);
  return fmt::format("{:+.2f} %", of == 0 ? 0.0 : 100 * difference / static_cast<double>(of));
}

uint64_t gap(const AllocationReport& report) {
  return cost_of(report.problem, report.solution.best) - report.solution.lower_bound;
}

const char* status(const AllocationReport& report) {
  return report.solution.proved(report.problem) ? "optimal" : "feasible";
}

/// Layers of one operator that have one format.
struct Group {
  std::vector<const Layer*> layers;
  Assignment sums;
};

/// In the order of the operators, those of one in the order in which their formats appear.
std::vector<Group> groups_of(const AllocationReport& report) {
  std::vector<Group> groups;
  const std::vector<Layer>& layers = report.problem.layers;
  const auto format = [&](size_t i) { return report.solution.best.chosen[i]; };
  std::vector<bool> done(layers.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    if (done[i]) continue;
    Problem part;
    Group group;
    for (size_t other = i; other < layers.size(); ++other) {
      if (layers[other].op != layers[i].op || layers[other].segment != layers[i].segment) break;
      if (format(other) != format(i)) continue;
      done[other] = true;
      group.layers.push_back(&layers[other]);
      part.layers.push_back(layers[other]);
    }
    group.sums = assignment_of(part, std::vector<size_t>(part.layers.size(), format(i)));
    groups.push_back(std::move(group));
  }
  return groups;
}

/// "0-11, 14"; "all" if the executions are all of the operator's.
std::string executions_of(const Group& group) {
  std::string text;
  workloads::LayerRange range{0, -1};
  const auto add = [&] {
    if (range.last >= range.first) text += (text.empty() ? "" : ", ") + workloads::text_of(range);
  };
  for (const Layer* layer : group.layers) {
    if (layer->first == range.last + 1) {
      range.last = layer->first + layer->repeat - 1;
    } else {
      add();
      range = {layer->first, layer->first + layer->repeat - 1};
    }
  }
  add();
  return range.first == 0 && range.last + 1 == group.layers.front()->of ? "all" : text;
}

std::string layer_table(const AllocationReport& report) {
  const std::vector<Layer>& layers = report.problem.layers;
  const bool split = !std::all_of(layers.begin(), layers.end(), [](const Layer& l) { return l.is_whole(); });
  std::vector<std::string> heads = {"layer",  "tokens",      "N x K",        "executions", "format",
                                    "cycles", "energy [mJ]", "weight bytes", "sensitivity"};
  if (split) heads.emplace_back("which");
  report::TextTable table(heads);
  const auto add = [&](std::vector<std::string> cells, const Assignment& sums, const std::string& which) {
    cells.insert(cells.end(), {thousands(sums.cycles), energy(sums.energy_nj), thousands(sums.weight_bytes),
                               number(sums.sensitivity)});
    if (split) cells.push_back(which);
    table.add(cells);
  };
  for (const Group& group : groups_of(report)) {
    const Layer& layer = *group.layers.front();
    int64_t executions = 0;
    for (const Layer* one : group.layers) executions += one->repeat;
    add({layer.op, thousands(static_cast<uint64_t>(layer.m)), fmt::format("{} x {}", layer.n, layer.k),
         thousands(static_cast<uint64_t>(executions)), layer.choices[group.sums.chosen.front()].format},
        group.sums, executions_of(group));
  }
  table.add_rule();
  add({"chosen", "", "", "", ""}, report.solution.best, "");
  for (size_t i = 0; i < report.uniform.size(); ++i)
    add({"all the same", "", "", "", layers.front().choices[i].format}, report.uniform[i], "");
  return table.text();
}

ordered_json sums_json(const Assignment& sums) {
  return {{"cycles", sums.cycles},
          {"energy_nj", energy_json(sums.energy_nj)},
          {"weight_bytes", sums.weight_bytes},
          {"sensitivity", sums.sensitivity}};
}

ordered_json choice_json(const Choice& choice) {
  return {{"format", choice.format},
          {"cycles", choice.cycles},
          {"energy_nj", energy_json(choice.energy_nj)},
          {"weight_bytes", choice.weight_bytes},
          {"sensitivity", choice.sensitivity}};
}

ordered_json layers_json(const AllocationReport& report) {
  ordered_json layers = ordered_json::array();
  for (size_t i = 0; i < report.problem.layers.size(); ++i) {
    const Layer& layer = report.problem.layers[i];
    ordered_json choices = ordered_json::array();
    for (const Choice& choice : layer.choices) choices.push_back(choice_json(choice));
    layers.push_back({{"name", layer.name},
                      {"operator", layer.op},
                      {"first", layer.first},
                      {"m", layer.m},
                      {"n", layer.n},
                      {"k", layer.k},
                      {"executions", layer.repeat},
                      {"format", layer.choices[report.solution.best.chosen[i]].format},
                      {"choices", std::move(choices)}});
  }
  return layers;
}

}  // namespace

std::string to_text(const AllocationReport& report) {
  const Problem& problem = report.problem;
  const Assignment& best = report.solution.best;
  std::string text = fmt::format(
      "{} ({}) on {}: least {} with a sensitivity of at most {}{}\n{}\n\n", report.network, report.phase,
      report.configuration, words_of(problem.objective), number(problem.budget),
      report.budget_format.empty() ? "" : ", that of all " + report.budget_format, report.sensitivity_note);
  text += layer_table(report);
  text += fmt::format("\nstatus: {}", status(report));
  if (gap(report) > 0)
    text += fmt::format(", lower bound {}, gap {}", thousands(report.solution.lower_bound),
                        thousands(gap(report)));
  text += fmt::format(
      "\npredicted: {} cycles, {} mJ: {} (fast)\n"
      "simulated: {} cycles ({}), {} mJ and {} weight bytes in these layers, {} cycles and {} mJ in all: the "
      "whole network with the chosen formats (fast)\n",
      thousands(best.cycles), energy(best.energy_nj), report.prediction,
      thousands(report.simulated_layer_cycles), percent(report.simulated_layer_cycles, best.cycles),
      energy(report.simulated_layer_nj), thousands(report.simulated_layer_weight_bytes),
      thousands(report.simulated_cycles), energy(report.simulated_nj));
  return text;
}

std::string to_json(const AllocationReport& report) {
  ordered_json uniform = ordered_json::array();
  for (size_t i = 0; i < report.uniform.size(); ++i) {
    ordered_json entry{{"format", report.problem.layers.front().choices[i].format}};
    entry.update(sums_json(report.uniform[i]));
    uniform.push_back(std::move(entry));
  }
  const ordered_json json{
      {"schema", 1},
      {"command", report.command},
      {"version", report.version},
      {"configuration", report.configuration},
      {"configuration_digest", report.configuration_digest},
      {"network", report.network},
      {"phase", report.phase},
      {"minimise", name_of(report.problem.objective)},
      {"budget", report.problem.budget},
      {"budget_format",
       report.budget_format.empty() ? ordered_json(nullptr) : ordered_json(report.budget_format)},
      {"sensitivity_note", report.sensitivity_note},
      {"status", status(report)},
      {"lower_bound", report.solution.lower_bound},
      {"predicted", sums_json(report.solution.best)},
      {"simulated",
       {{"fidelity", "fast"},
        {"cycles", report.simulated_cycles},
        {"layer_cycles", report.simulated_layer_cycles},
        {"energy_nj", energy_json(report.simulated_nj)},
        {"layer_energy_nj", energy_json(report.simulated_layer_nj)},
        {"layer_weight_bytes", report.simulated_layer_weight_bytes}}},
      {"uniform", std::move(uniform)},
      {"layers", layers_json(report)}};
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace vernier::allocate
