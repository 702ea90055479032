// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/expression.h"

#include "sim/sweep/expression_node.h"

namespace vernier::sweep {
namespace {

using Node = Expression::Node;

bool truth_of(const Node& node, const NameValues& values);

Scalar arithmetic(Operator op, const Scalar& left, const Scalar& right) {
  const double* a = std::get_if<double>(&left);
  const double* b = std::get_if<double>(&right);
  if (a == nullptr || b == nullptr) return std::monostate{};
  switch (op) {
    case Operator::add:
      return *a + *b;
    case Operator::subtract:
      return *a - *b;
    case Operator::multiply:
      return *a * *b;
    default:
      if (*b == 0) return std::monostate{};
      return *a / *b;
  }
}

Scalar value_of(const Node& node, const NameValues& values) {
  switch (node.op) {
    case Operator::literal:
      return node.value;
    case Operator::name:
      return values(node.index);
    case Operator::negate:
      return arithmetic(Operator::subtract, 0.0, value_of(*node.left, values));
    default:
      return arithmetic(node.op, value_of(*node.left, values), value_of(*node.right, values));
  }
}

bool compare(Operator op, const Scalar& left, const Scalar& right) {
  const auto absent = [](const Scalar& value) { return std::holds_alternative<std::monostate>(value); };
  if (absent(left) || absent(right)) return false;
  switch (op) {
    case Operator::less:
      return left < right;
    case Operator::less_equal:
      return left <= right;
    case Operator::greater:
      return left > right;
    case Operator::greater_equal:
      return left >= right;
    case Operator::equal:
      return left == right;
    default:
      return left != right;
  }
}

bool truth_of(const Node& node, const NameValues& values) {
  switch (node.op) {
    case Operator::logical_not:
      return !truth_of(*node.left, values);
    case Operator::logical_and:
      return truth_of(*node.left, values) && truth_of(*node.right, values);
    case Operator::logical_or:
      return truth_of(*node.left, values) || truth_of(*node.right, values);
    default:
      return compare(node.op, value_of(*node.left, values), value_of(*node.right, values));
  }
}

}  // namespace

Expression::Expression(const std::string& text, const NameTable& table, const std::vector<std::string>& known,
                       const SourceLocation& place)
    : text_(text) {
  ParsedExpression parsed = parse_expression(text, table, known, place);
  root_ = std::move(parsed.root);
  names_ = std::move(parsed.names);
  needs_run_ = parsed.needs_run;
}

Expression::Kind Expression::kind() const { return root_->kind; }

config::Unit Expression::unit() const { return root_->unit; }

bool Expression::holds(const NameValues& values) const {
  VERNIER_INVARIANT(root_->kind == Kind::truth, "'{}' is not true or false", text_);
  return truth_of(*root_, values);
}

std::optional<double> Expression::number(const NameValues& values) const {
  VERNIER_INVARIANT(root_->kind == Kind::number, "'{}' is not a number", text_);
  const Scalar value = value_of(*root_, values);
  if (const double* number = std::get_if<double>(&value)) return *number;
  return std::nullopt;
}

}  // namespace vernier::sweep
