// SPDX-License-Identifier: Apache-2.0
// What to say when every queue waits for something that no instruction will post.
#pragma once

#include <array>
#include <cstdint>

#include "base/error.h"
#include "models/isa/instruction.h"

namespace vernier::engine {

using SemaphoreValues = std::array<uint32_t, isa::kMaxSemaphores>;

/// InputError PRG051 naming, for each queue with a blocked head, the operator and the semaphores it
/// waits for with their values. `heads` may hold null for empty queues.
[[nodiscard]] InputError deadlock(const isa::Program& program,
                                  const std::array<const isa::Instruction*, isa::kQueueCount>& heads,
                                  const SemaphoreValues& semaphores, uint64_t cycle);

}  // namespace vernier::engine
