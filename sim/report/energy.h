// SPDX-License-Identifier: Apache-2.0
// Energy and area of a run: what every component costs per event, where that number is from, and the sums.
//
// A row of a run holds, for every EnergyItem, how often it happened and the product in whole femtojoules, so
// that sums over items, rows and classes are exact in any order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vernier::report {

/// Where a number is from. `kind` is "synthesized" (our RTL), "published" (which paper, which table) or
/// "model" (which formula); empty: there is no number, and `text` says why.
struct Origin {
  std::string kind;
  std::string text;
  std::string scaling;  ///< how it was brought to the node of the report; empty: it was not
};

/// Something that a component does, and what it costs each time. Without number both energies are absent.
struct EnergyItem {
  std::string part;                 ///< group in tables: "PE array", "scratchpads", "leakage"...
  std::string component;            ///< "PE", "weight scratchpad"
  std::string action;               ///< "active cycle", "bit read"
  std::string events;               ///< what is counted, in names of the metrics
  std::optional<double> source_pj;  ///< per event, as its origin gives it
  std::optional<double> pj;         ///< per event at the node of the report
  Origin origin;
};

struct AreaItem {
  std::string part;
  std::string component;
  uint64_t count = 0;
  std::optional<double> source_um2;  ///< of one
  std::optional<double> um2;
  Origin origin;
};

/// What one item took in one row. Additive.
struct ItemEnergy {
  uint64_t events = 0;
  uint64_t fj = 0;         ///< round(1000 * events * EnergyItem::pj)
  uint64_t source_fj = 0;  ///< the same with source_pj
};

struct EnergyReport {
  int node_nm = 0;      ///< node that `pj` and `um2` are at
  uint64_t tokens = 0;  ///< of all sequences, processed in this run; 0: there are none
  std::vector<EnergyItem> items;
  std::vector<AreaItem> areas;
};

/// round(1000 * events * pj), in fJ.
[[nodiscard]] uint64_t femtojoules(uint64_t events, double pj);

/// Names of the parts that the items have, in order of first appearance.
[[nodiscard]] std::vector<std::string> parts_of(const EnergyReport& energy);

/// Sum of the items of a part ("" = all). Nothing if one of them happened and has no number. `row` is
/// parallel to energy.items.
[[nodiscard]] std::optional<uint64_t> energy_fj(const EnergyReport& energy,
                                                const std::vector<ItemEnergy>& row,
                                                const std::string& part = "", bool as_sourced = false);

/// In mm2, of the components that have a number; nothing if there is one without.
[[nodiscard]] std::optional<double> area_mm2(const EnergyReport& energy, bool as_sourced = false);

/// Components without a number that happened in the row, or have an area without one; each once.
[[nodiscard]] std::vector<std::string> without_number(const EnergyReport& energy,
                                                      const std::vector<ItemEnergy>& row);

}  // namespace vernier::report
