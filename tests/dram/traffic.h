// SPDX-License-Identifier: Apache-2.0
// Random requests with the habits of real ones: runs of neighbours, returns to a few rows, jumps, pauses.
#pragma once

#include <cstdint>
#include <random>

#include "models/dram/clocked_channel.h"
#include "models/dram/event_channel.h"

namespace vernier::dram {

inline void wait_for_room(ClockedChannel& channel) { channel.tick(); }
inline void wait_for_room(EventChannel& channel) { channel.advance_to_column(); }
inline void skip(ClockedChannel& channel, uint64_t clocks) {
  while (clocks-- > 0) channel.tick();
}
inline void skip(EventChannel& channel, uint64_t clocks) { channel.advance(channel.clock() + clocks); }

/// Drives `requests` bursts, at most one a clock.
template <typename Channel>
void drive(Channel& channel, const Part& part, uint64_t requests, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&random](uint64_t limit) { return random() % limit; };
  const uint64_t bursts =
      part.organisation.capacity_bytes() / static_cast<uint64_t>(part.organisation.burst_bytes);
  const auto row = static_cast<uint64_t>(part.organisation.columns());
  uint64_t at = 0;
  while (requests > 0) {
    // A phase: where it goes, how often it writes, how often it pauses.
    const uint64_t span = below(3) == 0 ? bursts : 1 + below(row * 64);
    const uint64_t base = below(bursts);
    const uint64_t writes = below(5) * 25;  // in hundred
    const uint64_t pauses = below(3) == 0 ? 20 : 0;
    const bool sequential = below(2) == 0;
    for (uint64_t i = below(400) + 1; i > 0 && requests > 0; --i, --requests) {
      at = (sequential && below(16) != 0 ? at + 1 : base + below(span)) % bursts;
      const bool write = below(100) < writes;
      while (!(write ? channel.offer_write(at) : channel.offer_read(at, 0))) wait_for_room(channel);
      skip(channel, below(100) < pauses ? below(300) + 1 : 1);
      while (channel.delivered()) {
      }
    }
  }
}

}  // namespace vernier::dram
