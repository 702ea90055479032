// SPDX-License-Identifier: Apache-2.0
// What constraints and objectives may name, and the numbers a row of results holds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/report/metrics.h"
#include "sim/report/run_result.h"
#include "sim/sweep/definition.h"

namespace vernier::sweep {

/// A number of the results: every metric of the totals, every event count, every number about memory,
/// energy and area of the run.
struct Column {
  std::string_view name;
  report::Unit unit;
  std::string_view label, sentence, formula;
};
[[nodiscard]] const std::vector<Column>& columns();
/// The values of columns() of a run, in that order.
[[nodiscard]] std::vector<report::Value> column_values(const report::RunResult& run);
/// Index into columns(), or columns().size().
[[nodiscard]] size_t find_column(std::string_view name);

/// Facts about a name in an expression of a sweep with these axes and fixed settings.
[[nodiscard]] NameTable name_table(const Sweep& sweep);
[[nodiscard]] std::vector<std::string> known_names(const Sweep& sweep);

}  // namespace vernier::sweep
