// SPDX-License-Identifier: Apache-2.0
// The tree of an expression.
#pragma once

#include "sim/sweep/expression.h"

namespace vernier::sweep {

enum class Operator {
  literal,
  name,
  negate,
  add,
  subtract,
  multiply,
  divide,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  logical_not,
  logical_and,
  logical_or
};

struct Expression::Node {
  Operator op = Operator::literal;
  Kind kind = Kind::number;
  config::Unit unit = config::Unit::none;
  bool needs_unit = false;
  Scalar value;      ///< literal
  size_t index = 0;  ///< name: into names()
  std::shared_ptr<const Node> left, right;
};

/// Reads `text`; names are appended to `names`.
struct ParsedExpression {
  std::shared_ptr<const Expression::Node> root;
  std::vector<std::string> names;
  bool needs_run = false;
};
[[nodiscard]] ParsedExpression parse_expression(const std::string& text, const NameTable& table,
                                                const std::vector<std::string>& known,
                                                const SourceLocation& place);

}  // namespace vernier::sweep
