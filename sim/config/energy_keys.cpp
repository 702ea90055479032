// SPDX-License-Identifier: Apache-2.0
// The keys of energy and area.
#include "sim/config/key_records.h"

namespace vernier::config {

void add_energy_keys(std::vector<Key>& table) {
  table.push_back(name(
      "energy.table", text("osu018"), {},
      "Energy and area of the blocks of the array: configs/energy/<table>.yaml, written by `vernier ppa`.",
      [](auto& c) -> auto& { return c.energy.table; }));
  table.push_back(name(
      "energy.node", text("28nm"), {"90nm", "65nm", "45nm", "32nm", "28nm", "22nm"},
      "Process node of the report: scratchpads have points at it, logic is scaled to it.",
      [](auto& c) -> auto& { return c.energy.node; }));
  table.push_back(name(
      "energy.sram_points", text("interpolate"), EnumNames<SramOutside>::list(),
      "Scratchpad banks outside of the reference points: no number, or extrapolated from the nearest two.",
      [](auto& c) -> auto& { return c.energy.sram; }));
  table.push_back(name(
      "energy.dram", text("auto"), EnumNames<DramEnergy>::list(),
      "Energy of DRAM by command, which needs a part with currents, or per bit; `auto`: by command for "
      "parts, per bit "
      "for `ideal`.",
      [](auto& c) -> auto& { return c.energy.dram; }));
  table.push_back(number(
      "energy.dram_pj_per_bit", 18.75, 0, 1000,
      "Energy of a bit on the DRAM bus, in pJ, where it is counted per bit; the default is BitMoD's.",
      [](auto& c) -> auto& { return c.energy.dram_pj_per_bit; }));
}

}  // namespace vernier::config
