// SPDX-License-Identifier: Apache-2.0
// The files of sim/report/web and ECharts as text; cmake/VernierReport.cmake generates the definitions.
#pragma once

#include <string>

namespace vernier::report::web {

[[nodiscard]] std::string page_html();  ///< skeleton with the places {{...}} that page.cpp fills
[[nodiscard]] std::string page_css();
[[nodiscard]] std::string common_js();      ///< what the pages share
[[nodiscard]] std::string hover_js();       ///< definitions on hover and focus
[[nodiscard]] std::string bars_js();        ///< stacked bars
[[nodiscard]] std::string page_js();        ///< headline numbers, tables
[[nodiscard]] std::string energy_js();      ///< energy, area and ranking, called by the page
[[nodiscard]] std::string roofline_js();    ///< the roofline chart, called by the charts
[[nodiscard]] std::string charts_js();      ///< the charts
[[nodiscard]] std::string schedule_html();  ///< the skeleton of the page of schedules
[[nodiscard]] std::string schedule_js();    ///< its tables and charts
[[nodiscard]] std::string graph_js();       ///< its drawings of graphs
[[nodiscard]] std::string sweep_html();     ///< the skeleton of the page of a sweep
[[nodiscard]] std::string sweep_js();       ///< its data, its selection, its views
[[nodiscard]] std::string echarts_js();     ///< Apache ECharts, minified

}  // namespace vernier::report::web
