// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/axis_values.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/config/resolver.h"

namespace vernier::sweep {
namespace {

using config::Key;
using config::KeyType;
using config::Value;

double as_number(const Value& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return static_cast<double>(*whole);
  return std::get<double>(value);
}

/// A bound of a range, in base units; nothing, with a finding, if it is none.
std::optional<double> bound(const std::string& path, const Key& key, const YAML::Node& range,
                            const char* name, Findings& findings) {
  const YAML::Node node = range[name];
  if (!node.IsDefined() || !node.IsScalar()) {
    findings.add("SWP005", findings.place_of(range),
                 fmt::format("{}: a range has from, to, and step or factor; {} is missing", path, name));
    return std::nullopt;
  }
  const std::optional<AxisValue> value = read_value(path, {key}, node, findings);
  if (!value) return std::nullopt;
  return value->number;
}

/// The factor of a logarithmic range: a number without unit.
std::optional<double> factor_of(const std::string& path, const YAML::Node& node, Findings& findings) {
  double factor = 0;
  if (node.IsScalar() && YAML::convert<double>::decode(node, factor) && std::isfinite(factor) && factor > 1)
    return factor;
  findings.add("SWP005", findings.place_of(node),
               fmt::format("{}: factor is a number without unit, greater than 1", path));
  return std::nullopt;
}

AxisValue value_of(const std::string& path, const Key& key, double number, const SourceLocation& place) {
  const bool whole = key.type != KeyType::number;
  const Value value = whole ? Value(static_cast<int64_t>(std::llround(number))) : Value(number);
  const std::string text = config::format_value(key, value);
  return {text, {{path, text}}, as_number(value), place};
}

std::vector<AxisValue> read_range(const std::string& path, const AxisKey& axis, const YAML::Node& range,
                                  Findings& findings) {
  const Key& key = axis.record;
  const SourceLocation place = findings.place_of(range);
  for (const auto& pair : range) {
    const std::string name = pair.first.IsScalar() ? pair.first.Scalar() : "";
    const std::vector<std::string> known = {"from", "to", "step", "factor"};
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    findings.add("SWP003", findings.place_of(pair.first), fmt::format("{}: {}: unknown key", path, name),
                 suggestion(name, known));
    return {};
  }
  const bool is_number =
      key.type == KeyType::integer || key.type == KeyType::quantity || key.type == KeyType::number;
  if (axis.any_text || !is_number) {
    findings.add("SWP005", place, fmt::format("{}: its values are names, which have no range", path),
                 "write them out: [a, b]");
    return {};
  }
  const bool stepwise = range["step"].IsDefined();
  if (stepwise == range["factor"].IsDefined()) {
    findings.add("SWP005", place, fmt::format("{}: a range has from, to, and either step or factor", path));
    return {};
  }
  // A step may be as small as a bound may not be.
  Key step_key = key;
  step_key.lower = 0;
  const std::optional<double> from = bound(path, key, range, "from", findings);
  const std::optional<double> to = bound(path, key, range, "to", findings);
  const std::optional<double> by =
      stepwise ? bound(path, step_key, range, "step", findings) : factor_of(path, range["factor"], findings);
  if (!from || !to || !by) return {};
  if (*by <= 0 || *from > *to || (!stepwise && *from <= 0)) {
    findings.add("SWP004", place,
                 fmt::format("{}: the range has no values: from is above to, or does not move", path));
    return {};
  }
  std::vector<AxisValue> values;
  // Rounding of decimal steps must not lose the last value.
  const double last = *to * (1 + 1e-12);
  for (size_t i = 0;; ++i) {
    const double number =
        stepwise ? *from + static_cast<double>(i) * *by : *from * std::pow(*by, static_cast<double>(i));
    if (number > last) return values;
    if (values.size() == kMostValues) break;
    AxisValue value = value_of(path, key, std::min(number, *to), place);
    // Small factors round to the same whole number more than once.
    if (values.empty() || values.back().label != value.label) values.push_back(std::move(value));
  }
  findings.add("SWP005", place, fmt::format("{}: the range has more than {} values", path, kMostValues));
  return {};
}

}  // namespace

void Findings::add(const char* code, const SourceLocation& place, std::string message, std::string help) {
  all_.push_back({code, place, std::move(message), std::move(help)});
}

SourceLocation Findings::place_of(const YAML::Node& node) const {
  if (!node.IsDefined() || node.Mark().is_null()) return {file_, 0, 0};
  return {file_, node.Mark().line + 1, node.Mark().column + 1};
}

void Findings::throw_if_any() {
  if (!all_.empty()) config::throw_in_file_order(std::move(all_));
}

std::optional<AxisValue> read_value(const std::string& path, const AxisKey& key, const YAML::Node& node,
                                    Findings& findings) {
  const SourceLocation place = findings.place_of(node);
  if (!node.IsScalar()) {
    findings.add("SWP006", place, fmt::format("{}: one value is due, found a list or a map", path));
    return std::nullopt;
  }
  const std::string& text = node.Scalar();
  const bool is_file = path == "accelerator" || path == "workload";
  if (key.any_text || is_file) return AxisValue{text, {{path, text}}, std::nullopt, place};
  Value value;
  if (const auto problem = config::parse_value(key.record, text, value)) {
    findings.add("SWP006", place, fmt::format("{}: {}", path, problem->message), problem->help);
    return std::nullopt;
  }
  AxisValue read{config::format_value(key.record, value), {}, std::nullopt, place};
  read.settings = {{path, read.label}};
  if (!std::holds_alternative<std::string>(value)) read.number = as_number(value);
  return read;
}

std::vector<AxisValue> read_values(const std::string& path, const AxisKey& key, const YAML::Node& node,
                                   Findings& findings) {
  if (node.IsMap()) return read_range(path, key, node, findings);
  const SourceLocation place = findings.place_of(node);
  if (!node.IsSequence() || node.size() == 0) {
    findings.add("SWP004", place, fmt::format("{}: the axis has no values", path),
                 "write [a, b], {from: a, to: b, step: c} or {from: a, to: b, factor: c}");
    return {};
  }
  std::vector<AxisValue> values;
  std::set<std::string> seen;
  for (const YAML::Node& item : node) {
    std::optional<AxisValue> value = read_value(path, key, item, findings);
    if (!value) continue;
    if (!seen.insert(value->label).second) {
      findings.add("SWP007", value->place, fmt::format("{}: {} is there twice", path, value->label));
      continue;
    }
    values.push_back(std::move(*value));
  }
  if (values.size() > kMostValues)
    findings.add("SWP005", place, fmt::format("{}: more than {} values", path, kMostValues));
  return values;
}

}  // namespace vernier::sweep
