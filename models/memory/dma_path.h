// SPDX-License-Identifier: Apache-2.0
// Between a DMA unit and DRAM: one interface for every kind of DRAM (docs/memory.md).
#pragma once

#include <cstdint>

#include "models/dram/command.h"
#include "models/isa/instruction.h"
#include "models/memory/transfer.h"

namespace vernier::memory {

/// A transfer as a DMA unit sees it.
struct DmaTransfer {
  Transfer transfer;
  isa::Scratchpad scratchpad = isa::Scratchpad::weight;
  uint64_t groups = 1;  ///< of the scratchpad, bit i: group i
};

/// The way of one unit's bursts. In every cycle the calls come in this order: free and start at the clock
/// edge, then IDram::run, then move of the store's path, then move of the load's path.
class IDmaPath {
 public:
  virtual ~IDmaPath() = default;
  /// The unit may pop a transfer in this cycle.
  [[nodiscard]] virtual bool free(uint64_t now) const = 0;
  /// It pops one.
  virtual void start(const DmaTransfer& transfer, uint64_t now) = 0;
  /// The unit's turn at the ports: moves bursts. Returns how many transfers, oldest first, end with this
  /// cycle: their end is now + 1.
  virtual int move(uint64_t now) = 0;
  /// Cycles in which a burst was to be moved and a port refused.
  [[nodiscard]] virtual uint64_t refused_cycles() const = 0;
  /// A port refused in the last cycle moved.
  [[nodiscard]] virtual bool refused() const = 0;
};

/// A DRAM with the ways to it.
class IDram {
 public:
  virtual ~IDram() = default;
  virtual IDmaPath& load() = 0;
  virtual IDmaPath& store() = 0;
  /// What the DRAM does in a cycle by itself: its clocks.
  virtual void run(uint64_t now) = 0;
};

}  // namespace vernier::memory
