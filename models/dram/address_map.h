// SPDX-License-Identifier: Apache-2.0
// Where an address lies: channel, and bank, row, column in it (docs/memory.md, section Organisation).
#pragma once

#include <cstdint>

#include "base/divisor.h"
#include "models/dram/part.h"

namespace vernier::dram {

struct Location {
  int rank = 0, bank_group = 0, bank = 0;  ///< bank within its group
  int64_t row = 0, column = 0;             ///< column counts bursts

  /// rank-major number of the bank within the channel: (rank * bank_groups + bank_group) * banks_per_group +
  /// bank.
  [[nodiscard]] int flat_bank(const Organisation& organisation) const {
    return (rank * organisation.bank_groups + bank_group) * organisation.banks_per_group + bank;
  }
};

/// Consecutive bursts of one channel.
struct BurstRun {
  uint64_t first = 0;  ///< local address / burst_bytes
  uint64_t count = 0;
};

/// Of the burst with number `burst` (local address / burst_bytes) of a channel. Numbers beyond the capacity
/// wrap around.
[[nodiscard]] Location locate(const Part& part, uint64_t burst);

/// The bursts of channel `channel` that the bytes [begin, end) of the memory touch; count 0 if none.
[[nodiscard]] BurstRun bursts_of(const Memory& memory, int channel, uint64_t begin, uint64_t end);

/// The two clocks of an accelerator with DRAM, edges together at 0 (docs/memory.md, section Two clocks).
class ClockRatio {
 public:
  /// Frequencies in Hz, > 0; reduced by their greatest common divisor.
  ClockRatio(uint64_t accelerator_hz, uint64_t dram_hz);
  /// First accelerator cycle that begins at or after DRAM clock n.
  [[nodiscard]] uint64_t cycle_of(uint64_t clock) const;
  /// First DRAM clock that begins at or after accelerator cycle c.
  [[nodiscard]] uint64_t clock_of(uint64_t cycle) const;
  /// After this many accelerator cycles (DRAM clocks) the edges meet again.
  [[nodiscard]] uint64_t cycles_per_period() const { return accelerator_.value(); }
  [[nodiscard]] uint64_t clocks_per_period() const { return dram_.value(); }

 private:
  Divisor accelerator_{1}, dram_{1};
};

}  // namespace vernier::dram
