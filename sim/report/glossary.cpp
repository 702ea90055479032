// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "sim/report/energy_metrics.h"
#include "sim/report/metrics.h"
#include "sim/report/run_metrics.h"

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
  out +=
      "\n## Attention of a prefill\n\nAll layers, heads and sequences together; [attention.md](attention.md) "
      "has the origin of the bound.\n\n";
  out += kTableHead;
  append_record(out, "attention.dram_bytes", Unit::bytes,
                "Bytes on the DRAM bus for scores, softmax and the product with the values.",
                "sum of dram_bytes of the three operators");
  append_record(out, "attention.once_bytes", Unit::bytes,
                "What no schedule can do without: queries, keys and values read once, results written once.",
                "sizes in their formats, without padding");
  append_record(out, "attention.io_bound_bytes", Unit::bytes,
                "Order of the least traffic of exact attention of N queries and keys of d elements with S "
                "elements on chip, without its constant.",
                "2 B * N^2 * d^2 / S per query head, sequence and layer");
  append_record(out, "attention.spad_elements", Unit::ratio, "S: elements of 2 bytes on chip.",
                "capacity of the three scratchpads / 2 B");
  out += "\n## Memory, in the whole run\n\n";
  out += kTableHead;
  for (const MemoryMetric& metric : memory_metrics())
    append_record(out, metric.name, metric.unit, metric.sentence, metric.formula);
  out +=
      "\n## Energy and area, of the whole run\n\n[energy.md](energy.md) has where every number is from.\n\n";
  out += kTableHead;
  for (const EnergyMetric& metric : energy_metrics())
    append_record(out, metric.name, metric.unit, metric.sentence, metric.formula);
  for (const EnergyPart& part : energy_parts())
    append_record(out, part.name, part.unit, part.sentence, part.formula);
  out +=
      "\n## From the analytical model to the run\n\nOnly with `--explain`: "
      "[analytical-gap.md](analytical-gap.md).\n\n";
  out += kTableHead;
  for (const GapMetric& metric : gap_metrics())
    append_record(out, metric.name, Unit::cycles, metric.sentence, metric.formula);
  out += "\n## Comparisons\n\n";
  out += kTableHead;
  for (const ComparisonMetric& metric : comparison_metrics())
    append_record(out, metric.name, metric.unit, metric.sentence, metric.formula);
  return out;
}

}  // namespace vernier::report
