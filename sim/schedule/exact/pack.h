// SPDX-License-Identifier: Apache-2.0
// Addresses: intervals of steps, each with a height, to be packed into the scratchpad (dynamic storage
// allocation with fixed intervals).
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "sim/schedule/schedule.h"

namespace vernier::schedule::exact {

struct Rectangle {
  int from = 0, to = 0;  ///< steps, both included
  uint64_t height = 0;
};

enum class Packed {
  yes,
  no,       ///< proved: there is no packing
  unknown,  ///< not found within the limits
};

struct PackLimits {
  uint64_t seed = 1;
  int local_search = 2000;  ///< placements of all rectangles
  uint64_t nodes = 100000;  ///< of the exact search
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

/// Fills `addresses` if it says yes.
Packed pack(const std::vector<Rectangle>& rectangles, uint64_t height, const PackLimits& limits,
            std::vector<uint64_t>& addresses);

/// The two halves of it. By first and best fit in several orders, the best of them improved by moving what
/// found no place before what stood in its way: false = not found.
bool pack_by_order(const std::vector<Rectangle>& rectangles, uint64_t height, const PackLimits& limits,
                   std::vector<uint64_t>& addresses);
/// By depth-first search over rectangles set down on the skyline of those below them.
Packed pack_exactly(const std::vector<Rectangle>& rectangles, uint64_t height, const PackLimits& limits,
                    std::vector<uint64_t>& addresses);

/// Addresses for all residencies of a schedule; false = none found, and the schedule is as it was.
bool give_addresses(const graph::Graph& graph, uint64_t capacity, const PackLimits& limits,
                    Schedule& schedule);

}  // namespace vernier::schedule::exact
