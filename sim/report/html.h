// SPDX-License-Identifier: Apache-2.0
// A run or a comparison as one HTML page that needs nothing else: no network, no other file.
#pragma once

#include <string>
#include <vector>

#include "sim/report/run_result.h"

namespace vernier::report {

/// One run, or several of the same work (compared to the first; InputError RPT010 as check_comparable). The
/// data is a JSON island in which '<', '>' and '&' are escaped, so no name can end it or become markup; bytes
/// that are not UTF-8 become U+FFFD. About 1.2 MB of the page are ECharts.
[[nodiscard]] std::string to_html(const std::vector<RunResult>& runs);

}  // namespace vernier::report
