// SPDX-License-Identifier: Apache-2.0
#include "sim/allocate/layers.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "base/error.h"
#include "models/formats/group_format.h"
#include "sim/config/network_formats.h"
#include "sim/config/pe_rules.h"
#include "sim/run/simulate.h"
#include "workloads/llm_formats.h"

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

const std::string& chosen_format(const Problem& problem, const Assignment& assignment, size_t layer) {
  return problem.layers[layer].choices[assignment.chosen[layer]].format;
}

/// `formats` of a workload file, equal layers in a row as one range.
YAML::Node formats_node(const workloads::LlmModel& model) {
  YAML::Node node;
  for (const auto& [key, format] : model.formats) node[key] = format;
  for (auto at = model.layer_formats.begin(); at != model.layer_formats.end();) {
    auto end = std::next(at);
    int64_t last = at->first;
    while (end != model.layer_formats.end() && end->first == last + 1 && end->second == at->second) {
      last = end->first;
      ++end;
    }
    YAML::Node own;
    for (const auto& [key, format] : at->second) own[key] = format;
    own.SetStyle(YAML::EmitterStyle::Flow);
    node["layers"][workloads::text_of(workloads::LayerRange{at->first, last})] = own;
    at = end;
  }
  return node;
}

/// Operators whose layers all have one format, and that format.
std::map<std::string, std::string> uniform_formats(const Problem& problem, const Assignment& assignment) {
  std::map<std::string, std::string> uniform;
  std::set<std::string> mixed;
  for (size_t i = 0; i < problem.layers.size(); ++i) {
    const std::string& op = problem.layers[i].op;
    const std::string& format = chosen_format(problem, assignment, i);
    if (uniform.emplace(op, format).first->second != format) mixed.insert(op);
  }
  for (const std::string& op : mixed) uniform.erase(op);
  return uniform;
}

}  // namespace

std::vector<WeightOp> weight_ops(const workloads::Network& network) {
  std::vector<WeightOp> ops;
  for (const workloads::Segment& segment : network.segments) {
    for (const workloads::Op& op : segment.ops) {
      if (op.kind != workloads::OpKind::gemm) continue;
      if (network.tensors[static_cast<size_t>(op.weight)].kind != workloads::TensorKind::weight) continue;
      ops.push_back({&segment, &op});
    }
  }
  return ops;
}

std::vector<Layer> layers_of(const workloads::Network& network, int64_t share) {
  std::vector<Layer> whole;
  for (const auto& [segment, op] : weight_ops(network)) {
    const std::string name = segment->plain(op->name);
    const auto known = std::find_if(whole.begin(), whole.end(), [&, at = segment](const Layer& layer) {
      return layer.op == name && layer.segment == at->name;
    });
    if (known != whole.end()) {
      known->of = known->repeat += segment->repeat;
      continue;
    }
    whole.push_back({name,
                     segment->name,
                     op->m_outer * op->m,
                     op->n,
                     op->k,
                     segment->repeat,
                     {},
                     name,
                     0,
                     segment->repeat});
  }
  if (whole.empty()) throw InputError("ALC006", fmt::format("'{}' has no layer with weights", network.name));
  std::vector<Layer> layers;
  for (const Layer& all : whole) {
    const int64_t step = share == 0 ? all.of : share;
    for (int64_t first = 0; first < all.of; first += step) {
      Layer layer = all;
      layer.first = first;
      layer.repeat = std::min(step, all.of - first);
      if (!layer.is_whole()) {
        const workloads::LayerRange range{first, first + layer.repeat - 1};
        layer.name = fmt::format("{}.{}.{}", layer.segment, workloads::text_of(range), layer.op);
      }
      layers.push_back(std::move(layer));
    }
  }
  return layers;
}

std::optional<uint64_t> energy_of(const report::RunResult& result, const report::LayerRow& row) {
  return result.energy ? report::energy_fj(*result.energy, row.energy) : std::nullopt;
}

std::optional<uint64_t> nanojoules(std::optional<uint64_t> femtojoules) {
  if (!femtojoules) return std::nullopt;
  return (*femtojoules + 500'000) / 1'000'000;
}

void check_formats(const std::vector<std::string>& formats, const config::AcceleratorConfig& accelerator) {
  for (const std::string& format : formats) {
    const auto reason = config::refusal(accelerator.machine.array.pe, formats::group_format(format));
    if (reason) throw InputError("ALC002", fmt::format("--format {}: {}", format, *reason));
  }
}

void add_costs(std::vector<Layer>& layers, const std::vector<std::string>& formats,
               const config::AcceleratorConfig& accelerator) {
  check_formats(formats, accelerator);
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
  const std::map<std::string, std::string> uniform = uniform_formats(problem, assignment);
  if (auto* list = std::get_if<workloads::GemmList>(&workload.content)) {
    for (workloads::Gemm& gemm : list->gemms) gemm.weight_format = uniform.at(gemm.name);
    return workload;
  }
  auto& model = std::get<workloads::LlmModel>(workload.content);
  for (const auto& [op, format] : uniform) model.formats[op] = format;
  // What the file says of single layers is replaced, but for their caches.
  std::map<int64_t, std::map<std::string, std::string>> own;
  for (const auto& [index, formats] : model.layer_formats) {
    if (const auto cache = formats.find("kv_cache"); cache != formats.end()) own[index].insert(*cache);
  }
  for (size_t i = 0; i < problem.layers.size(); ++i) {
    const Layer& layer = problem.layers[i];
    if (uniform.count(layer.op) != 0) continue;
    for (int64_t index = layer.first; index < layer.first + layer.repeat; ++index)
      own[index][layer.op] = chosen_format(problem, assignment, i);
  }
  model.layer_formats = std::move(own);
  return workload;
}

std::string file_with_formats(const std::string& file, const workloads::Workload& chosen,
                              const workloads::Overrides& overrides) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  YAML::Node root = workloads::parse_document(text, file, overrides);
  root["name"] = chosen.name();
  if (const auto* list = std::get_if<workloads::GemmList>(&chosen.content)) {
    for (size_t i = 0; i < list->gemms.size(); ++i)
      root["gemms"][i]["weight_format"] = list->gemms[i].weight_format;
  } else {
    root["formats"] = formats_node(std::get<workloads::LlmModel>(chosen.content));
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
