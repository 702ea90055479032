// SPDX-License-Identifier: Apache-2.0
// One channel with its load and its store stream, in events (docs/memory.md, DMA units and channels).
// Clocks are executed by run(). Writes of loads into scratchpads where nothing can refuse them are settled as
// soon as their deliveries are known; all other accesses to scratchpads are asked for cycle by cycle.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/dram/address_map.h"
#include "models/dram/channel_image.h"
#include "models/dram/event_channel.h"
#include "sim/engine/fast/burst_source.h"
#include "sim/engine/fast/dma_slots.h"
#include "sim/engine/fast/fast_memory.h"
#include "sim/engine/fast/ring.h"
#include "sim/engine/fast/write_trail.h"

namespace vernier::engine {

/// What the streams tell their units.
class IStreamEvents {
 public:
  virtual ~IStreamEvents() = default;
  /// The last burst of the unit's transfer in this channel was accepted: the cycle in which the unit sees it.
  virtual void load_accepted(int channel, uint64_t cycle) = 0;
  virtual void store_accepted(int channel, uint64_t cycle) = 0;
  /// The last burst of the load in this channel is written in `cycle`.
  virtual void load_written(int channel, uint64_t load, uint64_t cycle) = 0;
};

/// A transfer as one of its streams sees it.
struct StreamJob {
  uint64_t load = 0;  ///< number of the load; unused by stores
  isa::Scratchpad scratchpad = isa::Scratchpad::weight;
  uint64_t groups = 1;
  DmaSlots slots;
  bool free = false;             ///< nothing can refuse its writes
  uint64_t step = 0, slack = 0;  ///< write_step(), write_slack()
};

class ChannelStreams {
 public:
  static constexpr uint64_t kNever = IFastMemory::kNever;

  ChannelStreams(const dram::Part& part, const dram::ClockRatio& ratio, int channel, int max_in_flight,
                 int read_latency, IStreamEvents& events, dram::ICommandObserver* observer = nullptr);

  /// Popped in `cycle`. Nothing happens if the transfer has no burst in this channel.
  void start_load(uint64_t cycle, const BurstSource& source, const StreamJob& job);
  void start_store(uint64_t cycle, const BurstSource& source, const StreamJob& job);

  /// Executes the clocks up to `end` - 1, but stops after the one in which the burst before number `last` of
  /// the loads was accepted.
  void run(uint64_t end, uint64_t last = kNever);

  /// A transfer is not done; run() does something that a unit will see.
  [[nodiscard]] bool busy() const { return !at_.unwritten.empty() || store_unaccepted_ > 0; }

  /// Lower bounds, after run(): the cycle in which the unit sees the last burst of its stream accepted (0 if
  /// none is left), and the end of the first load that is not written in this channel.
  [[nodiscard]] uint64_t load_accepted_bound() const;
  [[nodiscard]] uint64_t store_accepted_bound() const;
  [[nodiscard]] uint64_t load_end_bound();

  /// The side of a unit that moves bursts between the scratchpad and this channel.
  enum class Unit { load, store };
  /// The job whose burst is next; only if has_job().
  [[nodiscard]] bool has_job(Unit unit) const;
  [[nodiscard]] const StreamJob& job(Unit unit) const {
    return unit == Unit::load ? at_.unwritten.front().job : store_job_;
  }
  [[nodiscard]] uint64_t turn(Unit unit) const { return job(unit).slots.turn_of(channel_); }
  /// The first cycle >= `cycle` in which the port may have to be asked; kNever if nothing is to be moved.
  [[nodiscard]] uint64_t next_ask(Unit unit, uint64_t cycle);
  /// In `cycle`, the channel's own, a burst is there to be moved.
  [[nodiscard]] bool asks(Unit unit, uint64_t cycle) const;
  /// The claim of `cycle` was granted, or refused and will be until before `until`.
  void granted(Unit unit, uint64_t cycle);
  void refused(Unit unit, uint64_t until);
  [[nodiscard]] uint64_t refused_until(Unit unit) const { return retry_[static_cast<size_t>(unit)]; }

  [[nodiscard]] const dram::EventChannel& channel() const { return dram_; }
  /// Executes the clocks up to `end` - 1, then those until the write queue is empty; all transfers are done.
  void finish(uint64_t end);

 private:
  friend class StreamsAhead;
  struct Unwritten {
    StreamJob job;
    uint64_t end = 0;  // number of the burst after its last
  };
  [[nodiscard]] uint64_t load_offer() const;
  [[nodiscard]] uint64_t store_offer() const;
  [[nodiscard]] uint64_t move_from(Unit unit) const;
  void collect();
  void write(uint64_t cycle);
  void name_row(uint64_t burst);
  void bound_write(uint64_t cycle);
  void watch_credits(uint64_t now);
  [[nodiscard]] uint64_t& ready(uint64_t burst) { return ready_[burst & mask_]; }
  [[nodiscard]] uint64_t ready(uint64_t burst) const { return ready_[burst & mask_]; }

  const dram::ClockRatio& ratio_;
  int channel_;
  uint64_t max_in_flight_;
  uint64_t read_latency_;
  uint64_t read_clocks_;    // from a column command to its delivery
  uint64_t return_clocks_;  // of a forwarded read
  IStreamEvents& events_;
  dram::EventChannel dram_;
  dram::Locator locator_;
  dram::Organisation organisation_;

  /// How far the loads are. Bursts are numbered over all of them.
  struct Position {
    BurstSource load;
    uint64_t load_from = 0;  // clock of the next offer
    uint64_t accepted = 0, written = 0;
    Ring<Unwritten> unwritten;
  };
  Position at_;
  uint64_t mask_;
  std::vector<uint64_t> ready_;     // clock in which the burst is delivered; kNever if not yet known
  std::vector<uint64_t> returned_;  // clock from which the burst does not count as in flight
  // For StreamsAhead, if rows_ is set.
  struct Write {
    uint64_t cycle = 0, ready = 0, late = 0;
  };
  dram::RowNames* rows_ = nullptr;        // hears of every offer
  std::vector<Write>* writes_ = nullptr;  // if set: gets those of loads
  uint64_t late_ = 0;                     // of the last burst written, as in write_trail.h
  std::vector<uint64_t> counts_until_;    // a bound of returned_, whatever the phase
  DmaSlots written_slots_;                // of the last burst written
  bool offers_wait_ = false;              // for bursts in flight, or would in another phase
  uint64_t write_from_ = 0;               // cycle after the last write
  uint64_t write_slots_ = 0;              // own cycles granted to the next burst

  // Stores: bursts numbered over all of them.
  BurstSource store_;
  StreamJob store_job_;
  uint64_t store_unaccepted_ = 0;  // bursts of the store
  uint64_t read_ = 0, stored_ = 0;
  std::vector<uint64_t> offered_;  // clock from which a burst that was read is offered
  std::vector<uint64_t> freed_;    // cycle from which an accepted burst does not count
  std::vector<uint64_t> store_bursts_;
  uint64_t store_from_ = 0;  // clock of the next offer
  uint64_t read_from_ = 0;   // cycle of the next read
  uint64_t read_slots_ = 0;

  std::array<uint64_t, 2> retry_{};
};

}  // namespace vernier::engine
