// SPDX-License-Identifier: Apache-2.0
// The store unit's part for one DRAM channel: reads the bursts of a transfer at the scratchpad's port and
// offers them, in order, to the channel (docs/memory.md, section DMA units and channels).
//
// In every accelerator cycle the channel's clocks come first (offer, accept), then the port (ready, read).
// begin() may come before or after them.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "models/dram/address_map.h"
#include "models/memory/burst_walk.h"

namespace vernier::memory {

class StoreStream {
 public:
  /// `ratio` outlives the stream.
  StoreStream(const dram::ClockRatio& ratio, int max_in_flight, int read_latency_cycles)
      : ratio_(ratio),
        max_in_flight_(static_cast<size_t>(max_in_flight)),
        read_latency_(static_cast<uint64_t>(read_latency_cycles)) {}

  /// A transfer was popped in cycle `now`; every burst of the one before was accepted.
  void begin(const BurstWalk& bursts, uint64_t now);
  /// If every burst was accepted: the first cycle in which the unit knows.
  [[nodiscard]] std::optional<uint64_t> accepted_from() const;

  /// The burst that the stream offers to the channel in this clock.
  [[nodiscard]] std::optional<uint64_t> offer(uint64_t clock) const;
  /// The offer of this clock was accepted.
  void accept(uint64_t clock);

  /// There is a burst to be read, and room for it.
  [[nodiscard]] bool ready(uint64_t now) const;
  /// It was granted one of the `accesses` to the port that it takes, in cycle `now`.
  void read(uint64_t now, int accesses);

  /// Bursts read and not accepted, as the unit knows in cycle `now`.
  [[nodiscard]] size_t in_flight(uint64_t now) const;

 private:
  struct Burst {
    uint64_t burst = 0;
    uint64_t offer_from = 0;  // clock
  };
  const dram::ClockRatio& ratio_;
  size_t max_in_flight_;
  uint64_t read_latency_;
  BurstWalk bursts_;  // of the transfer, to be read
  uint64_t read_from_ = 0;
  int read_accesses_ = 0;
  std::deque<Burst> read_;
  std::deque<uint64_t> accepted_;  // cycles from which the unit knows of acceptances, the last Q
};

}  // namespace vernier::memory
