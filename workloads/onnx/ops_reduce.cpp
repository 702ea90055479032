// SPDX-License-Identifier: Apache-2.0
// Reductions and normalisations: they go over every element of their operand.
#include <algorithm>

#include "base/error.h"
#include "workloads/onnx/node_context.h"

namespace vernier::onnx {
namespace {

/// Sums, products and extremes of small constants: shapes pass through them.
void reduced_values(NodeContext& node, const Shape& kept) {
  const std::string& op = node.node().op;
  const Value& x = node.in(0);
  const bool known = op == "ReduceProd" || op == "ReduceSum" || op == "ReduceMax" || op == "ReduceMin";
  if (!known || is_real(x.type) || !node.wants_values() || x.elements() == 0) return;
  std::vector<int64_t> out(static_cast<size_t>(*elements_of(kept)));
  std::vector<bool> begun(out.size(), false);
  for (int64_t i = 0; i < x.elements(); ++i) {
    const auto place = static_cast<size_t>(broadcast_index(i, x.shape, kept));
    const int64_t value = x.numbers->integers[static_cast<size_t>(i)];
    int64_t& total = out[place];
    if (!begun[place]) {
      total = value;
      begun[place] = true;
    } else if (op == "ReduceMax") {
      total = std::max(total, value);
    } else if (op == "ReduceMin") {
      total = std::min(total, value);
    } else if (op == "ReduceSum" ? __builtin_add_overflow(total, value, &total)
                                 : __builtin_mul_overflow(total, value, &total)) {
      return;
    }
  }
  node.values(0, {std::move(out), {}});
}

void reduce(NodeContext& node) {
  const Shape& x = node.shape(0);
  const auto axes = node.list("axes", 1);
  std::vector<bool> reduced(x.size(), !axes || axes->empty());
  if ((!axes || axes->empty()) && node.integer("noop_with_empty_axes", 0) != 0) return node.alias(0, 0, x);
  for (const int64_t axis : axes.value_or(std::vector<int64_t>{})) reduced[node.axis(axis, x.size())] = true;
  const bool keep = node.integer("keepdims", 1) != 0;
  Shape out;
  Shape kept = x;
  std::vector<int64_t> noted;
  for (size_t i = 0; i < x.size(); ++i) {
    if (!reduced[i]) {
      out.push_back(x[i]);
      continue;
    }
    if (keep) out.push_back(1);
    kept[i] = 1;
    noted.push_back(static_cast<int64_t>(i));
  }
  node.result(0, node.in(0).type, out);
  node.vector_work(node.in(0).elements());
  node.note("axes", noted);
  reduced_values(node, kept);
}

void arg_reduce(NodeContext& node) {
  Shape out = node.ranked(0, 1);
  const size_t axis = node.axis(node.integer("axis", 0), out.size());
  if (node.integer("keepdims", 1) != 0) {
    out[axis] = 1;
  } else {
    out.erase(out.begin() + static_cast<int64_t>(axis));
  }
  node.result(0, ElementType::int64, out);
  node.vector_work(node.in(0).elements());
  node.note("axes", {static_cast<int64_t>(axis)});
}

void top_k(NodeContext& node) {
  Shape out = node.ranked(0, 1);
  const size_t axis = node.axis(node.integer("axis", -1), out.size());
  const int64_t k =
      node.has(1) ? (node.expect(node.in(1).elements() == 1, "k is one number"), node.integers(1).front())
                  : node.integer("k");
  node.expect(k >= 0 && k <= out[axis], fmt::format("the largest {} of {}", k, out[axis]));
  out[axis] = k;
  node.result(0, node.in(0).type, out);
  node.result(1, ElementType::int64, out);
  node.vector_work(node.in(0).elements());
  node.note("axes", {static_cast<int64_t>(axis)});
}

/// Along an axis; the shape stays.
void softmax(NodeContext& node) {
  const Shape& x = node.ranked(0, 1);
  const size_t axis = node.axis(node.integer("axis", node.opset() < 13 ? 1 : -1), x.size());
  node.result(0, node.in(0).type, x);
  node.vector_work(node.in(0).elements());
  node.note("axis", {static_cast<int64_t>(axis)});
}

void cumulative(NodeContext& node) {
  node.is_parameter(1);
  node.result(0, node.in(0).type, node.shape(0));
  node.vector_work(node.in(0).elements());
}

/// Parameters of one number per channel (dimension 1).
void normalise_channels(NodeContext& node) {
  const Shape& x = node.ranked(0, 2);
  for (size_t i = 1; i < node.count(); ++i) {
    if (!node.has(i)) continue;
    node.expect(
        node.in(i).elements() == x[1] || node.in(i).elements() <= 1 || node.node().op == "GroupNormalization",
        fmt::format("input {} of shape {} is not one number per channel of {}", i, text_of(node.shape(i)),
                    text_of(x)));
  }
  node.result(0, node.in(0).type, x);
  for (size_t i = 1; i < node.node().outputs.size(); ++i) node.result(i, node.in(0).type, {x[1]});
  node.vector_work(node.in(0).elements());
}

/// LRN, LpNormalization, MeanVarianceNormalization: no parameters.
void normalise(NodeContext& node) {
  node.result(0, node.in(0).type, node.shape(0));
  node.vector_work(node.in(0).elements());
}

void layer_normalise(NodeContext& node) {
  const Shape& x = node.ranked(0, 1);
  const size_t axis = node.axis(node.integer("axis", -1), x.size());
  node.result(0, node.in(0).type, x);
  Shape statistics = x;
  std::fill(statistics.begin() + static_cast<int64_t>(axis), statistics.end(), 1);
  for (size_t i = 1; i < node.node().outputs.size(); ++i) node.result(i, ElementType::fp32, statistics);
  node.vector_work(node.in(0).elements());
  node.note("axis", {static_cast<int64_t>(axis)});
}

}  // namespace

const HandlerList& reduce_handlers() {
  static const HandlerList list = [] {
    HandlerList all = {{"ArgMax", arg_reduce},
                       {"ArgMin", arg_reduce},
                       {"TopK", top_k},
                       {"Softmax", softmax},
                       {"LogSoftmax", softmax},
                       {"Hardmax", softmax},
                       {"CumSum", cumulative},
                       {"BatchNormalization", normalise_channels},
                       {"InstanceNormalization", normalise_channels},
                       {"GroupNormalization", normalise_channels},
                       {"LayerNormalization", layer_normalise},
                       {"LRN", normalise},
                       {"LpNormalization", normalise},
                       {"MeanVarianceNormalization", normalise}};
    for (const char* op : {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1",
                           "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"}) {
      all.emplace_back(op, reduce);
    }
    return all;
  }();
  return list;
}

}  // namespace vernier::onnx
