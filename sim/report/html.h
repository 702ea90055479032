// SPDX-License-Identifier: Apache-2.0
// Runs and comparisons as one HTML page that needs nothing else: no network, no other file.
#pragma once

#include <string>
#include <vector>

#include "sim/report/run_result.h"

namespace vernier::report {

/// One run, or several. Runs of the same network, phase and tokens form a group, in order of first
/// appearance, and are compared to the first of their group (InputError RPT010 as check_comparable: no run,
/// or other MACs than the group). With several groups the page has an overview and one tab per group. The
/// data is a JSON island in which '<', '>' and '&' are escaped, so no name can end it or become markup; bytes
/// that are not UTF-8 become U+FFFD. About 1.2 MB of the page are ECharts.
[[nodiscard]] std::string to_html(const std::vector<RunResult>& runs);

}  // namespace vernier::report
