// SPDX-License-Identifier: Apache-2.0
// The table of what is known of energy and area of a run as a whole, beside those of metrics.h.
#pragma once

#include <string_view>
#include <vector>

#include "sim/report/metrics.h"

namespace vernier::report {

struct EnergyMetric {
  using Compute = Value (*)(const RunResult& run);

  std::string_view name;
  Unit unit;
  std::string_view label, sentence, formula;
  Compute value;  ///< absent without RunResult::energy, or where a component has no number
};
[[nodiscard]] const std::vector<EnergyMetric>& energy_metrics();
[[nodiscard]] const EnergyMetric& energy_metric(std::string_view name);

/// A part of the energy of a run. The parts of a run sum to its total_energy_pj.
struct EnergyPart {
  std::string_view part;  ///< of EnergyItem; the label
  std::string_view name, sentence;
  static constexpr Unit unit = Unit::picojoules;
  static constexpr std::string_view formula = "sum over rows and items of the part of energy_fj / 1000";

  /// Absent without RunResult::energy, or where something of the part happened that has no number.
  [[nodiscard]] Value value(const RunResult& run) const;
};
[[nodiscard]] const std::vector<EnergyPart>& energy_parts();

/// Energy of the run, in pJ; of the items as their origins give them if `as_sourced`.
[[nodiscard]] Value energy_pj(const RunResult& run, bool as_sourced = false);

}  // namespace vernier::report
