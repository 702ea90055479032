// SPDX-License-Identifier: Apache-2.0
// The bursts of a transfer in one channel, in the order in which its stream moves them.
#pragma once

#include <cstdint>

#include "models/dram/address_map.h"
#include "models/memory/transfer.h"

namespace vernier::engine {

class BurstSource {
 public:
  BurstSource() = default;
  BurstSource(const dram::Memory& memory, int channel, const memory::Transfer& transfer);

  [[nodiscard]] uint64_t remaining() const { return remaining_; }
  /// The next burst's number in its channel; remaining() > 0.
  [[nodiscard]] uint64_t peek() const { return run_.first; }
  /// Bursts with consecutive numbers from peek() on.
  [[nodiscard]] uint64_t consecutive() const { return run_.count; }
  /// Moves on by `count` <= consecutive() bursts.
  void skip(uint64_t count);

 private:
  void next_run();

  const dram::Memory* memory_ = nullptr;
  int channel_ = 0;
  memory::Transfer transfer_;
  uint64_t row_ = 0;  // the next one
  uint64_t remaining_ = 0;
  dram::BurstRun run_;
};

}  // namespace vernier::engine
