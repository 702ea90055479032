// SPDX-License-Identifier: Apache-2.0
// The small language of constraints and objectives, over keys of a design point and metrics of its run:
//   numbers, with a unit where the key has one (`512 KiB`), texts in quotes ('lut'), names (array.rows,
//   cycles)
//   + - * /    < <= > >= == !=    not and or    ( )
// Types and units are checked when an expression is read. A comparison with a value that there is not (an
// energy without a source, a key that means nothing in the configuration) is false; arithmetic with one has
// no value either, and neither has a division by zero.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "sim/config/units.h"

namespace vernier::sweep {

/// monostate = there is no value.
using Scalar = std::variant<std::monostate, double, std::string>;

/// What an expression may say about a name.
struct NameFacts {
  bool is_text = false;
  config::Unit unit = config::Unit::none;
  bool needs_unit = false;  ///< numbers beside it are written with a unit
  bool is_metric = false;   ///< known after the run only
};

/// Facts of a name; nothing if it is unknown.
using NameTable = std::function<std::optional<NameFacts>(const std::string& name)>;
/// Value of names()[index].
using NameValues = std::function<Scalar(size_t index)>;

class Expression {
 public:
  enum class Kind { number, text, truth };

  /// Throws InputError SWP010 (not an expression) or SWP011 (types or units do not fit) at `place`; SWP012
  /// for an unknown name, with the nearest of `known`.
  Expression(const std::string& text, const NameTable& table, const std::vector<std::string>& known,
             const SourceLocation& place);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] Kind kind() const;
  [[nodiscard]] config::Unit unit() const;
  /// Each name once, in order of appearance.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  /// Whether it can be evaluated before the run.
  [[nodiscard]] bool needs_run() const { return needs_run_; }

  /// Of a truth.
  [[nodiscard]] bool holds(const NameValues& values) const;
  /// Of a number.
  [[nodiscard]] std::optional<double> number(const NameValues& values) const;

  struct Node;

 private:
  std::string text_;
  std::vector<std::string> names_;
  std::shared_ptr<const Node> root_;
  bool needs_run_ = false;
};

}  // namespace vernier::sweep
