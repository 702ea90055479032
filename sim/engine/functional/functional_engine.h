// SPDX-License-Identifier: Apache-2.0
// The golden functional model: runs a program instruction by instruction in program order, with the golden
// functions of every block and no notion of time. What the memories must hold after any timed run.
#pragma once

#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "models/machine/memory_image.h"

namespace vernier::engine {

/// Executes the whole program on the image. Semaphores are ignored: program order satisfies them.
void run_functional(const isa::Program& program, const machine::Machine& machine,
                    machine::MemoryImage& image);

}  // namespace vernier::engine
