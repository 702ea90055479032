// SPDX-License-Identifier: Apache-2.0
#include "workloads/onnx/node_context.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"

namespace vernier::onnx {

NodeContext::NodeContext(const std::string& file, const Node& node, int64_t opset, std::string label,
                         std::vector<std::optional<Value>> inputs)
    : file_(file),
      node_(node),
      opset_(opset),
      label_(std::move(label)),
      inputs_(std::move(inputs)),
      parameters_(inputs_.size(), false),
      results_(node.outputs.size()) {}

void NodeContext::fail(const char* code, const std::string& message, const std::string& help) const {
  throw InputError(code, fmt::format("{}: {}", label_, message), {file_, 0, 0}, help);
}

void NodeContext::expect(bool holds, const std::string& message) const {
  if (!holds) fail("ONX006", message);
}

const Value& NodeContext::in(size_t index) const {
  if (!has(index)) {
    fail("ONX005", fmt::format("has {} input{}, and input {} is needed", inputs_.size(),
                               inputs_.size() == 1 ? "" : "s", index));
  }
  return *inputs_[index];
}

const Shape& NodeContext::ranked(size_t index, size_t least, size_t most) const {
  const Shape& found = shape(index);
  if (found.size() < least || found.size() > most) {
    fail("ONX006", fmt::format("input {} has the shape {}; allowed: {} dimensions", index, text_of(found),
                               most == least      ? std::to_string(least)
                               : most == kMaxRank ? fmt::format("at least {}", least)
                                                  : fmt::format("{}..{}", least, most)));
  }
  return found;
}

void NodeContext::reads_part(size_t index, const Shape& shape) {
  Value& value = *inputs_[index];
  if (product(shape, 0, shape.size()) >= value.elements()) return;
  value.shape = shape;
  value.storage = std::make_shared<Storage>(Storage{value.storage->name, value.type, shape, true, false, -1});
}

const std::vector<int64_t>& NodeContext::integers(size_t index) {
  const Value& value = in(index);
  if (is_real(value.type)) fail("ONX006", fmt::format("input {} has to be of integers", index));
  is_parameter(index);
  if (!value.numbers) {
    fail("ONX010",
         fmt::format("input {} ('{}') decides a shape, and its value is not known before the network runs",
                     index, printable(node_.inputs[index])),
         value.constant() ? "constants of at most 4096 elements are computed"
                          : "only shapes that follow from the shapes of the inputs can be imported");
  }
  return value.numbers->integers;
}

const std::vector<double>& NodeContext::reals(size_t index) {
  const Value& value = in(index);
  if (!is_real(value.type)) fail("ONX006", fmt::format("input {} has to be of real numbers", index));
  is_parameter(index);
  if (!value.numbers) {
    fail("ONX010",
         fmt::format("input {} ('{}') decides a shape, and its value is not known before the network runs",
                     index, printable(node_.inputs[index])));
  }
  return value.numbers->reals;
}

const Attribute* NodeContext::attribute(const std::string& name) const {
  const auto found = node_.attributes.find(name);
  return found == node_.attributes.end() ? nullptr : &found->second;
}

const Attribute* NodeContext::attribute(const std::string& name, Attribute::Kind kind,
                                        const char* what) const {
  const Attribute* found = attribute(name);
  if (found != nullptr && found->kind != kind)
    fail("ONX005", fmt::format("attribute {} is not {}", name, what));
  return found;
}

bool NodeContext::has_attribute(const std::string& name) const { return attribute(name) != nullptr; }

int64_t NodeContext::integer(const std::string& name, int64_t otherwise) const {
  const Attribute* found = attribute(name, Attribute::Kind::integer, "an integer");
  return found == nullptr ? otherwise : found->integers.front();
}

int64_t NodeContext::integer(const std::string& name) const {
  if (!has_attribute(name)) fail("ONX005", fmt::format("attribute {} is missing", name));
  return integer(name, 0);
}

std::string NodeContext::text(const std::string& name, const std::string& otherwise) const {
  const Attribute* found = attribute(name, Attribute::Kind::text, "a text");
  return found == nullptr ? otherwise : found->text;
}

std::optional<std::vector<int64_t>> NodeContext::integers(const std::string& name) const {
  const Attribute* found = attribute(name, Attribute::Kind::integers, "a list of integers");
  if (found == nullptr) return std::nullopt;
  return found->integers;
}

std::optional<std::vector<double>> NodeContext::reals(const std::string& name) const {
  const Attribute* found = attribute(name, Attribute::Kind::reals, "a list of numbers");
  if (found == nullptr) return std::nullopt;
  return found->reals;
}

std::optional<std::vector<int64_t>> NodeContext::list(const std::string& name, size_t operand) {
  if (has_attribute(name)) return integers(name);
  if (!has(operand)) return std::nullopt;
  return integers(operand);
}

size_t NodeContext::axis(int64_t axis, size_t rank) const {
  const auto dimensions = static_cast<int64_t>(rank);
  if (axis < -dimensions || axis >= dimensions) {
    fail("ONX006", fmt::format("axis {} is not one of a tensor of {} dimensions", axis, rank));
  }
  return static_cast<size_t>(axis < 0 ? axis + dimensions : axis);
}

NodeContext::Result& NodeContext::slot(size_t index) {
  // Results that nobody names are worked out like the others, and forgotten.
  if (index >= results_.size()) results_.resize(index + 1);
  return results_[index];
}

void NodeContext::result(size_t index, ElementType type, Shape shape) {
  if (!elements_of(shape)) {
    fail("ONX008",
         fmt::format("its result would have the shape {}; a tensor has at most {} dimensions of 0..{} "
                     "and 2^40 elements",
                     text_of(shape), kMaxRank, kMaxDimension));
  }
  slot(index).value = Value{type, std::move(shape), nullptr, nullptr};
}

void NodeContext::alias(size_t index, size_t operand, Shape shape) {
  const Value& from = in(operand);
  const std::optional<int64_t> count = elements_of(shape);
  if (!count || *count != from.elements()) {
    fail("ONX006", fmt::format("{} elements of shape {} cannot have the shape {}", from.elements(),
                               text_of(from.shape), text_of(shape)));
  }
  Result& to = slot(index);
  to.value = from;
  to.value->shape = std::move(shape);
  to.alias = operand;
}

bool NodeContext::wants_values(size_t index) const {
  if (index >= results_.size() || !results_[index].value) return false;
  const std::optional<int64_t> count = elements_of(results_[index].value->shape);
  const auto known = [](const std::optional<Value>& value) {
    return !value || (value->constant() && value->numbers != nullptr);
  };
  return count && *count <= kMaxNumbers && std::all_of(inputs_.begin(), inputs_.end(), known);
}

void NodeContext::values(size_t index, Numbers numbers) {
  Value& value = *slot(index).value;
  if (!round_to(value.type, numbers)) return;
  const size_t count = is_real(value.type) ? numbers.reals.size() : numbers.integers.size();
  VERNIER_INVARIANT(count == static_cast<size_t>(*elements_of(value.shape)), "{}: {} values", label_, count);
  value.numbers = std::make_shared<const Numbers>(std::move(numbers));
}

void NodeContext::picks(size_t index, size_t operand, const std::function<int64_t(int64_t)>& at) {
  if (!wants_values(index)) return;
  const int64_t count = *elements_of(results_[index].value->shape);
  const Value& from = in(operand);
  Numbers out;
  for (int64_t i = 0; i < count; ++i) {
    const auto place = static_cast<size_t>(at(i));
    if (is_real(from.type)) {
      out.reals.push_back(from.numbers->reals.at(place));
    } else {
      out.integers.push_back(from.numbers->integers.at(place));
    }
  }
  values(index, std::move(out));
}

void NodeContext::gemm(int64_t m, int64_t n, int64_t k, int64_t groups) {
  static_cast<void>(product({m, n, k, groups}));
  if (m > 0 && n > 0 && k > 0 && groups > 0) gemms_.push_back({m, n, k, groups});
}

int64_t NodeContext::product(std::initializer_list<int64_t> factors) const {
  int64_t all = 1;
  for (const int64_t factor : factors) {
    const std::optional<int64_t> next = product_of(all, factor);
    if (!next) fail("ONX008", "more work than can be counted (2^55 per operator)");
    all = *next;
  }
  return all;
}

int64_t NodeContext::product(const Shape& shape, size_t from, size_t to) const {
  int64_t all = 1;
  for (size_t i = from; i < to; ++i) all = product({all, shape[i]});
  return all;
}

namespace {

const std::vector<const HandlerList*>& onnx_handlers() {
  static const std::vector<const HandlerList*> lists = {
      &matrix_handlers(), &window_handlers(), &elementwise_handlers(), &shape_handlers(),
      &move_handlers(),   &resize_handlers(), &reduce_handlers(),      &recurrent_handlers()};
  return lists;
}

}  // namespace

Handler find_handler(const std::string& domain, const std::string& op) {
  static const std::vector<const HandlerList*> contrib = {&contrib_handlers()};
  // ONNX Runtime writes this one without its domain.
  const bool microsoft = domain == "com.microsoft" || op == "SimplifiedLayerNormalization";
  if (!domain.empty() && !microsoft) return nullptr;
  for (const HandlerList* list : microsoft ? contrib : onnx_handlers()) {
    for (const auto& [name, handler] : *list) {
      if (op == name) return handler;
    }
  }
  return nullptr;
}

std::vector<std::string> supported_operators() {
  std::vector<std::string> names;
  for (const HandlerList* list : onnx_handlers()) {
    for (const auto& entry : *list) names.emplace_back(entry.first);
  }
  for (const auto& entry : contrib_handlers()) names.emplace_back(entry.first);
  std::sort(names.begin(), names.end());
  return names;
}

Shape broadcast(const NodeContext& node, const Shape& a, const Shape& b) {
  Shape out(std::max(a.size(), b.size()), 1);
  for (size_t i = 0; i < out.size(); ++i) {
    const int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t right = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (left != right && left != 1 && right != 1) {
      node.fail("ONX006", fmt::format("shapes {} and {} do not fit together", text_of(a), text_of(b)));
    }
    out[out.size() - 1 - i] = left == 1 ? right : left;
  }
  return out;
}

int64_t broadcast_index(int64_t index, const Shape& whole, const Shape& shape) {
  int64_t place = 0;
  int64_t stride = 1;
  for (size_t i = 0; i < whole.size(); ++i) {
    const int64_t dimension = whole[whole.size() - 1 - i];
    const int64_t coordinate = index % dimension;
    index /= dimension;
    if (i >= shape.size()) continue;
    const int64_t own = shape[shape.size() - 1 - i];
    if (own != 1) place += coordinate * stride;
    stride *= own;
  }
  return place;
}

}  // namespace vernier::onnx
