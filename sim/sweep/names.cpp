// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/names.h"

#include <algorithm>

#include "sim/report/energy_metrics.h"
#include "sim/report/run_metrics.h"

namespace vernier::sweep {
namespace {

using config::KeyType;

bool is_number(const config::Key& key) {
  return key.type == KeyType::integer || key.type == KeyType::quantity || key.type == KeyType::number;
}

config::Unit unit_of(report::Unit unit) {
  switch (unit) {
    case report::Unit::bytes:
      return config::Unit::byte;
    case report::Unit::bits:
      return config::Unit::bit;
    case report::Unit::cycles:
      return config::Unit::cycle;
    default:
      return config::Unit::none;
  }
}

NameFacts facts_of(const AxisKey& key) {
  NameFacts facts;
  facts.is_text = key.any_text || !is_number(key.record);
  facts.unit = key.record.unit;
  facts.needs_unit = key.record.type == KeyType::quantity;
  return facts;
}

/// Whether some point sets the key: those of workloads and runs have a value for expressions only then.
bool is_set(const Sweep& sweep, const std::string& name) {
  const auto same = [&name](const Setting& setting) { return setting.key == name; };
  const auto among = [&same](const std::vector<Setting>& settings) {
    return std::any_of(settings.begin(), settings.end(), same);
  };
  if (among(sweep.fixed)) return true;
  for (const Axis& axis : sweep.axes) {
    for (const AxisValue& value : axis.values) {
      if (among(value.settings)) return true;
    }
  }
  return false;
}

}  // namespace

const std::vector<Column>& columns() {
  static const std::vector<Column> list = [] {
    std::vector<Column> all;
    for (const auto* table : {&report::metrics(), &report::event_metrics()}) {
      for (const report::Metric& metric : *table)
        all.push_back({metric.name, metric.unit, metric.label, metric.sentence, metric.formula});
    }
    for (const report::MemoryMetric& metric : report::memory_metrics())
      all.push_back({metric.name, metric.unit, metric.label, metric.sentence, metric.formula});
    for (const report::EnergyMetric& metric : report::energy_metrics())
      all.push_back({metric.name, metric.unit, metric.label, metric.sentence, metric.formula});
    for (const report::EnergyPart& part : report::energy_parts())
      all.push_back({part.name, part.unit, part.part, part.sentence, part.formula});
    return all;
  }();
  return list;
}

std::vector<report::Value> column_values(const report::RunResult& run) {
  std::vector<report::Value> values;
  values.reserve(columns().size());
  for (const auto* table : {&report::metrics(), &report::event_metrics()}) {
    for (const report::Metric& metric : *table) values.push_back(metric.value(run.totals, run));
  }
  for (const report::MemoryMetric& metric : report::memory_metrics()) values.push_back(metric.value(run));
  for (const report::EnergyMetric& metric : report::energy_metrics()) values.push_back(metric.value(run));
  for (const report::EnergyPart& part : report::energy_parts()) values.push_back(part.value(run));
  return values;
}

size_t find_column(std::string_view name) {
  const std::vector<Column>& list = columns();
  const auto found =
      std::find_if(list.begin(), list.end(), [name](const Column& column) { return column.name == name; });
  return static_cast<size_t>(found - list.begin());
}

NameTable name_table(const Sweep& sweep) {
  return [&sweep](const std::string& name) -> std::optional<NameFacts> {
    if (const config::Key* key = config::find_key(name)) return facts_of({*key});
    if (config::find_key(name, run_keys()) != nullptr || is_set(sweep, name)) {
      if (const std::optional<AxisKey> key = axis_key(name)) return facts_of(*key);
    }
    for (const Axis& axis : sweep.axes) {
      if (axis.name == name) return NameFacts{true};
    }
    const size_t column = find_column(name);
    if (column == columns().size()) return std::nullopt;
    NameFacts facts;
    facts.unit = unit_of(columns()[column].unit);
    facts.is_metric = true;
    return facts;
  };
}

std::vector<std::string> known_names(const Sweep& sweep) {
  std::vector<std::string> names = axis_key_names();
  for (const Axis& axis : sweep.axes) names.push_back(axis.name);
  for (const Column& column : columns()) names.emplace_back(column.name);
  return names;
}

}  // namespace vernier::sweep
