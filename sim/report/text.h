// SPDX-License-Identifier: Apache-2.0
// A run or a comparison as text for the terminal, and as CSV for spreadsheets.
#pragma once

#include <string>
#include <vector>

#include "sim/report/run_result.h"

namespace vernier::report {

/// Three tables with one row per layer class and a total: where the cycles go (shares sum to exactly 100.0),
/// work and DRAM traffic, and what was attained under the roofline; then memory in the whole run, the gap to
/// the analytical model if the run has one, and the notes. Units are in the headings.
[[nodiscard]] std::string run_table(const RunResult& run);

/// One column per run, one row per number, ratios to the first run. Throws InputError RPT010 as
/// check_comparable does.
[[nodiscard]] std::string comparison_table(const std::vector<RunResult>& runs);

/// One line per run and operator (layer = "total" for the totals): configuration, network, phase, fidelity,
/// layer, layer_class, weight_format, then every metric and event count by name, exact and unscaled; empty =
/// no number. RFC 4180, '\n' line ends.
[[nodiscard]] std::string to_csv(const std::vector<RunResult>& runs);

}  // namespace vernier::report
