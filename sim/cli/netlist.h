// SPDX-License-Identifier: Apache-2.0
// The SystemC and RTL engines as `vernier` links them.
#pragma once

#include "sim/run/simulate.h"

namespace vernier::cli {

/// Runs the SystemC netlist; for the rtl fidelity with the Verilated array of the machine's parameters.
/// Throws InputError listing the arrays that are built if there is none.
[[nodiscard]] run::NetlistEngine netlist_engine();

}  // namespace vernier::cli
