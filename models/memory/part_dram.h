// SPDX-License-Identifier: Apache-2.0
// Channels of a DRAM part, clock by clock, with the streams of both DMA units (docs/memory.md).
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "models/dram/clocked_channel.h"
#include "models/machine/machine.h"
#include "models/memory/dma_path.h"
#include "models/memory/dma_slots.h"
#include "models/memory/load_stream.h"
#include "models/memory/scratchpad_ports.h"
#include "models/memory/store_stream.h"

namespace vernier::memory {

class PartDram : public IDram {
 public:
  /// `observers`: one per channel, or none. All outlive this object.
  PartDram(const machine::Machine& machine, Scratchpads& scratchpads,
           const std::vector<dram::ICommandObserver*>& observers = {});

  IDmaPath& load() override { return load_; }
  IDmaPath& store() override { return store_; }
  void run(uint64_t now) override;

  /// Before run() of a cycle in which the accelerator's work may be over: what the channels have counted is
  /// kept, until their write queues are empty.
  void mark_end();
  /// Empties the write queues that are not empty since the last mark. What the channels did up to then.
  [[nodiscard]] dram::ChannelCounts finish();

  /// What holds in a cycle, for waveforms: in its last clock, or in any of them.
  struct Signals {
    uint32_t reads_queued = 0, writes_queued = 0;
    bool write_mode = false;
    bool refresh = false;                        ///< a refresh was issued
    bool data_read = false, data_write = false;  ///< the data bus moves a burst
  };
  [[nodiscard]] int channels() const { return static_cast<int>(channels_.size()); }
  [[nodiscard]] const Signals& signals(int channel) const { return at(channel).signals; }

 private:
  /// Watches the commands for the waveform and passes them on.
  struct Channel : dram::ICommandObserver {
    Channel(const machine::Machine& machine, const dram::ClockRatio& ratio, dram::ICommandObserver* next);
    void on_command(const dram::Command& command) override;
    void tick();
    void note();

    struct Data {
      uint64_t begin = 0, end = 0;  // clocks
      bool write = false;
    };
    const dram::Timing& timing;
    dram::ICommandObserver* observer;
    dram::ClockedChannel controller;
    LoadStream load;
    StoreStream store;
    bool draining = false;
    dram::ChannelCounts counts;  // at the last mark or when the write queue was empty after it
    std::deque<Data> data;
    Signals signals;
  };

  class Load : public IDmaPath {
   public:
    explicit Load(PartDram& dram) : dram_(dram) {}
    [[nodiscard]] bool free(uint64_t now) const override;
    void start(const DmaTransfer& transfer, uint64_t now) override;
    int move(uint64_t now) override;
    [[nodiscard]] uint64_t refused_cycles() const override { return refused_cycles_; }
    [[nodiscard]] bool refused() const override { return refused_; }

   private:
    struct Flight {
      DmaTransfer transfer;
      int channels = 0;  // with bursts that are not written
    };
    PartDram& dram_;
    std::deque<Flight> transfers_;  // not ended
    uint64_t first_ = 0;            // number of the first of them
    bool refused_ = false;
    uint64_t refused_cycles_ = 0;
  };

  class Store : public IDmaPath {
   public:
    explicit Store(PartDram& dram) : dram_(dram) {}
    [[nodiscard]] bool free(uint64_t) const override { return !active_; }
    void start(const DmaTransfer& transfer, uint64_t now) override;
    int move(uint64_t now) override;
    [[nodiscard]] uint64_t refused_cycles() const override { return refused_cycles_; }
    [[nodiscard]] bool refused() const override { return refused_; }

   private:
    PartDram& dram_;
    bool active_ = false;
    DmaTransfer transfer_;
    bool refused_ = false;
    uint64_t refused_cycles_ = 0;
  };

  [[nodiscard]] Channel& at(int channel) { return *channels_[static_cast<size_t>(channel)]; }
  [[nodiscard]] const Channel& at(int channel) const { return *channels_[static_cast<size_t>(channel)]; }
  [[nodiscard]] const DmaSlots& slots(isa::Scratchpad scratchpad) const {
    return slots_[static_cast<size_t>(scratchpad)];
  }

  const machine::Machine& machine_;
  Scratchpads& scratchpads_;
  dram::ClockRatio ratio_;
  std::vector<DmaSlots> slots_;  // by scratchpad
  std::vector<std::unique_ptr<Channel>> channels_;
  Load load_;
  Store store_;
};

}  // namespace vernier::memory
