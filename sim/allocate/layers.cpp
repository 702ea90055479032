// SPDX-License-Identifier: Apache-2.0
#include "sim/allocate/layers.h"

#include <fstream>
#include <iterator>
#include <map>
#include <tuple>

#include "base/error.h"
#include "models/formats/group_format.h"
#include "sim/config/network_formats.h"
#include "sim/config/pe_rules.h"
#include "sim/run/simulate.h"

namespace vernier::allocate {
namespace {

struct Cost {
  uint64_t cycles = 0, weight_bytes = 0;
  std::optional<uint64_t> energy_fj;
};

/// One execution of the layer, alone.
Cost cost_alone(const Layer& layer, const std::string& format, const config::AcceleratorConfig& accelerator) {
  workloads::GemmList list;
  list.name = layer.name;
  list.gemms.push_back({layer.name, layer.m, layer.n, layer.k, format, 1});
  const workloads::Network network =
      workloads::build_network({layer.name, list}, {}, config::network_formats(accelerator));
  const report::RunResult result = run::simulate(accelerator, network, {}).result;
  return {result.totals.cycles, result.totals.weight_bytes, energy_of(result, result.totals)};
}

std::string chosen_format(const Problem& problem, const Assignment& assignment, const std::string& layer) {
  for (size_t i = 0; i < problem.layers.size(); ++i) {
    if (problem.layers[i].name == layer) return problem.layers[i].choices[assignment.chosen[i]].format;
  }
  fail_invariant(__FILE__, __LINE__, "every GEMM of the list has a format", layer);
}

}  // namespace

std::vector<Layer> layers_of(const workloads::Network& network) {
  std::vector<Layer> layers;
  for (const workloads::Segment& segment : network.segments) {
    for (const workloads::Op& op : segment.ops) {
      if (op.kind != workloads::OpKind::gemm) continue;
      if (network.tensors[static_cast<size_t>(op.weight)].kind != workloads::TensorKind::weight) continue;
      layers.push_back({op.name, segment.name, op.m_outer * op.m, op.n, op.k, segment.repeat, {}});
    }
  }
  if (layers.empty()) throw InputError("ALC006", fmt::format("'{}' has no layer with weights", network.name));
  return layers;
}

std::optional<uint64_t> energy_of(const report::RunResult& result, const report::LayerRow& row) {
  return result.energy ? report::energy_fj(*result.energy, row.energy) : std::nullopt;
}

std::optional<uint64_t> nanojoules(std::optional<uint64_t> femtojoules) {
  if (!femtojoules) return std::nullopt;
  return (*femtojoules + 500'000) / 1'000'000;
}

void add_costs(std::vector<Layer>& layers, const std::vector<std::string>& formats,
               const config::AcceleratorConfig& accelerator) {
  for (const std::string& format : formats) {
    const auto reason = config::refusal(accelerator.machine.array.pe, formats::group_format(format));
    if (reason) throw InputError("ALC002", fmt::format("--format {}: {}", format, *reason));
  }
  std::map<std::tuple<int64_t, int64_t, int64_t, std::string>, Cost> known;  // layers of the same size
  for (Layer& layer : layers) {
    for (const std::string& format : formats) {
      const auto [at, is_new] = known.try_emplace({layer.m, layer.n, layer.k, format});
      if (is_new) at->second = cost_alone(layer, format, accelerator);
      const auto executions = static_cast<uint64_t>(layer.repeat);
      const Cost& one = at->second;
      const auto energy = one.energy_fj ? std::optional(executions * *one.energy_fj) : std::nullopt;
      layer.choices.push_back(
          {format, executions * one.cycles, executions * one.weight_bytes, 0, nanojoules(energy)});
    }
  }
}

workloads::Workload with_formats(workloads::Workload workload, const Problem& problem,
                                 const Assignment& assignment) {
  if (auto* list = std::get_if<workloads::GemmList>(&workload.content)) {
    for (workloads::Gemm& gemm : list->gemms)
      gemm.weight_format = chosen_format(problem, assignment, gemm.name);
    return workload;
  }
  auto& model = std::get<workloads::LlmModel>(workload.content);
  for (const Layer& layer : problem.layers)
    model.formats[layer.name] = chosen_format(problem, assignment, layer.name);
  return workload;
}

std::string file_with_formats(const std::string& file, const workloads::Workload& workload,
                              const workloads::Overrides& overrides, const Problem& problem,
                              const Assignment& assignment) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  YAML::Node root = workloads::parse_document(text, file, overrides);
  root["name"] = workload.name();
  if (!workload.is_llm()) {
    for (YAML::Node gemm : root["gemms"])
      gemm["weight_format"] = chosen_format(problem, assignment, gemm["name"].as<std::string>());
  } else {
    for (const Layer& layer : problem.layers)
      root["formats"][layer.name] = chosen_format(problem, assignment, layer.name);
    std::vector<std::string> nameless;
    for (const auto& entry : root) {
      const auto key = entry.first.as<std::string>();
      if (key != "formats" && key != "architectures" && key != "origin" && !workloads::is_workload_key(key))
        nameless.push_back(key);
    }
    for (const std::string& key : nameless) root.remove(key);
  }
  YAML::Emitter out;
  out << root;
  return std::string("# The formats are those of `vernier allocate-bits`.\n") + out.c_str() + "\n";
}

}  // namespace vernier::allocate
