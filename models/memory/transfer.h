// SPDX-License-Identifier: Apache-2.0
// What a strided transfer costs on the DRAM bus.
#pragma once

#include <cstdint>

namespace vernier::memory {

/// A 2-D transfer: `rows` rows of `row_bytes` bytes, `stride` bytes apart in DRAM, packed on chip.
struct Transfer {
  uint64_t dram = 0;
  uint64_t rows = 0;
  uint64_t row_bytes = 0;
  uint64_t stride = 0;

  [[nodiscard]] uint64_t bytes() const { return rows * row_bytes; }
};

/// Bursts of the transfer: every row touches each aligned burst it overlaps; rows share none.
[[nodiscard]] uint64_t burst_count(const Transfer& transfer, int burst_bytes);

/// True if the DRAM bytes of two transfers overlap. O(rows of both).
[[nodiscard]] bool overlap_in_dram(const Transfer& a, const Transfer& b);

}  // namespace vernier::memory
