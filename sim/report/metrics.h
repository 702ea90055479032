// SPDX-License-Identifier: Apache-2.0
// The one table of everything a report can say about a run: name, unit, sentence and formula of every
// metric. JSON, CSV, text tables, the HTML page and docs/glossary.md are all written from it.
//
// A Metric has no constructor without a Unit. Counters are members of LayerRow, event counts are looked
// up in LayerRow::events by name, derived metrics are computed here and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/report/run_result.h"

namespace vernier::report {

enum class Unit {
  cycles,
  seconds,
  macs,
  bytes,
  bytes_per_second,
  macs_per_byte,
  macs_per_second,
  bits,
  femtojoules,
  picojoules,
  watts,
  square_millimetres,
  tops_per_watt,
  tops_per_square_millimetre,
  joule_seconds,
  ratio,
  executions,
  instructions,
  events
};

/// "cycles", "s", "MACs", "B", "B/s", "MACs/B", "MACs/s", "bit", "fJ", "pJ", "W", "mm2", "TOPS/W",
/// "TOPS/mm2", "J s", "1", "executions", "instructions", "events".
[[nodiscard]] std::string_view symbol(Unit unit);

/// A number of a metric; monostate = there is none (energy without a sourced number).
using Value = std::variant<std::monostate, uint64_t, double>;
[[nodiscard]] bool present(const Value& value);
[[nodiscard]] double as_double(const Value& value);  ///< 0 if absent

class Metric {
 public:
  using Counter = uint64_t LayerRow::*;
  using Derived = Value (*)(const LayerRow& row, const RunResult& run);

  Metric(std::string_view name_, Unit unit_, std::string_view label_, std::string_view sentence_,
         std::string_view formula_, Counter counter);
  Metric(std::string_view name_, Unit unit_, std::string_view label_, std::string_view sentence_,
         std::string_view formula_, Derived compute);
  /// An event count.
  Metric(std::string_view name_, Unit unit_, std::string_view label_, std::string_view sentence_,
         std::string_view formula_);

  /// `row` is one of `run`, or a sum of some; of `run` only the clock and the peaks matter.
  [[nodiscard]] Value value(const LayerRow& row, const RunResult& run) const;
  [[nodiscard]] Counter counter() const { return counter_; }
  [[nodiscard]] bool derived() const { return derived_ != nullptr; }

  const std::string_view name;  ///< key in JSON and CSV; carries the unit: "load_stall_cycles"
  const Unit unit;
  const std::string_view label;     ///< heading in tables: "load stall"
  const std::string_view sentence;  ///< what it means
  const std::string_view formula;   ///< how it is computed, in names of this table

 private:
  Counter counter_ = nullptr;
  Derived derived_ = nullptr;
};

/// Metrics of a row or of the totals, in report order.
[[nodiscard]] const std::vector<Metric>& metrics();
/// The eight parts of `cycles`, a subset of metrics(), in report order.
[[nodiscard]] const std::vector<const Metric*>& cycle_parts();
/// The four kinds of `dram_bytes`, a subset of metrics(), in report order.
[[nodiscard]] const std::vector<const Metric*>& byte_kinds();
/// Where a row stands under its roofs, a subset of metrics(), in report order.
[[nodiscard]] const std::vector<const Metric*>& roofline_metrics();
/// Event counts a row may hold.
[[nodiscard]] const std::vector<Metric>& event_metrics();
/// A metric of metrics() or event_metrics() by name; nullptr if there is none.
[[nodiscard]] const Metric* find_metric(std::string_view name);

/// One run against the first of a comparison.
struct Comparison {
  Value speed_up;       ///< of the first run's seconds to this run's
  Value cycle_ratio;    ///< this run's cycles to the first's
  Value traffic_ratio;  ///< this run's DRAM bytes to the first's
  Value energy_ratio;   ///< absent unless both runs have an energy
  Value area_ratio;     ///< absent unless both runs have an area
};
[[nodiscard]] Comparison compare(const RunResult& first, const RunResult& run);

/// A metric of a comparison: the same record, with a member of Comparison for its value.
struct ComparisonMetric {
  ComparisonMetric(std::string_view name_, Unit unit_, std::string_view label_, std::string_view sentence_,
                   std::string_view formula_, Value Comparison::*member_)
      : name(name_), unit(unit_), label(label_), sentence(sentence_), formula(formula_), member(member_) {}
  const std::string_view name;
  const Unit unit;
  const std::string_view label, sentence, formula;
  Value Comparison::*const member;
};
[[nodiscard]] const std::vector<ComparisonMetric>& comparison_metrics();

/// docs/glossary.md: every record of the tables above, as Markdown.
[[nodiscard]] std::string glossary_markdown();

}  // namespace vernier::report
