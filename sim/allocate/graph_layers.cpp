// SPDX-License-Identifier: Apache-2.0
#include "sim/allocate/graph_layers.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "sim/allocate/layers.h"
#include "workloads/graph/operands.h"
#include "workloads/graph/split.h"

namespace vernier::allocate {
namespace {

using graph::Graph;
using graph::Operator;

template <size_t count>
bool is_one_of(const std::string& kind, const std::array<std::string_view, count>& kinds) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

int64_t product(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

/// The last two dimensions are K x rows, or rows x K; by what the operator is.
GraphParameter::Order order_of(const Operator& op, size_t input, const std::vector<int64_t>& shape,
                               int64_t k) {
  using Order = GraphParameter::Order;
  static constexpr std::array<std::string_view, 8> kByRows = {
      "Conv", "ConvInteger", "QLinearConv", "FusedConv", "SepConv", "LSTM", "GRU", "RNN"};
  static constexpr std::array<std::string_view, 10> kProducts = {"MatMul",
                                                                 "MatMulInteger",
                                                                 "QLinearMatMul",
                                                                 "Gemm",
                                                                 "FusedGemm",
                                                                 "FusedMatMul",
                                                                 "Attention",
                                                                 "Project",
                                                                 "DynamicQuantizeMatMul",
                                                                 "MatMulIntegerToFloat"};
  const int64_t first = shape.front(), last = shape.back(), before = shape[shape.size() - 2];
  const bool recurrent = op.kind == "LSTM" || op.kind == "GRU" || op.kind == "RNN";
  if (is_one_of(op.kind, kByRows))
    return (recurrent ? last : product(shape) / first) == k ? Order::rows : Order::unknown;
  if (!is_one_of(op.kind, kProducts)) return Order::unknown;
  const auto transposed = op.attributes.find("transposed");
  const bool is_left = input == 0;
  const bool turned = transposed != op.attributes.end() && transposed->second.size() == 2 &&
                      transposed->second[is_left ? 0 : 1] != 0;
  if (is_left != turned) return last == k ? Order::rows : Order::unknown;
  return before == k ? Order::columns : Order::unknown;
}

GraphParameter parameter_of(const Graph& graph, const Operator& op, int tensor, const graph::Gemm& gemm) {
  const auto input =
      static_cast<size_t>(std::find(op.inputs.begin(), op.inputs.end(), tensor) - op.inputs.begin());
  const std::vector<int64_t>& shape = graph::view_of(graph, op, input);
  const int64_t elements = product(shape);
  GraphParameter parameter;
  parameter.tensor = tensor;
  parameter.cols = gemm.k;
  parameter.rows = elements % gemm.k == 0 ? elements / gemm.k : gemm.n * gemm.groups;
  if (op.kind == "MatMulNBits") parameter.rows = gemm.n;  // its elements are bytes of several codes
  if (parameter.rows * parameter.cols != elements || shape.size() < 2) return parameter;
  parameter.order = order_of(op, input, shape, gemm.k);
  parameter.block_rows = shape.back();
  // [input channels, output channels / groups, kernel]: the channels of a group lie together.
  if (op.kind == "ConvTranspose" && shape.front() == gemm.k * gemm.groups) {
    parameter.order = GraphParameter::Order::columns;
    parameter.block_rows = elements / shape.front();
  }
  return parameter;
}

/// Operators that share a parameter find the same root.
class Groups {
 public:
  explicit Groups(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), size_t{0}); }
  size_t find(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  /// The smaller number is the root.
  void join(size_t a, size_t b) {
    a = find(a), b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<size_t> parent_;
};

/// The parameters among the second operands of an operator's GEMMs, with the GEMM.
std::vector<std::pair<int, size_t>> parameters_of(const Graph& graph, const Operator& op) {
  std::vector<std::pair<int, size_t>> found;
  const std::vector<int> operands = graph::second_operands(graph, op);
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i] < 0) continue;
    if (graph.tensors[static_cast<size_t>(operands[i])].kind == graph::TensorKind::weight)
      found.emplace_back(operands[i], i);
  }
  return found;
}

/// "conv1/3" is a piece of "conv1".
std::string without_piece(const std::string& name) {
  const size_t slash = name.rfind('/');
  const bool number = slash != std::string::npos && slash + 1 < name.size() &&
                      name.find_first_not_of("0123456789", slash + 1) == std::string::npos;
  return number ? name.substr(0, slash) : name;
}

}  // namespace

