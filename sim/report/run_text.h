// SPDX-License-Identifier: Apache-2.0
// The parts of the text reports that say what is known of whole runs (run_metrics.h).
#pragma once

#include <string>
#include <vector>

#include "sim/report/format.h"
#include "sim/report/run_result.h"

namespace vernier::report {

/// Memory, one number a line; those that are absent are left out.
[[nodiscard]] std::string memory_table(const RunResult& run);

/// From the analytical cycles to those of the run, one mechanism a line. The run has a gap.
[[nodiscard]] std::string gap_table(const RunResult& run);

/// Rates and refused cycles of memory, then, if a run has one, the gap: one line each, a cell per run.
void add_comparison_rows(TextTable& table, const std::vector<RunResult>& runs);

}  // namespace vernier::report
