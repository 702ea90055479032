// SPDX-License-Identifier: Apache-2.0
// Which tensor has which bytes of a pooled scratchpad, from when to when (docs/scheduler.md, Execution).
#pragma once

#include <cstdint>
#include <vector>

#include "models/isa/instruction.h"

namespace vernier::memory {

/// Follows the instructions of a pooled program. A region is taken when the first instruction that touches it
/// starts, filled when all that write it have ended, freed when all that touch it have.
class AllocationTable {
 public:
  /// Goes through the program once, to count who touches what; not if it is not pooled.
  explicit AllocationTable(const isa::Program& program);

  /// Throws InputError PRG056, with the cycle and the instruction: a region is read before it is filled, or
  /// taken while another has some of its bytes; and PRG012 (pool_access).
  void start(const isa::IssuedInstruction& issued, uint64_t cycle);
  void end(const isa::IssuedInstruction& issued);

  [[nodiscard]] uint64_t occupied_bytes() const { return occupied_bytes_; }
  [[nodiscard]] uint64_t peak_bytes() const { return peak_bytes_; }
  [[nodiscard]] uint32_t live_regions() const { return static_cast<uint32_t>(live_.size()); }

 private:
  struct Entry {
    uint64_t accesses = 0, writes = 0;  ///< of the whole program, less those that have ended
    bool live = false;
  };
  void take(uint32_t region, const isa::IssuedInstruction& issued, uint64_t cycle);

  const isa::Program& program_;
  std::vector<Entry> entries_;  ///< as Program::pool
  std::vector<uint32_t> live_;
  uint64_t occupied_bytes_ = 0, peak_bytes_ = 0;
};

}  // namespace vernier::memory
