// SPDX-License-Identifier: Apache-2.0
// The effect of load and store instructions on the memories.
#pragma once

#include "models/isa/instruction.h"
#include "models/machine/memory_image.h"

namespace vernier::memory {

/// Copies the rows of a load (DRAM to scratchpad) or a store (scratchpad to DRAM). Throws InputError PRG020
/// if a row lies outside a memory.
void copy_transfer(const isa::IssuedInstruction& issued, machine::MemoryImage& image);

}  // namespace vernier::memory
