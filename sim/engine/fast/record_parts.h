// SPDX-License-Identifier: Apache-2.0
// What all that is remembered of channels says alike (stretch_table.h, course_table.h, load_record.h).
#pragma once

#include <cstdint>

namespace vernier::engine {

/// Of the words of a key, one after the other.
[[nodiscard]] inline uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
  return hash ^ (hash >> 29);
}

/// The first refresh that falls due, relative to now.
struct Due {
  uint32_t clocks = UINT32_MAX;  ///< that none does
  uint16_t rank = 0, turn = 0;
  [[nodiscard]] bool any() const { return clocks != UINT32_MAX; }
  [[nodiscard]] bool operator==(const Due& o) const {
    return clocks == o.clocks && rank == o.rank && turn == o.turn;
  }
  [[nodiscard]] uint64_t hash() const { return uint64_t{clocks} << 32 | uint64_t{rank} << 16 | turn; }
};

/// What happens to cold banks.
struct Cooling {
  uint32_t closed_ranks = 0;             ///< all that are not touched are closed in these
  uint64_t cooled = 0, cooled_open = 0;  ///< by name: those at the end that were not, or were touched
};

}  // namespace vernier::engine
