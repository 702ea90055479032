// SPDX-License-Identifier: Apache-2.0
#include "models/memory/copy.h"

#include <cstring>

#include "base/error.h"

namespace vernier::memory {

void copy_transfer(const isa::IssuedInstruction& issued, machine::MemoryImage& image) {
  const isa::Instruction& instruction = *issued.instruction;
  std::vector<uint8_t>& spad = image.spad(instruction.scratchpad);
  const uint64_t row_bytes = instruction.row_bytes;
  const uint64_t spad_end = issued.spad + instruction.rows * row_bytes;
  const uint64_t dram_end = issued.dram + (instruction.rows - 1) * instruction.dram_stride + row_bytes;
  if (spad_end > spad.size() || dram_end > image.dram.size()) {
    throw InputError(
        "PRG020",
        fmt::format("{} number {} touches bytes up to {} of the {} scratchpad ({} bytes) and up to {} of "
                    "DRAM ({} bytes)",
                    isa::name_of(instruction.opcode), issued.sequence, spad_end,
                    isa::name_of(instruction.scratchpad), spad.size(), dram_end, image.dram.size()));
  }
  for (uint64_t row = 0; row < instruction.rows; ++row) {
    uint8_t* on_chip = spad.data() + issued.spad + row * row_bytes;
    uint8_t* off_chip = image.dram.data() + issued.dram + row * instruction.dram_stride;
    if (instruction.opcode == isa::Opcode::load) {
      std::memcpy(on_chip, off_chip, row_bytes);
    } else {
      std::memcpy(off_chip, on_chip, row_bytes);
    }
  }
}

}  // namespace vernier::memory
