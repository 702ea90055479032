// SPDX-License-Identifier: Apache-2.0
// The bursts of a transfer in one DRAM channel: row by row, in address order; rows share none
// (docs/memory.md, section Organisation).
#pragma once

#include <cstdint>

#include "models/dram/address_map.h"
#include "models/memory/transfer.h"

namespace vernier::memory {

class BurstWalk {
 public:
  BurstWalk() = default;
  /// `memory` outlives the walk.
  BurstWalk(const dram::Memory& memory, int channel, const Transfer& transfer)
      : memory_(&memory), channel_(channel), transfer_(transfer) {
    find_row();
  }

  [[nodiscard]] bool done() const { return run_.count == 0; }
  /// Number of the burst in its channel; not if done().
  [[nodiscard]] uint64_t current() const { return run_.first; }
  void advance() {
    ++run_.first;
    if (--run_.count == 0) find_row();
  }

 private:
  /// The next row with bursts in this channel.
  void find_row() {
    for (; run_.count == 0 && row_ < transfer_.rows; ++row_) {
      const uint64_t begin = transfer_.dram + row_ * transfer_.stride;
      run_ = dram::bursts_of(*memory_, channel_, begin, begin + transfer_.row_bytes);
    }
  }

  const dram::Memory* memory_ = nullptr;
  int channel_ = 0;
  Transfer transfer_;
  uint64_t row_ = 0;  // behind the current one
  dram::BurstRun run_;
};

}  // namespace vernier::memory
