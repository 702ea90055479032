// SPDX-License-Identifier: Apache-2.0
// Operators that compute shapes, and those that change nothing but the shape.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "workloads/onnx/node_context.h"

namespace vernier::onnx {
namespace {

/// What follows from shapes alone is a constant whatever its operand is.
void constant_list(NodeContext& node, Shape shape, std::vector<int64_t> numbers) {
  for (size_t i = 0; i < node.count(); ++i) node.is_parameter(i);
  node.result(0, ElementType::int64, std::move(shape));
  node.values(0, {std::move(numbers), {}});
}

void shape_of(NodeContext& node) {
  const Shape& x = node.shape(0);
  const auto rank = static_cast<int64_t>(x.size());
  const auto bound = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const int64_t start = bound(node.integer("start", 0));
  const int64_t end = std::max(start, bound(node.integer("end", rank)));
  Shape part(x.begin() + start, x.begin() + end);
  constant_list(node, {end - start}, std::move(part));
}

void size_of(NodeContext& node) { constant_list(node, {}, {node.in(0).elements()}); }

void constant(NodeContext& node) {
  if (const Attribute* value = node.attribute("value"); value != nullptr) {
    if (!value->tensor) node.fail("ONX005", "attribute value is not a tensor");
    node.result(0, value->tensor->type, value->tensor->shape);
    if (value->tensor->numbers) node.values(0, *value->tensor->numbers);
  } else if (node.has_attribute("value_int")) {
    node.result(0, ElementType::int64, {});
    node.values(0, {{node.integer("value_int")}, {}});
  } else if (const auto integers = node.integers("value_ints")) {
    node.result(0, ElementType::int64, {static_cast<int64_t>(integers->size())});
    if (node.wants_values()) node.values(0, {*integers, {}});
  } else if (const Attribute* real = node.attribute("value_float");
             real != nullptr && real->reals.size() == 1) {
    node.result(0, ElementType::fp32, {});
    node.values(0, {{}, real->reals});
  } else if (const auto reals = node.reals("value_floats")) {
    node.result(0, ElementType::fp32, {static_cast<int64_t>(reals->size())});
    if (node.wants_values()) node.values(0, {{}, *reals});
  } else if (node.has_attribute("value_string") || node.has_attribute("value_strings")) {
    node.result(0, ElementType::text, {});
  } else {
    node.fail("ONX005", "has none of the attributes value, value_int, value_ints, value_float, value_floats");
  }
}

void constant_of_shape(NodeContext& node) {
  const Shape shape = node.integers(0);
  ElementType type = ElementType::fp32;
  Numbers one{{0}, {0.0}};
  if (const Attribute* value = node.attribute("value"); value != nullptr) {
    if (!value->tensor || elements_of(value->tensor->shape) != 1) {
      node.fail("ONX005", "attribute value is not a tensor of one element");
    }
    type = value->tensor->type;
    if (value->tensor->numbers) one = *value->tensor->numbers;
    if (is_real(type) ? one.reals.size() != 1 : one.integers.size() != 1) return node.result(0, type, shape);
  }
  node.result(0, type, shape);
  if (!node.wants_values()) return;
  const auto count = static_cast<size_t>(*elements_of(shape));
  if (is_real(type)) {
    node.values(0, {{}, std::vector<double>(count, one.reals.front())});
  } else {
    node.values(0, {std::vector<int64_t>(count, one.integers.front()), {}});
  }
}

void range(NodeContext& node) {
  const ElementType type = node.in(0).type;
  for (size_t i = 0; i < 3; ++i) {
    node.expect(node.in(i).elements() == 1 && node.in(i).type == type,
                "start, limit and delta are scalars of one type");
  }
  if (is_real(type)) {
    const double start = node.reals(0).front();
    const double limit = node.reals(1).front();
    const double delta = node.reals(2).front();
    const double count = std::max(0.0, std::ceil((limit - start) / delta));
    node.expect(count <= static_cast<double>(kMaxDimension), "more elements than a tensor may have");
    node.result(0, type, {static_cast<int64_t>(count)});
    if (!node.wants_values()) return;
    std::vector<double> values;
    for (double i = 0; i < count; ++i) values.push_back(start + i * delta);
    return node.values(0, {{}, std::move(values)});
  }
  const int64_t start = node.integers(0).front();
  const int64_t limit = node.integers(1).front();
  const int64_t delta = node.integers(2).front();
  node.expect(delta != 0, "delta is 0");
  const auto far = [](int64_t v) { return v > kMaxElements || v < -kMaxElements; };
  node.expect(!far(start) && !far(limit) && !far(delta), "start, limit or delta is beyond 2^40");
  const int64_t span = delta > 0 ? limit - start : start - limit;
  const int64_t step = std::abs(delta);
  const int64_t count = span <= 0 ? 0 : (span + step - 1) / step;
  node.result(0, type, {count});
  if (!node.wants_values()) return;
  std::vector<int64_t> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(start + i * delta);
  node.values(0, {std::move(values), {}});
}

void reshape(NodeContext& node) {
  const Value& x = node.in(0);
  const std::optional<std::vector<int64_t>> given = node.list("shape", 1);
  if (!given) node.fail("ONX005", "has no shape");
  Shape shape = *given;
  const bool zero_is_zero = node.integer("allowzero", 0) != 0;
  std::optional<size_t> rest;
  int64_t product = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && !zero_is_zero) {
      node.expect(i < x.shape.size(), fmt::format("shape {} keeps a dimension that {} does not have",
                                                  text_of(*given), text_of(x.shape)));
      shape[i] = x.shape[i];
    }
    if (shape[i] == -1) {
      node.expect(!rest, fmt::format("shape {} has more than one -1", text_of(*given)));
      rest = i;
    } else {
      node.expect(shape[i] >= 0 && shape[i] <= kMaxDimension,
                  fmt::format("shape {} is none", text_of(*given)));
      product = node.product({product, shape[i]});
    }
  }
  if (rest) {
    node.expect(product != 0 && x.elements() % product == 0,
                fmt::format("{} elements of shape {} cannot have the shape {}", x.elements(),
                            text_of(x.shape), text_of(*given)));
    shape[*rest] = x.elements() / product;
  }
  node.alias(0, 0, std::move(shape));
}

