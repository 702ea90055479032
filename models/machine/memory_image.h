// SPDX-License-Identifier: Apache-2.0
// The bytes of every memory of the accelerator, for runs that compute values.
#pragma once

#include <cstdint>
#include <vector>

#include "models/isa/instruction.h"
#include "models/machine/machine.h"

namespace vernier::machine {

struct MemoryImage {
  std::vector<uint8_t> dram;
  std::vector<uint8_t> weight_spad;
  std::vector<uint8_t> activation_spad;
  std::vector<uint8_t> output_spad;

  MemoryImage() = default;
  /// Scratchpads of the machine, zeroed, and the DRAM content.
  MemoryImage(const Machine& machine, std::vector<uint8_t> dram_content)
      : dram(std::move(dram_content)),
        weight_spad(machine.weight_spad.capacity_bytes),
        activation_spad(machine.activation_spad.capacity_bytes),
        output_spad(machine.output_spad.capacity_bytes) {}

  [[nodiscard]] std::vector<uint8_t>& spad(isa::Scratchpad which) {
    switch (which) {
      case isa::Scratchpad::weight:
        return weight_spad;
      case isa::Scratchpad::activation:
        return activation_spad;
      case isa::Scratchpad::output:
        break;
    }
    return output_spad;
  }
};

}  // namespace vernier::machine
