// SPDX-License-Identifier: Apache-2.0
// Plays what a block saw in the RTL to its netlist: the same outputs are due in every cycle.
#pragma once

#include "sim/ppa/energy.h"
#include "sim/ppa/netlist.h"
#include "sim/ppa/probe.h"

namespace vernier::ppa {

struct Replay {
  Activity active;      ///< from the end of the reset to the idle cycles
  uint64_t events = 0;  ///< cycles among them in which the block worked
  Activity idle;        ///< the last idle cycles, in which nothing is in flight any more
  uint64_t cycles = 0;  ///< compared
};

/// `idle`: so many cycles at the end of the recording are idle. A block without flip-flops is played the
/// cycles in which it worked only, one after the other: elsewhere its inputs mean nothing. Throws CheckFailed
/// with the first pin, bit and cycle that differ.
[[nodiscard]] Replay replay(const Netlist& netlist, const Recording& recording, size_t idle);

}  // namespace vernier::ppa
