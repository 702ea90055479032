// SPDX-License-Identifier: Apache-2.0
// Which part of its inputs an operator needs for a part of its result: one rule per family of operators.
// Where no rule holds it is all of an input, which is never too little.
#include <algorithm>
#include <set>

#include "workloads/graph/split.h"

namespace vernier::graph {
namespace {

using Shape = std::vector<int64_t>;
constexpr Region kAll;
constexpr int64_t kMaxStep = int64_t{1} << 30;

const Shape* attribute(const Operator& op, const std::string& name) {
  const auto found = op.attributes.find(name);
  return found == op.attributes.end() ? nullptr : &found->second;
}

bool is_one_of(const std::string& kind, const std::set<std::string>& kinds) { return kinds.count(kind) != 0; }

const Shape& result_shape(const Graph& graph, const Operator& op) {
  return graph.tensors[static_cast<size_t>(op.outputs.front())].shape;
}

/// Operands that are stretched to the shape of the result.
Region broadcast(const Shape& view, const Shape& out, const Region& result) {
  const int axis = result.axis - static_cast<int>(out.size()) + static_cast<int>(view.size());
  if (axis < 0 || view[static_cast<size_t>(axis)] != out[static_cast<size_t>(result.axis)]) return kAll;
  return {axis, result.from, result.to};
}

/// A range of input places, cut to the input.
Region clipped(int axis, int64_t from, int64_t to, int64_t size) {
  from = std::clamp<int64_t>(from, 0, size - 1);
  return {axis, from, std::clamp<int64_t>(to, from + 1, size)};
}

/// Convolutions and pooling: input 0 is the data; others are parameters with an entry per result channel.
Region window(const Operator& op, const Shape& view, const Shape& out, size_t input, const Region& result) {
  const Shape* kernel = attribute(op, "kernel");
  const Shape* strides = attribute(op, "strides");
  const Shape* dilations = attribute(op, "dilations");
  const Shape* pads = attribute(op, "pads");
  const bool transposed = op.kind == "ConvTranspose";
  const Shape* joined = attribute(op, "joined");  // so many maps side by side, or added up
  const size_t maps = joined == nullptr || joined->empty() ? 1 : static_cast<size_t>(joined->front());
  if (maps > 1 && input < maps && result.axis == 1) return kAll;
  if (input >= maps) {
    const bool per_channel = result.axis == 1 && !transposed && !view.empty() && view[0] == out[1];
    return per_channel ? Region{0, result.from, result.to} : kAll;
  }
  if (view.size() != out.size() || view.size() < 3) return kAll;
  if (result.axis == 0) return {0, result.from, result.to};
  if (result.axis == 1) {
    const Shape* given = attribute(op, "groups");
    const int64_t groups = op.gemms.empty()                     ? out[1]
                           : given == nullptr || given->empty() ? 1
                                                                : given->front();
    if (groups <= 1 || out[1] % groups != 0 || view[1] % groups != 0) return kAll;
    const int64_t results = out[1] / groups;
    const int64_t inputs = view[1] / groups;
    return {1, result.from / results * inputs, (result.to + results - 1) / results * inputs};
  }
  const auto i = static_cast<size_t>(result.axis) - 2;
  for (const Shape* list : {kernel, strides, dilations, pads}) {
    if (list == nullptr || i >= list->size()) return kAll;
  }
  for (const Shape* list : {kernel, strides, dilations, pads}) {  // of files, and odd ones: no overflow
    if ((*list)[i] < 0 || (*list)[i] > kMaxStep) return kAll;
  }
  const int64_t reach = ((*kernel)[i] - 1) * (*dilations)[i] + 1;
  const int64_t stride = std::max<int64_t>(1, (*strides)[i]);
  const int64_t pad = (*pads)[i];
  const int64_t size = view[static_cast<size_t>(result.axis)];
  if (!transposed)
    return clipped(result.axis, result.from * stride - pad, (result.to - 1) * stride - pad + reach, size);
  // Input place p goes to results p*stride - pad ... + reach - 1.
  const auto floor_div = [](int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); };
  return clipped(result.axis, floor_div(result.from + pad - reach, stride) + 1,
                 floor_div(result.to - 1 + pad, stride) + 1, size);
}

/// [T, K] times a weight [heads * width, K], as [1, heads, T, width].
Region projected(const Shape& view, const Shape& out, size_t input, const Region& result) {
  if (out.size() != 4 || view.size() > 2) return kAll;
  if (result.axis == 1 && input > 0) return {0, result.from * out[3], result.to * out[3]};
  if (result.axis == 2 && input == 0) return {0, result.from, result.to};
  return kAll;
}

Region matrices(const Operator& op, const Shape& view, const Shape& out, size_t input, const Region& result) {
  if (op.kind == "Project") return projected(view, out, input, result);
  if (op.inputs.size() < 2 || view.size() < 2 || out.size() < 2)
    return input > 1 ? broadcast(view, out, result) : kAll;
  if (input > 1) return broadcast(view, out, result);
  const Shape* given = attribute(op, "transposed");
  const bool turned = given != nullptr && given->size() == 2 && (*given)[input] != 0;
  const int rank = static_cast<int>(view.size());
  const int from_end = static_cast<int>(out.size()) - result.axis;
  const int64_t n = op.gemms.empty() ? 0 : op.gemms.front().n;
  if (out.back() != n) return kAll;  // a product with a vector
  if (from_end == 1) return input == 1 ? Region{turned ? rank - 2 : rank - 1, result.from, result.to} : kAll;
  if (from_end == 2) return input == 0 ? Region{turned ? rank - 1 : rank - 2, result.from, result.to} : kAll;
  const int axis = rank - from_end;
  if (axis < 0 || view[static_cast<size_t>(axis)] == 1) return kAll;
  return {axis, result.from, result.to};
}

Region concatenated(const Graph& graph, const Operator& op, size_t input, const Region& result) {
  const Shape* axis = attribute(op, "axis");
  const auto along = static_cast<size_t>(result.axis);
  int64_t before = 0;
  int64_t sum = 0;
  for (size_t i = 0; i < op.inputs.size(); ++i) {
    const Shape& view = view_of(graph, op, i);
    if (view.size() != result_shape(graph, op).size()) return kAll;
    if (i < input) before += view[along];
    sum += view[along];
  }
  if (axis == nullptr || axis->empty()) return kAll;
  if (result.axis != axis->front()) return result;
  if (sum != result_shape(graph, op)[along]) return kAll;  // an operand that stands twice, or is a constant
  const int64_t own = view_of(graph, op, input)[along];
  const int64_t from = std::clamp<int64_t>(result.from - before, 0, own);
  const int64_t to = std::clamp<int64_t>(result.to - before, 0, own);
  return {result.axis, from, to};  // nothing if from == to
}

Region reduced(const Operator& op, const Shape& view, const Shape& out, const Region& result) {
  const Shape* axes = attribute(op, "axes");
  if (axes == nullptr || attribute(op, "joined") != nullptr) return kAll;
  const auto is_reduced = [&](int64_t axis) {
    return std::find(axes->begin(), axes->end(), axis) != axes->end();
  };
  if (out.size() == view.size()) return is_reduced(result.axis) ? kAll : result;
  int kept = -1;
  for (size_t i = 0; i < view.size(); ++i) {
    if (is_reduced(static_cast<int64_t>(i))) continue;
    if (++kept == result.axis) return {static_cast<int>(i), result.from, result.to};
  }
  return kAll;
}

/// Neighbours of the places that a result lies between, whatever the filter up to linear.
Region resized(const Shape& view, const Shape& out, const Region& result) {
  if (view.size() != out.size()) return kAll;
  const auto axis = static_cast<size_t>(result.axis);
  if (view[axis] == out[axis]) return result;
  return clipped(result.axis, result.from * view[axis] / out[axis] - 1,
                 (result.to * view[axis] + out[axis] - 1) / out[axis] + 1, view[axis]);
}

Region sliced(const Operator& op, const Shape& view, const Region& result) {
  const Shape* starts = attribute(op, "starts");
  const Shape* steps = attribute(op, "steps");
  const auto axis = static_cast<size_t>(result.axis);
  if (starts == nullptr || steps == nullptr ||
      axis >= std::min({starts->size(), steps->size(), view.size()})) {
    return kAll;
  }
  const int64_t first = (*starts)[axis] + result.from * (*steps)[axis];
  const int64_t last = (*starts)[axis] + (result.to - 1) * (*steps)[axis];
  return clipped(result.axis, std::min(first, last), std::max(first, last) + 1, view[axis]);
}

/// Along the axis (or from it on) the operator needs everything; across it, what it computes.
Region along(const Operator& op, size_t input, const Shape& view, const Shape& out, const Region& result) {
  const Shape* axis = attribute(op, "axis");
  if (axis == nullptr || axis->empty() || (input == 0 && view.size() != out.size())) return kAll;
  const bool inside = op.kind == "LayerNormalization" || op.kind == "RMSNormalization"
                          ? result.axis >= axis->front()
                          : result.axis == axis->front();
  if (inside) return kAll;
  return input == 0 ? result : broadcast(view, out, result);
}

/// Parameters per channel; instance normalisation needs whole channels.
Region normalised(const Operator& op, size_t input, const Shape& view, const Region& result) {
  if (input > 0)
    return result.axis == 1 && view.size() == 1 && view[0] > 1 ? Region{0, result.from, result.to} : kAll;
  if (static_cast<size_t>(result.axis) >= view.size()) return kAll;
  if (op.kind != "BatchNormalization" && result.axis > 1) return kAll;
  return op.kind == "GroupNormalization" && result.axis == 1 ? kAll : result;
}

/// The rule of the operator's family. Attributes of files may be odd: what comes out need not be a region.
Region rule(const Graph& graph, const Operator& op, size_t input, const Region& result) {
  static const std::set<std::string> windows = {"Conv",        "ConvInteger", "QLinearConv", "ConvTranspose",
                                                "AveragePool", "MaxPool",     "LpPool",      "SepConv"};
  static const std::set<std::string> products = {"MatMul", "MatMulInteger", "Gemm", "Project"};
  static const std::set<std::string> channels = {"BatchNormalization", "InstanceNormalization",
                                                 "GroupNormalization"};
  static const std::set<std::string> rows = {"Softmax", "LogSoftmax", "Hardmax", "LayerNormalization",
                                             "RMSNormalization"};
  static const std::set<std::string> whole = {"Gather",
                                              "GatherElements",
                                              "GatherND",
                                              "ScatterElements",
                                              "ScatterND",
                                              "Pad",
                                              "Tile",
                                              "CumSum",
                                              "DepthToSpace",
                                              "SpaceToDepth",
                                              "LSTM",
                                              "GRU",
                                              "RNN",
                                              "LRN",
                                              "TopK",
                                              "QLinearMatMul",
                                              "LpNormalization",
                                              "MeanVarianceNormalization",
                                              "Split"};
  const Shape& view = view_of(graph, op, input);
  const Shape& out = result_shape(graph, op);
  if (const Shape* fused = attribute(op, "fused"); fused != nullptr && !fused->empty()) {
    // What came with element-wise operators; a vector may be one per channel or one along the last dimension.
    if (static_cast<int64_t>(input) >= fused->front())
      return view.size() > 1 ? broadcast(view, out, result) : kAll;
  }
  if (is_one_of(op.kind, windows)) return window(op, view, out, input, result);
  if (is_one_of(op.kind, products)) return matrices(op, view, out, input, result);
  if (is_one_of(op.kind, channels)) return normalised(op, input, view, result);
  if (is_one_of(op.kind, rows)) return along(op, input, view, out, result);
  if (is_one_of(op.kind, whole)) return kAll;
  if (op.kind == "Concat") return concatenated(graph, op, input, result);
  if (op.kind == "Resize" || op.kind == "Upsample") return input == 0 ? resized(view, out, result) : kAll;
  if (op.kind == "Slice") return sliced(op, view, result);
  if (op.kind == "Transpose") {
    const Shape* perm = attribute(op, "perm");
    if (perm == nullptr || perm->size() != out.size() || view.size() != out.size()) return kAll;
    const int64_t from = (*perm)[static_cast<size_t>(result.axis)];
    if (from < 0 || from >= static_cast<int64_t>(view.size())) return kAll;
    return {static_cast<int>(from), result.from, result.to};
  }
  if (op.kind.rfind("Reduce", 0) == 0 || op.kind.rfind("Global", 0) == 0 || op.kind.rfind("Arg", 0) == 0) {
    return reduced(op, view, out, result);
  }
  if (!op.gemms.empty() || view.size() > out.size()) return kAll;
  return broadcast(view, out, result);  // element by element
}

}  // namespace

const Shape& view_of(const Graph& graph, const Operator& op, size_t input) {
  const Shape& stored = graph.tensors[static_cast<size_t>(op.inputs[input])].shape;
  const Shape* view = attribute(op, "view" + std::to_string(input));
  if (view == nullptr) return stored;
  int64_t elements = 1;  // at most 2^40
  for (const int64_t dimension : stored) elements *= dimension;
  int64_t rest = elements;
  for (const int64_t dimension : *view) rest = dimension < 1 || rest % dimension != 0 ? 0 : rest / dimension;
  return rest == 1 ? *view : stored;
}

Region read_region(const Graph& graph, const Operator& op, size_t input, const Region& result) {
  if (result.axis < 0 || op.attributes.count("part") + op.attributes.count("part_k") > 0) return kAll;
  const Region region = rule(graph, op, input, result);
  const Shape& view = view_of(graph, op, input);
  const bool inside = region.axis >= 0 && static_cast<size_t>(region.axis) < view.size() &&
                      region.from >= 0 && region.from <= region.to &&
                      region.to <= view[static_cast<size_t>(region.axis)];
  return inside ? region : kAll;
}

}  // namespace vernier::graph
