// SPDX-License-Identifier: Apache-2.0
// The files of sim/report/web and ECharts as text; cmake/VernierReport.cmake generates the definitions.
#pragma once

#include <string>

namespace vernier::report::web {

[[nodiscard]] std::string page_html();  ///< skeleton with the places {{...}} that html.cpp fills
[[nodiscard]] std::string page_css();
[[nodiscard]] std::string page_js();      ///< headline numbers, tables, hovers
[[nodiscard]] std::string roofline_js();  ///< the roofline chart, called by the charts
[[nodiscard]] std::string charts_js();    ///< the charts
[[nodiscard]] std::string echarts_js();   ///< Apache ECharts, minified

}  // namespace vernier::report::web
