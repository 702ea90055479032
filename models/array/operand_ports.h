// SPDX-License-Identifier: Apache-2.0
// The compute unit's claims of scratchpad ports (docs/memory.md, section Scratchpad ports): which groups a
// gemm instruction uses, and that it is never refused.
#pragma once

#include <cstdint>

#include "models/formats/group_format.h"
#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "models/memory/scratchpad_ports.h"

namespace vernier::array {

class OperandPorts {
 public:
  OperandPorts() = default;
  OperandPorts(const machine::Machine& machine, const isa::IssuedInstruction& issued,
               const formats::GroupFormat& format);

  void read_weights(memory::Scratchpads& scratchpads, uint64_t now) const;
  void read_activations(memory::Scratchpads& scratchpads, uint64_t now) const;
  /// And reads old partial sums, if there is a port for it; else the one access is either.
  void write_results(memory::Scratchpads& scratchpads, uint64_t now, bool accumulate) const;

 private:
  uint64_t weights_ = 0, activations_ = 0, results_ = 0;  // groups
  bool one_output_port_ = false;
};

}  // namespace vernier::array