std::vector<GraphLayer> layers_of(const Graph& graph) {
  Groups groups(graph.operators.size());
  std::map<int, size_t> reader;
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    // All that is packed, since an operator's format stands for that.
    for (const int t : graph::operands_of(graph, graph.operators[i]).weights) {
      if (graph.tensors[static_cast<size_t>(t)].kind == graph::TensorKind::weight)
        groups.join(i, reader.emplace(t, i).first->second);
    }
  }
  std::map<size_t, GraphLayer> layers;
  std::map<int, bool> seen;
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    const Operator& op = graph.operators[i];
    const auto parameters = parameters_of(graph, op);
    if (parameters.empty()) continue;
    GraphLayer& layer = layers[groups.find(i)];
    layer.operators.push_back(static_cast<int>(i));
    for (const auto& [tensor, gemm] : parameters) {
      if (!std::exchange(seen[tensor], true))
        layer.parameters.push_back(parameter_of(graph, op, tensor, op.gemms[gemm]));
    }
  }
  if (layers.empty())
    throw InputError("ALC006", fmt::format("'{}' has no operator that multiplies by parameters", graph.name));
  std::vector<GraphLayer> list;
  list.reserve(layers.size());
  for (auto& [root, layer] : layers) list.push_back(std::move(layer));
  return list;
}

std::vector<Layer> problem_layers(const Graph& graph, const std::vector<GraphLayer>& layers) {
  std::vector<Layer> list;
  for (const GraphLayer& layer : layers) {
    const Operator& op = graph.operators[static_cast<size_t>(layer.operators.front())];
    Layer one;
    one.name = one.op = op.name;
    one.m = op.gemms[parameters_of(graph, op).front().second].m;
    one.n = layer.parameters.front().rows;
    one.k = layer.parameters.front().cols;
    list.push_back(std::move(one));
  }
  return list;
}

std::vector<workloads::GraphWorkload::Choice> choices_of(const Graph& graph, const Problem& problem,
                                                         const Assignment& assignment) {
  std::vector<workloads::GraphWorkload::Choice> choices;
  const std::vector<GraphLayer> layers = layers_of(graph);
  for (size_t i = 0; i < layers.size(); ++i) {
    const std::string& format = problem.layers[i].choices.at(assignment.chosen[i]).format;
    for (const int op : layers[i].operators)
      choices.push_back({graph.operators[static_cast<size_t>(op)].name, format, {}});
  }
  return choices;
}

Graph with_formats(const GraphWork& work, const std::vector<GraphLayer>& layers,
                   const std::vector<std::string>& formats) {
  Graph chosen = work.graph;
  for (size_t i = 0; i < layers.size(); ++i) {
    for (const int op : layers[i].operators) {
      for (const int t : graph::operands_of(chosen, chosen.operators[static_cast<size_t>(op)]).weights) {
        graph::Tensor& tensor = chosen.tensors[static_cast<size_t>(t)];
        if (tensor.kind == graph::TensorKind::weight) tensor.weight_format = formats[i];
      }
    }
  }
  return workloads::in_pieces(std::move(chosen), work.pieces);
}

std::vector<LayerCost> costs_of(const Graph& graph, const std::vector<GraphLayer>& graph_layers,
                                const report::RunResult& result) {
  std::unordered_map<std::string, size_t> layer_of;  // by operator; no layer: one beyond the last
  for (const Operator& op : graph.operators) layer_of[op.name] = graph_layers.size();
  for (size_t i = 0; i < graph_layers.size(); ++i) {
    for (const int op : graph_layers[i].operators)
      layer_of[graph.operators[static_cast<size_t>(op)].name] = i;
  }
  std::vector<LayerCost> costs(graph_layers.size());
  for (const report::LayerRow& row : result.layers) {
    auto found = layer_of.find(row.name);
    if (found == layer_of.end()) found = layer_of.find(without_piece(row.name));
    VERNIER_INVARIANT(found != layer_of.end(), "'{}' is no operator and no piece of one", row.name);
    if (found->second == costs.size()) continue;
    LayerCost& cost = costs[found->second];
    cost.cycles += row.cycles;
    cost.weight_bytes += row.weight_bytes;
    const auto fj = energy_of(result, row);
    cost.energy_fj = cost.energy_fj && fj ? std::optional(*cost.energy_fj + *fj) : std::nullopt;
  }
  return costs;
}

void add_costs(std::vector<Layer>& layers, const GraphWork& work, const std::vector<GraphLayer>& graph_layers,
               const std::vector<std::string>& formats, const config::AcceleratorConfig& accelerator) {
  for (const std::string& format : formats) {
    const Graph graph = with_formats(work, graph_layers, std::vector(layers.size(), format));
    const run::GraphRun run = run::simulate_graph(accelerator, graph, work.run, {});
    const std::vector<LayerCost> costs = costs_of(work.graph, graph_layers, run.simulation.result);
    for (size_t i = 0; i < layers.size(); ++i) {
      layers[i].choices.push_back(
          {format, costs[i].cycles, costs[i].weight_bytes, 0, nanojoules(costs[i].energy_fj)});
    }
  }
}

}  // namespace vernier::allocate
