// SPDX-License-Identifier: Apache-2.0
// Operators on single elements. On small constants they are computed: shapes pass through them.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "base/error.h"
#include "workloads/onnx/node_context.h"

namespace vernier::onnx {
namespace {

/// Value of an integer or real element as a double; exact for what shapes are made of.
double real_at(const Value& value, int64_t place) {
  const auto i = static_cast<size_t>(place);
  return is_real(value.type) ? value.numbers->reals[i] : static_cast<double>(value.numbers->integers[i]);
}

/// The integer that a real number is cut to, if it has one.
std::optional<int64_t> cut(double value) {
  if (!(value > -9.2e18 && value < 9.2e18)) return std::nullopt;
  return static_cast<int64_t>(value);
}

/// Nothing where the result is none, or is left open by ONNX.
std::optional<int64_t> combined(const std::string& op, int64_t a, int64_t b) {
  int64_t out = 0;
  bool beyond = true;
  if (op == "Add" || op == "Sum") beyond = __builtin_add_overflow(a, b, &out);
  if (op == "Sub") beyond = __builtin_sub_overflow(a, b, &out);
  if (op == "Mul") beyond = __builtin_mul_overflow(a, b, &out);
  if (!beyond) return out;
  if (op == "Min") return std::min(a, b);
  if (op == "Max") return std::max(a, b);
  if (op == "And") return static_cast<int64_t>(a != 0 && b != 0);
  if (op == "Or") return static_cast<int64_t>(a != 0 || b != 0);
  if (op == "Xor") return static_cast<int64_t>((a != 0) != (b != 0));
  if (op == "Pow") return cut(std::pow(static_cast<double>(a), static_cast<double>(b)));
  if (a < 0 || b <= 0) return std::nullopt;
  if (op == "Div") return a / b;
  if (op == "Mod") return a % b;
  return std::nullopt;
}

std::optional<double> combined(const std::string& op, double a, double b) {
  if (op == "Add" || op == "Sum") return a + b;
  if (op == "Sub") return a - b;
  if (op == "Mul") return a * b;
  if (op == "Div") return a / b;
  if (op == "Mod") return std::fmod(a, b);
  if (op == "Pow") return std::pow(a, b);
  if (op == "Min") return std::min(a, b);
  if (op == "Max") return std::max(a, b);
  return std::nullopt;
}

bool compared(const std::string& op, double a, double b) {
  if (op == "Equal") return a == b;
  if (op == "Less") return a < b;
  if (op == "LessOrEqual") return a <= b;
  if (op == "Greater") return a > b;
  return a >= b;
}

bool is_comparison(const std::string& op) {
  return op == "Equal" || op == "Less" || op == "LessOrEqual" || op == "Greater" || op == "GreaterOrEqual";
}

/// Two operands, or any number of them from left to right.
void binary(NodeContext& node) {
  const std::string& op = node.node().op;
  Shape out = node.shape(0);
  for (size_t i = 1; i < node.count(); ++i) out = broadcast(node, out, node.shape(i));
  node.result(0, is_comparison(op) ? ElementType::boolean : node.in(0).type, out);
  const int64_t count = node.product(out, 0, out.size());
  node.vector_work(node.product({count, std::max<int64_t>(1, static_cast<int64_t>(node.count()) - 1)}));
  const ElementType type = node.in(0).type;
  if (!node.wants_values() || type == ElementType::text) return;
  Numbers numbers;
  for (int64_t i = 0; i < count; ++i) {
    const auto place = [&](size_t operand) { return broadcast_index(i, out, node.shape(operand)); };
    if (is_comparison(op) && !is_real(type)) {  // beyond 2^53 doubles are not exact
      const int64_t a = node.in(0).numbers->integers[static_cast<size_t>(place(0))];
      const int64_t b = node.in(1).numbers->integers[static_cast<size_t>(place(1))];
      numbers.integers.push_back(static_cast<int64_t>(compared(op, a < b ? -1.0 : a > b ? 1.0 : 0.0, 0.0)));
    } else if (is_comparison(op)) {
      const bool holds = compared(op, real_at(node.in(0), place(0)), real_at(node.in(1), place(1)));
      numbers.integers.push_back(static_cast<int64_t>(holds));
    } else if (is_real(type)) {
      std::optional<double> value = real_at(node.in(0), place(0));
      for (size_t k = 1; k < node.count() && value; ++k) {
        value = combined(op, *value, real_at(node.in(k), place(k)));
      }
      if (!value) return;
      numbers.reals.push_back(*value);
    } else {
      const auto integer = [&](size_t operand) {
        const Value& from = node.in(operand);
        const auto at = static_cast<size_t>(place(operand));
        return is_real(from.type) ? cut(from.numbers->reals[at]) : std::optional(from.numbers->integers[at]);
      };
      std::optional<int64_t> value = integer(0);
      for (size_t k = 1; k < node.count() && value; ++k) {
        const std::optional<int64_t> next = integer(k);
        value = next ? combined(op, *value, *next) : std::nullopt;
      }
      if (!value) return;
      numbers.integers.push_back(*value);
    }
  }
  node.values(0, std::move(numbers));
}

using Function = double (*)(double);

/// Functions that turn up between shapes; of the others values are not followed.
Function function_of(const std::string& op) {
  static const std::map<std::string, Function> known = {{"Floor", std::floor},
                                                        {"Ceil", std::ceil},
                                                        {"Sqrt", std::sqrt},
                                                        {"Exp", std::exp},
                                                        {"Log", std::log},
                                                        {"Round", std::nearbyint},
                                                        {"Abs", [](double x) { return std::fabs(x); }},
                                                        {"Neg", [](double x) { return -x; }},
                                                        {"Not", [](double x) { return x == 0 ? 1.0 : 0.0; }},
                                                        {"Reciprocal", [](double x) { return 1 / x; }},
                                                        {"Relu", [](double x) { return x > 0 ? x : 0.0; }},
                                                        {"Sign", [](double x) {
                                                           return x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0;
                                                         }}};
  const auto found = known.find(op);
  return found == known.end() ? nullptr : found->second;
}

void unary(NodeContext& node) {
  const std::string& op = node.node().op;
  const Value& in = node.in(0);
  const bool is_test = op == "IsNaN" || op == "IsInf";
  node.result(0, is_test ? ElementType::boolean : in.type, in.shape);
  node.vector_work(in.elements());
  for (size_t i = 1; i < node.count(); ++i) {  // parameters such as the bounds of Clip
    if (node.has(i) && node.in(i).elements() == 1) node.is_parameter(i);
  }
  const Function function = function_of(op);
  if (function == nullptr || !node.wants_values()) return;
  Numbers numbers;
  for (int64_t i = 0; i < in.elements(); ++i) {
    const double value = function(real_at(in, i));
    if (!is_real(in.type) && !cut(value)) return;
    if (is_real(in.type)) {
      numbers.reals.push_back(value);
    } else {
      numbers.integers.push_back(static_cast<int64_t>(value));
    }
  }
  node.values(0, std::move(numbers));
}

/// A slope per channel, or one for all.
void prelu(NodeContext& node) {
  const Shape& x = node.shape(0);
  node.expect(broadcast(node, x, node.shape(1)) == x,
              fmt::format("slopes {} do not fit the input {}", text_of(node.shape(1)), text_of(x)));
  node.result(0, node.in(0).type, x);
  node.vector_work(node.in(0).elements());
}

void where(NodeContext& node) {
  const Shape out = broadcast(node, broadcast(node, node.shape(0), node.shape(1)), node.shape(2));
  node.result(0, node.in(1).type, out);
  const int64_t count = node.product(out, 0, out.size());
  node.vector_work(count);
  if (!node.wants_values()) return;
  Numbers numbers;
  for (int64_t i = 0; i < count; ++i) {
    const auto condition = static_cast<size_t>(broadcast_index(i, out, node.shape(0)));
    const Value& from = node.in(node.in(0).numbers->integers[condition] != 0 ? 1 : 2);
    const auto place = static_cast<size_t>(broadcast_index(i, out, from.shape));
    if (is_real(from.type)) {
      numbers.reals.push_back(from.numbers->reals[place]);
    } else {
      numbers.integers.push_back(from.numbers->integers[place]);
    }
  }
  node.values(0, std::move(numbers));
}

void cast(NodeContext& node) {
  const Value& in = node.in(0);
  const ElementType type = node.node().op == "CastLike" ? node.in(1).type : element_type(node.integer("to"));
  if (type == ElementType::none || type == ElementType::text) {
    node.fail("ONX005", fmt::format("attribute to: {} is no type of numbers", node.integer("to")));
  }
  if (node.node().op == "CastLike") node.is_parameter(1);
  if (type == in.type) return node.alias(0, 0, in.shape);
  node.result(0, type, in.shape);
  node.vector_work(in.elements());
  if (!in.constant() || !in.numbers || !node.wants_values()) return;
  Numbers numbers;
  for (int64_t i = 0; i < in.elements(); ++i) {
    const auto place = static_cast<size_t>(i);
    if (is_real(type)) {
      numbers.reals.push_back(real_at(in, i));
    } else if (type == ElementType::boolean) {
      numbers.integers.push_back(static_cast<int64_t>(real_at(in, i) != 0));
    } else {
      const std::optional<int64_t> value =
          is_real(in.type) ? cut(in.numbers->reals[place]) : in.numbers->integers[place];
      if (!value) return;
      numbers.integers.push_back(*value);
    }
  }
  node.values(0, std::move(numbers));
}

void quantize(NodeContext& node) {
  ElementType type = node.has(2) ? node.in(2).type : ElementType::uint8;
  if (node.has_attribute("output_dtype") && node.integer("output_dtype") != 0) {
    type = element_type(node.integer("output_dtype"));
  }
  node.result(0, type, node.shape(0));
  node.vector_work(node.in(0).elements());
}

/// Weights stay as they are stored and are dequantized where they are used.
void dequantize(NodeContext& node) {
  const ElementType type = node.in(1).type;
  node.result(0, type, node.shape(0));
  node.vector_work(node.in(0).elements());
}

void quantize_dynamically(NodeContext& node) {
  node.result(0, ElementType::uint8, node.shape(0));
  node.result(1, ElementType::fp32, {});
  node.result(2, ElementType::uint8, {});
  node.vector_work(node.product({2, node.in(0).elements()}));  // over it for the range, and again
}

}  // namespace

const HandlerList& elementwise_handlers() {
  static const HandlerList list = [] {
    HandlerList all = {{"PRelu", prelu},
                       {"Where", where},
                       {"Cast", cast},
                       {"CastLike", cast},
                       {"QuantizeLinear", quantize},
                       {"DequantizeLinear", dequantize},
                       {"DynamicQuantizeLinear", quantize_dynamically}};
    for (const char* op : {"Add", "Sub", "Mul", "Div", "Mod", "Pow", "Min", "Max", "Sum", "Mean", "And", "Or",
                           "Xor", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "BitShift"}) {
      all.emplace_back(op, binary);
    }
    for (const char* op : {"Abs",        "Acos",
                           "Acosh",      "Asin",
                           "Asinh",      "Atan",
                           "Atanh",      "Ceil",
                           "Celu",       "Clip",
                           "Cos",        "Cosh",
                           "Elu",        "Erf",
                           "Exp",        "Floor",
                           "Gelu",       "HardSigmoid",
                           "Log",        "IsInf",
                           "IsNaN",      "Neg",
                           "HardSwish",  "Mish",
                           "LeakyRelu",  "Not",
                           "Reciprocal", "Relu",
                           "Round",      "Selu",
                           "Sigmoid",    "Sign",
                           "Sin",        "ThresholdedRelu",
                           "Softplus",   "Softsign",
                           "Sqrt",       "Sinh",
                           "Tan",        "Tanh",
                           "BitwiseNot", "Shrink"}) {
      all.emplace_back(op, unary);
    }
    return all;
  }();
  return list;
}

}  // namespace vernier::onnx
