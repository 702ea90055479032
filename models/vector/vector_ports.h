// SPDX-License-Identifier: Apache-2.0
// What the work cycles of a vector instruction claim of the scratchpads (docs/memory.md, section Scratchpad
// ports).
#pragma once

#include <cstdint>

#include "models/isa/instruction.h"
#include "models/machine/machine.h"

namespace vernier::vector {

struct WorkPorts {
  uint64_t output = 0;  ///< groups of the output scratchpad in which something lies
  uint64_t activation =
      0;  ///< groups of the activation scratchpad in which dst lies; 0: it lies in the other
  bool alternates = false;  ///< reads and writes the only port of the output scratchpad in turn
  uint64_t accesses = 0;    ///< cycles in which claims must be granted

  [[nodiscard]] bool writes_output() const { return activation == 0; }
};

[[nodiscard]] WorkPorts work_ports(const isa::IssuedInstruction& issued, const isa::Program& program,
                                   const machine::Machine& machine);

}  // namespace vernier::vector
