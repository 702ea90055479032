// SPDX-License-Identifier: Apache-2.0
#include "models/memory/transfer.h"

namespace vernier::memory {
namespace {

uint64_t row_bursts(uint64_t address, uint64_t bytes, uint64_t burst) {
  return (address + bytes + burst - 1) / burst - address / burst;
}

}  // namespace

uint64_t burst_count(const Transfer& transfer, int burst_bytes) {
  const auto burst = static_cast<uint64_t>(burst_bytes);
  if (transfer.stride % burst == 0) {
    return transfer.rows * row_bursts(transfer.dram, transfer.row_bytes, burst);
  }
  uint64_t total = 0;
  for (uint64_t row = 0; row < transfer.rows; ++row) {
    total += row_bursts(transfer.dram + row * transfer.stride, transfer.row_bytes, burst);
  }
  return total;
}

bool overlap_in_dram(const Transfer& a, const Transfer& b) {
  const auto end = [](const Transfer& t) { return t.dram + (t.rows - 1) * t.stride + t.row_bytes; };
  if (a.dram >= end(b) || b.dram >= end(a)) return false;
  // Rows of each are in ascending order: merge them.
  uint64_t i = 0;
  uint64_t j = 0;
  while (i < a.rows && j < b.rows) {
    const uint64_t a_begin = a.dram + i * a.stride;
    const uint64_t b_begin = b.dram + j * b.stride;
    if (a_begin < b_begin + b.row_bytes && b_begin < a_begin + a.row_bytes) return true;
    if (a_begin + a.row_bytes <= b_begin) {
      ++i;
    } else {
      ++j;
    }
  }
  return false;
}

}  // namespace vernier::memory