void flatten(NodeContext& node) {
  const Shape& x = node.shape(0);
  const int64_t given = node.integer("axis", 1);
  const auto rank = static_cast<int64_t>(x.size());
  node.expect(given >= -rank && given <= rank, fmt::format("axis {} of the shape {}", given, text_of(x)));
  const auto axis = static_cast<size_t>(given < 0 ? given + rank : given);
  node.alias(0, 0, {node.product(x, 0, axis), node.product(x, axis, x.size())});
}

void squeeze(NodeContext& node) {
  const Shape& x = node.shape(0);
  const std::optional<std::vector<int64_t>> axes = node.list("axes", 1);
  std::vector<bool> leave(x.size(), false);
  for (size_t i = 0; i < x.size() && !axes; ++i) leave[i] = x[i] == 1;
  for (const int64_t given : axes.value_or(std::vector<int64_t>{})) {
    const size_t axis = node.axis(given, x.size());
    node.expect(x[axis] == 1, fmt::format("dimension {} of the shape {} is not 1", axis, text_of(x)));
    leave[axis] = true;
  }
  Shape out;
  for (size_t i = 0; i < x.size(); ++i) {
    if (!leave[i]) out.push_back(x[i]);
  }
  node.alias(0, 0, std::move(out));
}

void unsqueeze(NodeContext& node) {
  const Shape& x = node.shape(0);
  const std::optional<std::vector<int64_t>> axes = node.list("axes", 1);
  if (!axes) node.fail("ONX005", "has no axes");
  const size_t rank = x.size() + axes->size();
  node.expect(rank <= kMaxRank, fmt::format("the result would have {} dimensions", rank));
  std::vector<bool> added(rank, false);
  for (const int64_t given : *axes) {
    const size_t axis = node.axis(given, rank);
    node.expect(!added[axis], fmt::format("axis {} is given twice", axis));
    added[axis] = true;
  }
  Shape out;
  size_t next = 0;
  for (size_t i = 0; i < rank; ++i) out.push_back(added[i] ? 1 : x[next++]);
  node.alias(0, 0, std::move(out));
}

/// The same tensor: what is not there when a network only runs.
void identity(NodeContext& node) {
  for (size_t i = 1; i < node.count(); ++i) {
    if (node.has(i)) node.is_parameter(i);
  }
  node.alias(0, 0, node.shape(0));
  if (node.node().outputs.size() > 1) {  // the mask of a Dropout
    node.result(1, ElementType::boolean, node.shape(0));
  }
}

}  // namespace

const HandlerList& shape_handlers() {
  static const HandlerList list = {{"Shape", shape_of},      {"Size", size_of},
                                   {"Constant", constant},   {"ConstantOfShape", constant_of_shape},
                                   {"Range", range},         {"Reshape", reshape},
                                   {"Flatten", flatten},     {"Squeeze", squeeze},
                                   {"Unsqueeze", unsqueeze}, {"Identity", identity},
                                   {"Dropout", identity}};
  return list;
}

}  // namespace vernier::onnx
