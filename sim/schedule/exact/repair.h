// SPDX-License-Identifier: Apache-2.0
// Addresses for schedules that do not pack: some tensors leave where the plan has them stay.
#pragma once

#include <chrono>
#include <cstdint>

#include "sim/schedule/schedule.h"

namespace vernier::schedule::exact {

struct RepairLimits {
  size_t width = 16;  ///< states of the scratchpad kept per step
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

/// Bytes that a schedule moves beyond the compulsory ones: a tensor with n residencies is fetched n - 1 times
/// again, and written once if it has no copy in DRAM.
uint64_t noncompulsory_bytes(const graph::Graph& graph, const Schedule& schedule);

/// Gives every residency an address. What is set down where no gap is large enough makes those leave that lie
/// there, until they are needed again; operands of the same step may move. A beam over the steps by what that
/// costs, in the order that the schedule has. False if it found none, or none in time: the schedule is as it
/// was.
bool repair(const graph::Graph& graph, uint64_t capacity, const RepairLimits& limits, Schedule& schedule);

}  // namespace vernier::schedule::exact
