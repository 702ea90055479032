// SPDX-License-Identifier: Apache-2.0
#include "sim/report/run_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/run_metrics.h"

namespace vernier::report {
namespace {

/// The unit is in label_of.
std::string shown(const Value& value, Unit unit) {
  if (!present(value)) return "-";
  return in_scale(unit == Unit::ratio ? Value(100 * as_double(value)) : value, {});
}

std::string label_of(const MemoryMetric& metric) {
  return fmt::format("{} [{}]", metric.label, metric.unit == Unit::ratio ? "%" : symbol(metric.unit));
}

std::string cycles_of(const Gap& gap, const GapMetric& metric) {
  const Gap::Cycles& cycles = gap.*metric.member;
  if (!cycles) return "-";
  const bool first = metric.member == &Gap::analytical;
  return first ? thousands(static_cast<uint64_t>(*cycles)) : signed_thousands(*cycles);
}

}  // namespace

std::string memory_table(const RunResult& run) {
  TextTable table({"memory", "in the whole run"});
  for (const MemoryMetric& metric : memory_metrics()) {
    const Value value = metric.value(run);
    if (present(value)) table.add({label_of(metric), shown(value, metric.unit)});
  }
  return table.text();
}

std::string gap_table(const RunResult& run) {
  const double total = static_cast<double>(std::max<uint64_t>(run.totals.cycles, 1));
  TextTable table({"mechanism", "cycles", "of the run [%]"});
  for (const GapMetric& metric : gap_metrics()) {
    const Gap::Cycles& cycles = *run.gap.*metric.member;
    if (!cycles) continue;
    table.add({std::string(metric.label), cycles_of(*run.gap, metric),
               fmt::format("{:.1f}", 100 * static_cast<double>(*cycles) / total)});
  }
  table.add_rule();
  table.add({"cycle-accurate", thousands(run.totals.cycles), "100.0"});
  return table.text();
}

void add_comparison_rows(TextTable& table, const std::vector<RunResult>& runs) {
  for (const MemoryMetric& metric : memory_metrics()) {
    if (metric.unit == Unit::events) continue;
    std::vector<std::string> cells = {label_of(metric)};
    bool any = false;
    for (const RunResult& run : runs) {
      const Value value = metric.value(run);
      any = any || present(value);
      cells.push_back(shown(value, metric.unit));
    }
    if (any) table.add(cells);
  }
  if (std::none_of(runs.begin(), runs.end(), [](const RunResult& run) { return run.gap.has_value(); }))
    return;
  table.add_rule();
  for (const GapMetric& metric : gap_metrics()) {
    std::vector<std::string> cells = {fmt::format("gap: {} [cycles]", metric.label)};
    bool any = false;
    for (const RunResult& run : runs) {
      any = any || (run.gap && (*run.gap.*metric.member).has_value());
      cells.push_back(run.gap ? cycles_of(*run.gap, metric) : "-");
    }
    if (any) table.add(cells);
  }
}

}  // namespace vernier::report
