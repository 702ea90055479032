// SPDX-License-Identifier: Apache-2.0
#include "sim/report/energy.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace vernier::report {
namespace {

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

}  // namespace

uint64_t femtojoules(uint64_t events, double pj) {
  const double product = std::round(1000 * static_cast<double>(events) * pj);
  VERNIER_INVARIANT(product >= 0 && product < 9e18, "{} events of {} pJ", events, pj);
  return static_cast<uint64_t>(product);
}

std::vector<std::string> parts_of(const EnergyReport& energy) {
  std::vector<std::string> parts;
  for (const EnergyItem& item : energy.items) add_once(parts, item.part);
  return parts;
}

std::optional<uint64_t> energy_fj(const EnergyReport& energy, const std::vector<ItemEnergy>& row,
                                  const std::string& part, bool as_sourced) {
  VERNIER_INVARIANT(row.size() == energy.items.size(), "{} items in the row, {} in the run", row.size(),
                    energy.items.size());
  uint64_t sum = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    if (!part.empty() && energy.items[i].part != part) continue;
    if (!energy.items[i].pj && row[i].events > 0) return std::nullopt;
    sum += as_sourced ? row[i].source_fj : row[i].fj;
  }
  return sum;
}

std::optional<double> area_mm2(const EnergyReport& energy, bool as_sourced) {
  double um2 = 0;
  for (const AreaItem& item : energy.areas) {
    if (!item.um2) return std::nullopt;
    um2 += static_cast<double>(item.count) * (as_sourced ? *item.source_um2 : *item.um2);
  }
  return um2 / 1e6;
}

std::vector<std::string> without_number(const EnergyReport& energy, const std::vector<ItemEnergy>& row) {
  std::vector<std::string> names;
  for (size_t i = 0; i < row.size(); ++i) {
    if (!energy.items[i].pj && row[i].events > 0) add_once(names, energy.items[i].component);
  }
  for (const AreaItem& item : energy.areas) {
    if (!item.um2) add_once(names, item.component);
  }
  return names;
}

}  // namespace vernier::report
