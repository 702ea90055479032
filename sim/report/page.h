// SPDX-License-Identifier: Apache-2.0
// HTML pages that need nothing else: no network, no other file. About 1.2 MB of each are ECharts.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace vernier::report {

/// A skeleton of sim/report/web with its title, the scripts of the page and its data. The data is a JSON
/// island in which '<', '>' and '&' are escaped, so no name can end it or become markup; bytes that are not
/// UTF-8 become U+FFFD.
[[nodiscard]] std::string html_page(const std::string& skeleton, const std::string& title,
                                    const std::string& scripts, const nlohmann::ordered_json& data);

}  // namespace vernier::report
