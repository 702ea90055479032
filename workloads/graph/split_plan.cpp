// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/split_plan.h"

#include <algorithm>

namespace vernier::graph {
namespace {

/// The dimension of a feature map that an axis is about; -1 = none.
int dimension_of(const Tensor& tensor, const Operator* producer, SplitAxis axis) {
  const size_t rank = tensor.shape.size();
  const bool signal = rank == 3 && producer != nullptr && is_convolution(*producer);  // [N, C, L]
  switch (axis) {
    case SplitAxis::rows:
      return rank >= 4 || signal ? 2 : rank == 3 ? 1 : rank == 2 ? 0 : -1;
    case SplitAxis::channels:
      return rank >= 4 || signal ? 1 : rank == 3 ? 2 : rank == 2 ? 1 : -1;
    case SplitAxis::heads:
      return rank == 4 ? 1 : -1;
    default:
      return -1;
  }
}

/// Groups of channels stay together.
int64_t unit_of(const Operator* producer, int axis, int64_t size) {
  if (producer == nullptr || !is_convolution(*producer) || axis != 1) return 1;
  const auto groups = producer->attributes.find("groups");
  if (groups == producer->attributes.end() || groups->second.empty()) return 1;
  const int64_t count = groups->second.front();
  return count < 1 || size % count != 0 ? size : size / count;
}

Cut cut_of(const Graph& graph, size_t t, SplitAxis axis, int64_t parts) {
  const Tensor& tensor = graph.tensors[t];
  const Operator* producer =
      tensor.producer < 0 ? nullptr : &graph.operators[static_cast<size_t>(tensor.producer)];
  const int dimension = dimension_of(tensor, producer, axis);
  if (dimension < 0 || (producer != nullptr && !divisible(*producer))) return {};
  // The two convolutions of a separable one share their rows, not their channels.
  if (producer != nullptr && producer->kind == "SepConv" && axis != SplitAxis::rows) return {};
  const int64_t size = tensor.shape[static_cast<size_t>(dimension)];
  if (tensor.bytes < static_cast<uint64_t>(size)) return {};
  return even_cut(dimension, size, unit_of(producer, dimension, size), parts);
}

int64_t divided(uint64_t a, uint64_t b) {
  return static_cast<int64_t>(std::min<uint64_t>(a / b + 1, kMostParts));
}

/// Cuts by what each operator needs: blocks of channels where the weights are the larger part, strips of rows
/// where the maps are. An operator without weights is cut like what it reads.
std::vector<Cut> fitted(const Graph& graph, uint64_t limit) {
  struct Choice {
    SplitAxis axis = SplitAxis::rows;
    int64_t parts = 1;
  };
  std::vector<Cut> cuts(graph.tensors.size());
  std::vector<Choice> chosen(graph.tensors.size());
  const auto choose = [&](size_t t, Choice choice) {
    cuts[t] = cut_of(graph, t, choice.axis, choice.parts);
    if (cuts[t].axis < 0) {
      choice.axis = choice.axis == SplitAxis::rows ? SplitAxis::channels : SplitAxis::rows;
      cuts[t] = cut_of(graph, t, choice.axis, choice.parts);
    }
    chosen[t] = choice;
  };
  for (size_t t = 0; t < graph.tensors.size(); ++t) {
    const Tensor& tensor = graph.tensors[t];
    if (tensor.kind == TensorKind::input && tensor.bytes > limit / 4) {
      choose(t, {SplitAxis::rows, divided(4 * tensor.bytes, limit)});
    }
  }
  for (const Operator& op : graph.operators) {
    const auto result = static_cast<size_t>(op.outputs.front());
    uint64_t weights = 0;
    uint64_t maps = graph.tensors[result].bytes;
    size_t largest = graph.tensors.size();
    for (const int input : op.inputs) {
      const auto t = static_cast<size_t>(input);
      const Tensor& tensor = graph.tensors[t];
      (tensor.kind == TensorKind::weight ? weights : maps) += tensor.bytes;
      if (tensor.kind == TensorKind::weight) continue;
      if (largest == graph.tensors.size() || tensor.bytes > graph.tensors[largest].bytes) largest = t;
    }
    const uint64_t own = graph.tensors[result].bytes;
    if (weights + maps <= limit && own <= limit / 4) continue;  // a reader may need several maps
    const bool follow = largest < graph.tensors.size() && cuts[largest].axis >= 0 && weights <= limit / 4;
    const uint64_t room = weights < limit / 2 ? limit - weights : limit / 2;
    Choice choice;
    choice.axis = follow ? chosen[largest].axis : weights > limit / 2 ? SplitAxis::channels : SplitAxis::rows;
    // A block of channels reads all of the maps, a strip of rows all of the weights.
    const uint64_t read = maps - own;
    choice.parts = choice.axis == SplitAxis::channels && !follow
                       ? divided(weights + own, read < limit ? limit - read : limit / 2)
                       : divided(2 * maps, room);
    choice.parts = std::max(choice.parts, divided(4 * own, limit));
    if (follow) choice.parts = std::max(choice.parts, chosen[largest].parts);
    choose(result, choice);
  }
  return cuts;
}

}  // namespace

bool is_convolution(const Operator& op) { return op.kind.find("Conv") != std::string::npos; }

bool divisible(const Operator& op) {
  const bool steps = op.kind == "LSTM" || op.kind == "GRU" || op.kind == "RNN";
  const bool piece = op.attributes.count("part") + op.attributes.count("part_k") > 0;
  return op.outputs.size() == 1 && !steps && !piece && (!op.gemms.empty() || op.vector_elements > 0);
}

Cut even_cut(int axis, int64_t size, int64_t unit, int64_t parts) {
  Cut cut;
  parts = std::min(parts, size / unit);
  if (parts < 2) return cut;
  cut.axis = axis;
  for (int64_t i = 0; i <= parts; ++i) cut.cuts.push_back(size / unit * i / parts * unit);
  return cut;
}

std::vector<Cut> plan_cuts(const Graph& graph, const Granularity& granularity) {
  if (granularity.axis == SplitAxis::fit) return fitted(graph, granularity.bytes);
  std::vector<Cut> cuts(graph.tensors.size());
  for (size_t t = 0; t < cuts.size(); ++t) {
    if (graph.tensors[t].kind != TensorKind::weight) {
      cuts[t] = cut_of(graph, t, granularity.axis, granularity.parts);
    }
  }
  return cuts;
}

}  // namespace vernier::graph
