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

}  // namespace vernier::machine
