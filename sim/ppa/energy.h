// SPDX-License-Identifier: Apache-2.0
// Energy of a netlist from how often its nets change: docs/ppa.md, section "Energy".
#pragma once

#include <cstdint>
#include <vector>

#include "sim/ppa/netlist.h"

namespace vernier::ppa {

/// Changes of every net, over so many cycles. The clock is none of them.
struct Activity {
  std::vector<uint64_t> toggles;
  uint64_t cycles = 0;
};

struct Energy {
  double internal_pj = 0;
  double switching_pj = 0;
  [[nodiscard]] double total_pj() const { return internal_pj + switching_pj; }
};

/// Of all these cycles together, with the clock: two changes in every cycle.
[[nodiscard]] Energy energy_of(const Netlist& netlist, const Library& library,
                               const std::vector<double>& slews_ns, const Activity& activity);

}  // namespace vernier::ppa
