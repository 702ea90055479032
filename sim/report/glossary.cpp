// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "sim/report/metrics.h"

namespace vernier::report {
namespace {

void append_record(std::string& out, std::string_view name, Unit unit, std::string_view sentence,
                   std::string_view formula) {
  out += fmt::format("| `{}` | {} | {} | `{}` |\n", name, symbol(unit), sentence, formula);
}

constexpr std::string_view kTableHead = "| metric | unit | meaning | formula |\n| --- | --- | --- | --- |\n";

}  // namespace

std::string glossary_markdown() {
  std::string out =
      "# Glossary of the reports\n\n"
      "Every number a report shows, as it is recorded in `sim/report/metrics.cpp`, from which this page is "
      "written;\n"
      "a test compares the two. Symbols of the formulas are those of [timing.md](timing.md).\n\n"
      "## Per operator, per layer class and in total\n\n";
  out += kTableHead;
  for (const Metric& metric : metrics())
    append_record(out, metric.name, metric.unit, metric.sentence, metric.formula);
  out += "\n## Event counts\n\n";
  out += kTableHead;
  for (const Metric& metric : event_metrics())
    append_record(out, metric.name, metric.unit, metric.sentence, metric.formula);
  out += "\n## Comparisons\n\n";
  out += kTableHead;
  for (const ComparisonMetric& metric : comparison_metrics())
    append_record(out, metric.name, metric.unit, metric.sentence, metric.formula);
  return out;
}

}  // namespace vernier::report
