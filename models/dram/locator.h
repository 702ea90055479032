// SPDX-License-Identifier: Apache-2.0
// locate() for many bursts of one part: divisions become shifts where counts are powers of two.
#pragma once

#include <array>
#include <cstdint>

#include "models/dram/address_map.h"
#include "models/dram/part.h"

namespace vernier::dram {

class Locator {
 public:
  explicit Locator(const Part& part);

  /// The same as locate(part, burst).
  [[nodiscard]] Location locate(uint64_t burst) const {
    std::array<int64_t, kFieldCount> values{};
    for (const Step& step : steps_) {
      if (step.shift >= 0) {
        values[step.field] = static_cast<int64_t>(burst & (step.count - 1));
        burst >>= step.shift;
      } else {
        values[step.field] = static_cast<int64_t>(burst % step.count);
        burst /= step.count;
      }
    }
    Location location;
    location.row = values[static_cast<size_t>(Field::row)];
    location.rank = static_cast<int>(values[static_cast<size_t>(Field::rank)]);
    location.bank_group = static_cast<int>(values[static_cast<size_t>(Field::bank_group)]);
    location.bank = static_cast<int>(values[static_cast<size_t>(Field::bank)]);
    location.column = values[static_cast<size_t>(Field::column)];
    return location;
  }

 private:
  struct Step {
    size_t field = 0;
    uint64_t count = 1;
    int shift = -1;  // log2 of the count if it is a power of two
  };
  std::array<Step, kFieldCount> steps_;  // least significant first
};

}  // namespace vernier::dram
