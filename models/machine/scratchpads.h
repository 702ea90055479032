// SPDX-License-Identifier: Apache-2.0
// Which parameters belong to which scratchpad of the instruction set.
#pragma once

#include "models/isa/instruction.h"
#include "models/machine/machine.h"

namespace vernier::machine {

[[nodiscard]] inline const ScratchpadParams& scratchpad_of(const Machine& machine, isa::Scratchpad which) {
  switch (which) {
    case isa::Scratchpad::weight:
      return machine.weight_spad;
    case isa::Scratchpad::activation:
      return machine.activation_spad;
    case isa::Scratchpad::output:
      break;
  }
  return machine.output_spad;
}

/// Capacity of the scratchpads as one address space.
[[nodiscard]] inline uint64_t pool_bytes(const Machine& machine) {
  return machine.weight_spad.capacity_bytes + machine.activation_spad.capacity_bytes +
         machine.output_spad.capacity_bytes;
}

/// The machine as pooled programs use it: every unit's ports reach all of the bytes.
[[nodiscard]] inline Machine pooled(Machine machine) {
  const uint64_t bytes = pool_bytes(machine);
  for (ScratchpadParams* spad : {&machine.weight_spad, &machine.activation_spad, &machine.output_spad})
    spad->capacity_bytes = bytes;
  return machine;
}

}  // namespace vernier::machine
