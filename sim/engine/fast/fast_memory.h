// SPDX-License-Identifier: Apache-2.0
// What lies between the DMA instructions and DRAM, as events: the rules of docs/memory.md without visiting
// every cycle. One interface for `ideal` DRAM and for DRAM parts.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "models/dram/command.h"
#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "models/memory/transfer.h"
#include "sim/engine/repetition.h"

namespace vernier::engine {

/// Accesses that may still be granted to a group of a scratchpad in some cycle.
struct PortsLeft {
  bool read = true;
  bool write = true;
  /// Reads and writes come from the same pool of one: only one of both can be granted.
  bool either = false;
};

/// What compute and the vector unit leave of the ports to the store and the load unit. Known for every cycle
/// up to the engine's present, and as a forecast beyond: what is popped later can only take more.
class IPortSchedule {
 public:
  virtual ~IPortSchedule() = default;
  /// Of the worst of the groups in the mask (bit i: group i).
  [[nodiscard]] virtual PortsLeft left(isa::Scratchpad scratchpad, uint64_t groups, uint64_t cycle) const = 0;
  /// A cycle > `cycle` such that left() is the same in all cycles from `cycle` to before it, as things stand.
  [[nodiscard]] virtual uint64_t next_change(isa::Scratchpad scratchpad, uint64_t groups,
                                             uint64_t cycle) const = 0;
  /// Nobody but the DMA units ever makes an access to this scratchpad that could refuse a load's write: the
  /// writes of loads need not ask.
  [[nodiscard]] virtual bool loads_are_free(isa::Scratchpad scratchpad) const = 0;
  /// Nobody is ever refused, and every channel may move a burst in every cycle (PortRules::none).
  [[nodiscard]] virtual bool unlimited() const { return false; }
};

/// A transfer and the groups of the scratchpad that it uses.
struct DmaTransfer {
  memory::Transfer transfer;
  isa::Scratchpad scratchpad = isa::Scratchpad::weight;
  uint64_t groups = 1;
};

/// The load and the store unit with their DRAM. The engine advances it to every cycle in which something may
/// happen, in order; instructions popped in that cycle are started after.
class IFastMemory : public IRepeatable {
 public:
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();
  /// DRAM parts have refreshes, which come at another time in every turn of a loop.
  [[nodiscard]] bool can_repeat(const Loop&) const override { return false; }

  /// A load (store) was popped in `cycle`, the cycle advanced to last. The unit must be free.
  virtual void start_load(uint64_t cycle, const DmaTransfer& transfer) = 0;
  virtual void start_store(uint64_t cycle, const DmaTransfer& transfer) = 0;
  /// A gemm popped in the cycle advanced to holds up the vector unit, which may leave ports that it would
  /// have taken: what next_change() said before does not hold any more.
  virtual void ports_changed() {}

  /// A cycle after the last one advanced to, in which the engine must call advance() again: something may
  /// become visible in it (a unit free, an instruction ended) or ports must be asked. kNever if idle.
  [[nodiscard]] virtual uint64_t next_event() = 0;
  /// Executes everything up to and including `cycle`, not past next_event().
  virtual void advance(uint64_t cycle) = 0;

  /// If the unit became free in the cycle advanced to: true, once.
  virtual bool take_load_free() = 0;
  virtual bool take_store_free() = 0;
  /// Ends of loads (stores), in the order of their starts: if the next one is known, its end (which may lie
  /// in the future), once; else kNever. An end is known at the latest in the cycle it names.
  virtual uint64_t take_load_end() = 0;
  virtual uint64_t take_store_end() = 0;

  [[nodiscard]] virtual uint64_t bursts() const = 0;  ///< moved so far
  /// The run took `cycles` cycles: executes what is left to be counted.
  virtual void finish(uint64_t cycles) { static_cast<void>(cycles); }
  /// Sum over channels, after finish(); all zero for `ideal`.
  [[nodiscard]] virtual dram::ChannelCounts counts() const = 0;
  /// Cycles in which the load (store) unit wanted the port for a burst and was refused.
  [[nodiscard]] virtual uint64_t refused_cycles() const = 0;
};

/// For DramKind::part. `skip` = false: one event per command and burst. `observers`: one per channel, or
/// none; with `skip` none. `ports` and they must outlive the memory.
[[nodiscard]] std::unique_ptr<IFastMemory> make_dram_memory(
    const machine::Machine& machine, const IPortSchedule& ports, bool skip,
    const std::vector<dram::ICommandObserver*>& observers = {});

}  // namespace vernier::engine
