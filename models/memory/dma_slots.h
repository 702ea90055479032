// SPDX-License-Identifier: Apache-2.0
// Which cycles of a scratchpad's port a DMA channel may use (docs/memory.md, section DMA slots).
#pragma once

#include <algorithm>
#include <cstdint>

#include "models/machine/machine.h"

namespace vernier::memory {

class DmaSlots {
 public:
  DmaSlots(const machine::ScratchpadParams& scratchpad, int burst_bytes, int channels) {
    const int64_t port = scratchpad.port_bits();
    const int64_t burst = int64_t{burst_bytes} * 8;
    const int64_t bursts_per_cycle = std::max<int64_t>(1, port / burst);
    turns_ = static_cast<uint64_t>((channels + bursts_per_cycle - 1) / bursts_per_cycle);
    accesses_ = static_cast<int>((burst + port - 1) / port);
  }
  /// Cycle and channel meet on the wheel.
  [[nodiscard]] bool owns(uint64_t cycle, int channel) const {
    return static_cast<uint64_t>(channel) % turns_ == (cycle + cycle / turns_) % turns_;
  }
  /// Own cycles that a burst takes.
  [[nodiscard]] int accesses() const { return accesses_; }

 private:
  uint64_t turns_ = 1;
  int accesses_ = 1;
};

}  // namespace vernier::memory
