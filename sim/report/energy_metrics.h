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

/// Energy of the run, in pJ; of the items as their origins give them if `as_sourced`.
[[nodiscard]] Value energy_pj(const RunResult& run, bool as_sourced = false);

}  // namespace vernier::report
