// SPDX-License-Identifier: Apache-2.0
// The load and the store unit with the channels of a DRAM part (docs/memory.md).
#pragma once

#include <array>
#include <vector>

#include "models/dram/address_map.h"
#include "sim/engine/fast/channel_streams.h"
#include "sim/engine/fast/fast_memory.h"
#include "sim/engine/fast/ring.h"
#include "sim/engine/fast/streams_ahead.h"

namespace vernier::engine {

class DramMemory : public IFastMemory, private IStreamEvents {
 public:
  /// `skip` = false: one event per command, which `observers` see if there are any: one per channel.
  DramMemory(const machine::Machine& machine, const IPortSchedule& ports, bool skip,
             const std::vector<dram::ICommandObserver*>& observers);

  void start_load(uint64_t cycle, const DmaTransfer& transfer) override;
  void start_store(uint64_t cycle, const DmaTransfer& transfer) override;
  void ports_changed() override;
  [[nodiscard]] uint64_t next_event() override;
  void advance(uint64_t cycle) override;
  bool take_load_free() override { return take_free(load_); }
  bool take_store_free() override { return take_free(store_); }
  uint64_t take_load_end() override;
  uint64_t take_store_end() override;
  [[nodiscard]] uint64_t bursts() const override { return bursts_; }
  void finish(uint64_t cycles) override;
  [[nodiscard]] dram::ChannelCounts counts() const override;
  [[nodiscard]] uint64_t refused_cycles() const override { return refused_; }
  /// Of the channels, if stretches are skipped.
  [[nodiscard]] const std::vector<StreamsAhead>& ahead() const { return ahead_; }

 private:
  using Unit = ChannelStreams::Unit;
  /// What the channels with bursts of a transfer have told: the cycle of something, or kNever as long as they
  /// have not.
  struct Told {
    std::vector<uint64_t> cycles;  // of every channel; 0 = no burst
    uint64_t missing = 0;
    void tell(int channel, uint64_t cycle);
    [[nodiscard]] uint64_t latest() const;
  };
  struct Stream {
    Told accepted;
    uint64_t end = kNever;  // store: not taken yet
    bool busy = false;      // popped, not free
    bool freed = false;     // in the cycle advanced to, not taken yet
  };
  /// Channels that are refused until some cycle: they go on claiming in their cycles.
  struct Waiting {
    DmaSlots slots;
    uint64_t turn = 0;
  };

  void load_accepted(int channel, uint64_t cycle) override;
  void store_accepted(int channel, uint64_t cycle) override;
  void load_written(int channel, uint64_t load, uint64_t cycle) override;

  [[nodiscard]] StreamJob job_of(const DmaTransfer& transfer) const;
  [[nodiscard]] bool is_ahead(size_t channel) const { return !ahead_.empty() && ahead_[channel].active(); }
  [[nodiscard]] uint64_t find_event();
  bool take_free(Stream& stream);
  void run_ahead();
  void foresee_end(uint64_t until);
  [[nodiscard]] uint64_t find_end(uint64_t until);
  void free_units(uint64_t cycle);
  void move_bursts(uint64_t cycle);
  bool move_stores(uint64_t cycle);
  void move_loads(uint64_t cycle, bool store_granted);
  void count_waiting(Unit unit, uint64_t cycle);
  void note_waiting(Unit unit, uint64_t cycle);

  const machine::Machine& machine_;
  const IPortSchedule& ports_;
  dram::ClockRatio ratio_;
  std::vector<ChannelStreams> channels_;
  StretchTable table_;
  CourseTable courses_;
  std::vector<StreamsAhead> ahead_;  // of the channels, if stretches are skipped
  uint64_t now_ = 0;
  uint64_t next_ = kNever;
  bool next_known_ = true;
  Stream load_, store_;
  DmaTransfer storing_;
  Ring<Told> loads_;  // written; not taken yet
  uint64_t first_load_ = 0;
  uint64_t last_end_ = 0;
  uint64_t bursts_ = 0;
  uint64_t refused_ = 0;
  uint64_t moved_ = 0;  // cycle after the last one in which ports were asked
  std::array<std::vector<Waiting>, 2> waiting_;
};

}  // namespace vernier::engine
