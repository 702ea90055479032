// SPDX-License-Identifier: Apache-2.0
// Which cycles belong to which channels, and how many a burst needs (docs/memory.md, section DMA slots).
#pragma once

#include <algorithm>
#include <cstdint>

namespace vernier::engine {

class DmaSlots {
 public:
  DmaSlots() = default;
  DmaSlots(int64_t port_bits, int64_t burst_bits, int channels)
      : turns_(static_cast<uint64_t>((channels + width(port_bits, burst_bits) - 1) /
                                     width(port_bits, burst_bits))),
        cycles_(static_cast<uint64_t>((burst_bits + port_bits - 1) / port_bits)) {}

  [[nodiscard]] uint64_t turns() const { return turns_; }    ///< R
  [[nodiscard]] uint64_t cycles() const { return cycles_; }  ///< B: own cycles of a burst
  [[nodiscard]] bool operator==(const DmaSlots& o) const {
    return turns_ == o.turns_ && cycles_ == o.cycles_;
  }
  [[nodiscard]] uint64_t turn_of(int channel) const { return static_cast<uint64_t>(channel) % turns_; }

  [[nodiscard]] bool owns(uint64_t turn, uint64_t cycle) const {
    return (cycle + cycle / turns_) % turns_ == turn;
  }
  /// The first cycle >= `cycle` of the channels with this turn.
  [[nodiscard]] uint64_t next(uint64_t turn, uint64_t cycle) const {
    if (turns_ == 1) return cycle;
    const uint64_t round = cycle / turns_;
    const uint64_t own = round * turns_ + place(turn, round);
    return own >= cycle ? own : (round + 1) * turns_ + place(turn, round + 1);
  }
  /// Own cycles in [0, cycle).
  [[nodiscard]] uint64_t before(uint64_t turn, uint64_t cycle) const {
    const uint64_t round = cycle / turns_;
    return round + (place(turn, round) < cycle % turns_ ? 1 : 0);
  }

 private:
  /// Bursts per cycle.
  static int width(int64_t port_bits, int64_t burst_bits) {
    return static_cast<int>(std::clamp<int64_t>(port_bits / burst_bits, 1, 1 << 20));
  }
  [[nodiscard]] uint64_t place(uint64_t turn, uint64_t round) const {
    return (turn + turns_ - round % turns_) % turns_;
  }

  uint64_t turns_ = 1;
  uint64_t cycles_ = 1;
};

}  // namespace vernier::engine
