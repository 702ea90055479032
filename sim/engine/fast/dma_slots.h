// SPDX-License-Identifier: Apache-2.0
// Which cycles belong to which channels, and how many a burst needs (docs/memory.md, section DMA slots).
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/divisor.h"

namespace vernier::engine {

class DmaSlots {
 public:
  DmaSlots() = default;
  DmaSlots(int64_t port_bits, int64_t burst_bits, int channels)
      : turns_(static_cast<uint64_t>((channels + width(port_bits, burst_bits) - 1) /
                                     width(port_bits, burst_bits))),
        cycles_(static_cast<uint64_t>((burst_bits + port_bits - 1) / port_bits)) {}

  [[nodiscard]] uint64_t turns() const { return turns_.value(); }  ///< R
  [[nodiscard]] uint64_t cycles() const { return cycles_; }        ///< B: own cycles of a burst
  [[nodiscard]] bool operator==(const DmaSlots& o) const {
    return turns() == o.turns() && cycles_ == o.cycles_;
  }
  [[nodiscard]] uint64_t turn_of(int channel) const {
    return turns_.remainder(static_cast<uint64_t>(channel));
  }

  [[nodiscard]] bool owns(uint64_t turn, uint64_t cycle) const {
    return turns_.remainder(cycle + turns_.quotient(cycle)) == turn;
  }
  /// The first cycle >= `cycle` of the channels with this turn.
  [[nodiscard]] uint64_t next(uint64_t turn, uint64_t cycle) const {
    const uint64_t round = turns_.quotient(cycle);
    const uint64_t own = round * turns() + place(turn, round);
    return own >= cycle ? own : (round + 1) * turns() + place(turn, round + 1);
  }
  /// The cycle in which a burst of such a channel has been moved that has its first cycle not before `cycle`.
  [[nodiscard]] uint64_t after(uint64_t turn, uint64_t cycle) const {
    uint64_t own = next(turn, cycle);
    for (uint64_t slot = 1; slot < cycles_; ++slot) own = next(turn, own + 1);
    return own;
  }
  /// Own cycles in [0, cycle).
  [[nodiscard]] uint64_t before(uint64_t turn, uint64_t cycle) const {
    const uint64_t round = turns_.quotient(cycle);
    return round + (place(turn, round) < turns_.remainder(cycle) ? 1 : 0);
  }

 private:
  /// Bursts per cycle.
  static int width(int64_t port_bits, int64_t burst_bits) {
    return static_cast<int>(std::clamp<int64_t>(port_bits / burst_bits, 1, 1 << 20));
  }
  [[nodiscard]] uint64_t place(uint64_t turn, uint64_t round) const {
    return turns_.remainder(turn + turns() - turns_.remainder(round));
  }

  Divisor turns_{1};
  uint64_t cycles_ = 1;
};

}  // namespace vernier::engine
