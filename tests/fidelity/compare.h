// SPDX-License-Identifier: Apache-2.0
// Runs one case in every engine and stops at the first difference. Every message of a failed comparison is
// "<comparison>, first difference ..."; tests/mutants reads it.
#pragma once

#include <cstdint>

#include "models/machine/machine.h"
#include "sim/mapper/mapper.h"
#include "workloads/network.h"

namespace vernier::fidelity {

/// Value of an environment variable that holds a number.
uint64_t environment(const char* name, uint64_t fallback);

/// Whether accesses of the program may conflict without being ordered.
enum class Conflicts { none, any };

/// fast with closed forms = fast without: every instruction, every total. True if they are the same.
bool check_fast(const isa::Program& program, const machine::Machine& machine);

/// fast with closed forms = fast without = systemc: every instruction, every total. Timing only. With `rtl`
/// (needs the array to be built) also systemc = rtl.
void check_timing(const isa::Program& program, const machine::Machine& machine,
                  Conflicts conflicts = Conflicts::none, bool rtl = false);

/// The same with values on a random image: systemc = golden functions. With `rtl` (needs the array to be
/// built) also systemc = rtl and rtl = golden functions.
void check_all(const mapper::MappedProgram& mapped, const machine::Machine& machine,
               const workloads::Network& network, uint64_t seed, bool rtl);

}  // namespace vernier::fidelity
