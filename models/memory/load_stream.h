// SPDX-License-Identifier: Apache-2.0
// The load unit's part for one DRAM channel: offers the bursts of its transfers to the channel and puts what
// comes back, in order, at the scratchpad's port (docs/memory.md, section DMA units and channels).
//
// In every accelerator cycle the channel's clocks come first (offer, accept, deliver), then the port (ready,
// write). begin() may come before or after them.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "models/dram/address_map.h"
#include "models/memory/burst_walk.h"

namespace vernier::memory {

class LoadStream {
 public:
  /// `ratio` outlives the stream.
  LoadStream(const dram::ClockRatio& ratio, int max_in_flight)
      : ratio_(ratio), max_in_flight_(static_cast<size_t>(max_in_flight)) {}

  /// Transfer number `transfer` was popped in cycle `now`; every burst of the one before was accepted.
  void begin(uint64_t transfer, const BurstWalk& bursts, uint64_t now);
  /// The unit knows in cycle `now` that no burst is left to be accepted.
  [[nodiscard]] bool all_accepted(uint64_t now) const { return bursts_.done() && now >= accepted_from_; }

  struct Offer {
    uint64_t burst = 0;
    uint64_t tag = 0;
  };
  /// What the stream offers to the channel in this clock.
  [[nodiscard]] std::optional<Offer> offer(uint64_t clock) const;
  /// The offer of this clock was accepted.
  void accept(uint64_t clock);
  /// The channel delivers the burst in `clock`, which may lie a clock ahead.
  void deliver(uint64_t tag, uint64_t clock);

  /// The next burst in order has come and is not written.
  [[nodiscard]] bool ready(uint64_t now) const {
    return !in_flight_.empty() && in_flight_.front().ready_from <= now;
  }
  /// The transfer it belongs to.
  [[nodiscard]] uint64_t transfer() const { return in_flight_.front().transfer; }
  /// It was granted one of the `accesses` to the port that it takes. True if it was the last one, and the
  /// burst the transfer's last one in this channel.
  bool write(int accesses);

  /// Bursts accepted and not written.
  [[nodiscard]] size_t in_flight() const { return in_flight_.size(); }

 private:
  struct Burst {
    uint64_t transfer = 0;
    bool last = false;  // of the transfer, in this channel
    uint64_t ready_from = UINT64_MAX;
  };
  const dram::ClockRatio& ratio_;
  size_t max_in_flight_;
  BurstWalk bursts_;  // of the current transfer, to be accepted
  uint64_t transfer_ = 0;
  uint64_t offer_from_ = 0;     // clock
  uint64_t accepted_from_ = 0;  // cycle
  std::deque<Burst> in_flight_;
  uint64_t first_tag_ = 0;  // of in_flight_
  int written_accesses_ = 0;
};

}  // namespace vernier::memory
