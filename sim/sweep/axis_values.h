// SPDX-License-Identifier: Apache-2.0
// The values of one axis: written out, or from a range.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "sim/sweep/definition.h"

namespace vernier::sweep {

/// Most values an axis may have.
constexpr size_t kMostValues = 100000;

/// Collects what is wrong with a file, with its places.
class Findings {
 public:
  explicit Findings(std::string file) : file_(std::move(file)) {}
  void add(const char* code, const SourceLocation& place, std::string message, std::string help = {});
  [[nodiscard]] SourceLocation place_of(const YAML::Node& node) const;
  /// Throws InputError in the order of lines if there is any finding.
  void throw_if_any();
  [[nodiscard]] bool empty() const { return all_.empty(); }

 private:
  std::string file_;
  std::vector<Diagnostic> all_;
};

/// Reads one value of a key; nothing, with a finding SWP006, if the key does not take it.
[[nodiscard]] std::optional<AxisValue> read_value(const std::string& path, const AxisKey& key,
                                                  const YAML::Node& node, Findings& findings);

/// A list, or a map {from, to, step} or {from, to, factor}: `to` is included if the range hits it. Findings
/// SWP004 (no values), SWP005 (a range that is none), SWP006, SWP007 (a value twice).
[[nodiscard]] std::vector<AxisValue> read_values(const std::string& path, const AxisKey& key,
                                                 const YAML::Node& node, Findings& findings);

}  // namespace vernier::sweep
