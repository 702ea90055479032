// SPDX-License-Identifier: Apache-2.0
// Machines that cannot be built, to tell what a mechanism costs: the same machine without it. They are no
// configurations; only explain() (sim/run/explain.h) runs on them, in `fast`.
#pragma once

#include "models/machine/machine.h"

namespace vernier::run {

/// DRAM parts: refresh off.
[[nodiscard]] machine::Machine without_refresh(machine::Machine machine);

/// DRAM parts: bank groups do not matter, every command keeps the distance to those of another group; no
/// refresh.
[[nodiscard]] machine::Machine without_bank_groups(machine::Machine machine);

/// DRAM parts: every channel is one bank with a single row, no refresh. What is left are the latencies, the
/// turnaround of the bus and the command bus.
[[nodiscard]] machine::Machine without_rows(machine::Machine machine);

/// DRAM parts: nothing but the time of the bursts on the data buses is left of the timing: a burst every BL
/// clocks in either direction, delivered the clock after its last data. Queues and channels stay.
[[nodiscard]] machine::Machine with_perfect_dram(machine::Machine machine);

/// Scratchpads take two accesses of any kind, so that no access takes two cycles. Together with
/// PortRules::none nobody waits for a port.
[[nodiscard]] machine::Machine with_double_ports(machine::Machine machine);

}  // namespace vernier::run
