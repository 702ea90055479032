// SPDX-License-Identifier: Apache-2.0
// What moved between two results, number by number: runs, comparisons, or sweeps.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/report/metrics.h"
#include "sim/sweep/database.h"

namespace vernier::sweep {

/// The numbers of one place: the totals of a run, one of its operators, a point of a sweep.
struct Place {
  std::string name;
  std::string status;  ///< of a point, else empty
  std::vector<std::pair<std::string, report::Value>> numbers;
};

/// Of a result.json (a run or a comparison), read as it is: it may be from another version, with other
/// metrics. Throws InputError DIF001 if it is none.
[[nodiscard]] std::vector<Place> places_of_json(const std::string& text, const std::string& file);
[[nodiscard]] std::vector<Place> places_of_sweep(const Results& results);

struct Change {
  std::string place, metric;
  std::string before, after;       ///< as text; "-" if there is no value
  std::optional<double> relative;  ///< (after - before) / before; absent if that is no number
};

struct Difference {
  size_t numbers = 0;                                ///< compared
  std::vector<Change> changes;                       ///< largest first; those without `relative` before all
  std::vector<std::string> only_first, only_second;  ///< places that the other does not have
  std::vector<std::string> metrics_only_first, metrics_only_second;

  /// Changes by more than a threshold, and everything that cannot be expressed as a share.
  [[nodiscard]] size_t beyond(double threshold) const;
};
[[nodiscard]] Difference difference(const std::vector<Place>& first, const std::vector<Place>& second);

}  // namespace vernier::sweep
