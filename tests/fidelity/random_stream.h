// SPDX-License-Identifier: Apache-2.0
// Seeded random instruction streams that no mapper would write: units collide at the ports in every way, and
// accesses that conflict are not ordered. For timing only.
#pragma once

#include <random>

#include "models/isa/instruction.h"
#include "models/machine/machine.h"

namespace vernier::fidelity {

/// A random machine with `ideal` DRAM and any ports, its scratchpads large enough for every instruction of
/// random_stream().
machine::Machine random_stream_machine(std::mt19937_64& random);

/// Nested loops of random instructions. Semaphores start with as little as lets the program finish when it is
/// executed one instruction after the other, so the real run waits a lot but cannot deadlock: queues keep
/// this order.
isa::Program random_stream(std::mt19937_64& random, const machine::Machine& machine);

}  // namespace vernier::fidelity
