// SPDX-License-Identifier: Apache-2.0
// Energy and area reference tables in the style of Accelergy (ERT, ART): what every action of a component
// costs, in pJ, and its area, in um2, so that numbers can be taken to and from tools of that family.
//
// A component's name is "vernier." and its name in reports with '_' for spaces; an action's likewise, "leak"
// for what it leaks in a cycle. Areas are of one instance.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/report/energy.h"

namespace vernier::energy {

/// Items and areas with a number, at the node of the report.
[[nodiscard]] std::string ert_text(const report::EnergyReport& energy);
[[nodiscard]] std::string art_text(const report::EnergyReport& energy);

struct ReferenceTables {
  std::map<std::string, std::map<std::string, double>> energy_pj;  ///< by component and action
  std::map<std::string, double> area_um2;                          ///< by component
};

/// True if the text of a file of energy data has an ERT or an ART.
[[nodiscard]] bool has_reference_tables(const std::string& text, const std::string& file);

/// A file with an ERT, an ART or both. Throws InputError ENE002.
[[nodiscard]] ReferenceTables parse_reference_tables(const std::string& text, const std::string& file);

/// Name of an item or area in the tables.
[[nodiscard]] std::string reference_component(const std::string& component);
[[nodiscard]] std::string reference_action(const report::EnergyItem& item);

}  // namespace vernier::energy
