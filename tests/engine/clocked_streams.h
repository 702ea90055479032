// SPDX-License-Identifier: Apache-2.0
// The DMA streams of docs/memory.md cycle by cycle and clock by clock, in the words of that page and with no
// regard to speed: the witness of DramMemory.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "models/dram/clocked_channel.h"
#include "models/machine/machine.h"
#include "sim/engine/fast/fast_memory.h"
#include "tests/dram/checked_channels.h"

namespace vernier::engine {

class ClockedStreams {
 public:
  ClockedStreams(const machine::Machine& machine, const IPortSchedule& ports)
      : machine_(machine),
        ports_(ports),
        memory_(machine.dram.memory),
        ratio_(static_cast<uint64_t>(machine.clock_hz), memory_.part.clock_hz),
        checked_(memory_) {
    for (dram::ICommandObserver* checker : checked_.observers())
      channels_.emplace_back(memory_.part, checker);
  }

  /// A cycle is: begin(c), then what is popped in it, then end(c).
  void begin(uint64_t cycle) {
    const bool store_granted = move_store(cycle);
    move_load(cycle, store_granted);
    load_free = load_busy_ && all_accepted(true) && cycle >= load_seen_;
    store_free = store_busy_ && all_accepted(false) && cycle >= store_seen_;
    if (load_free) load_busy_ = false;
    if (store_free) store_busy_ = false;
  }
  void end(uint64_t cycle) {
    for (uint64_t n = ratio_.clock_of(cycle); n < ratio_.clock_of(cycle + 1); ++n) {
      for (Channel& channel : channels_) clock(channel, n);
    }
  }
  /// In the cycle begun last.
  bool load_free = false, store_free = false;
  /// Of loads, in order; 0 = not yet.
  std::vector<uint64_t> load_ends;
  uint64_t refused = 0, bursts = 0;

  void pop_load(uint64_t cycle, const DmaTransfer& transfer) {
    load_busy_ = true;
    load_seen_ = 0;
    load_ends.push_back(0);
    unwritten_.push_back(0);
    for_each_burst(transfer.transfer, [&](int c, uint64_t local) {
      channels_[static_cast<size_t>(c)].to_load.push_back(
          {local, load_ends.size() - 1, ratio_.clock_of(cycle + 1), transfer});
      ++unwritten_.back();
    });
  }
  void pop_store(uint64_t cycle, const DmaTransfer& transfer) {
    store_busy_ = true;
    store_seen_ = 0;
    for_each_burst(transfer.transfer, [&](int c, uint64_t local) {
      channels_[static_cast<size_t>(c)].to_read.push_back({local, 0, cycle + 1, transfer});
    });
  }
  /// After the last cycle.
  dram::ChannelCounts finish() {
    dram::ChannelCounts sum;
    uint64_t clocks = 0;
    for (Channel& channel : channels_) {
      while (channel.dram.writes_queued() > 0) channel.dram.tick();
      sum += channel.dram.counts();
      clocks = std::max(clocks, channel.dram.clock());
    }
    checked_.expect_clean(clocks, sum);
    return sum;
  }

 private:
  struct Burst {
    uint64_t local = 0;
    size_t load = 0;
    uint64_t from = 0;  // clock (load) or cycle (store) from which it may move
    DmaTransfer transfer;
  };
  struct Flying {  // accepted read, in order
    Burst burst;
    std::optional<uint64_t> delivered;  // clock
    std::optional<uint64_t> written;    // cycle
    int slots = 0;
  };
  struct Read {  // burst of a store, in order
    Burst burst;
    uint64_t offered = 0;              // clock from which
    std::optional<uint64_t> accepted;  // clock
  };
  struct Channel {
    Channel(const dram::Part& part, dram::ICommandObserver* checker) : dram(part, checker) {}
    dram::ClockedChannel dram;
    std::deque<Burst> to_load, to_read;
    std::deque<Flying> flying;
    uint64_t first_flying = 0;  // tag of flying.front()
    std::deque<Read> read;
    int read_slots = 0;
  };

  void for_each_burst(const memory::Transfer& transfer, const std::function<void(int, uint64_t)>& visit) {
    const auto size = static_cast<uint64_t>(memory_.part.organisation.burst_bytes);
    for (uint64_t row = 0; row < transfer.rows; ++row) {
      const uint64_t begin = transfer.dram + row * transfer.stride;
      for (uint64_t a = begin / size * size; a < begin + transfer.row_bytes; a += size) {
        const uint64_t granule = a / memory_.interleave_bytes;
        const auto channels = static_cast<uint64_t>(memory_.channels);
        const uint64_t local = granule / channels * memory_.interleave_bytes + a % memory_.interleave_bytes;
        visit(static_cast<int>(granule % channels), local / size);
        ++bursts;
      }
    }
  }

  [[nodiscard]] const machine::ScratchpadParams& spad(isa::Scratchpad which) const {
    return which == isa::Scratchpad::weight       ? machine_.weight_spad
           : which == isa::Scratchpad::activation ? machine_.activation_spad
                                                  : machine_.output_spad;
  }
  [[nodiscard]] int64_t burst_bits() const { return int64_t{8} * memory_.part.organisation.burst_bytes; }
  [[nodiscard]] bool owns(size_t channel, isa::Scratchpad which, uint64_t t) const {
    const auto w = static_cast<uint64_t>(std::max<int64_t>(1, spad(which).port_bits() / burst_bits()));
    const uint64_t r = (channels_.size() + w - 1) / w;
    return channel % r == (t + t / r) % r;
  }
  [[nodiscard]] int own_cycles(isa::Scratchpad which) const {
    return static_cast<int>((burst_bits() + spad(which).port_bits() - 1) / spad(which).port_bits());
  }

  bool move_store(uint64_t cycle) {
    bool granted = false;
    bool was_refused = false;
    for (size_t c = 0; c < channels_.size(); ++c) {
      Channel& channel = channels_[c];
      if (channel.to_read.empty()) continue;
      const Burst burst = channel.to_read.front();
      while (!channel.read.empty() && channel.read.front().accepted &&
             ratio_.cycle_of(*channel.read.front().accepted + 1) <= cycle) {
        channel.read.pop_front();
      }
      if (cycle < burst.from || static_cast<int>(channel.read.size()) >= machine_.dma_max_in_flight ||
          !owns(c, burst.transfer.scratchpad, cycle)) {
        continue;
      }
      stored_ = burst.transfer;
      if (!ports_.left(stored_.scratchpad, stored_.groups, cycle).read) {
        was_refused = true;
        continue;
      }
      granted = true;
      if (++channel.read_slots < own_cycles(stored_.scratchpad)) continue;
      channel.read_slots = 0;
      const auto latency = static_cast<uint64_t>(machine_.output_spad.read_latency_cycles);
      channel.read.push_back({burst, ratio_.clock_of(cycle + latency), std::nullopt});
      channel.to_read.pop_front();
    }
    refused += was_refused ? 1 : 0;
    return granted;
  }

  void move_load(uint64_t cycle, bool store_granted) {
    bool was_refused = false;
    for (size_t c = 0; c < channels_.size(); ++c) {
      Channel& channel = channels_[c];
      for (Flying& next : channel.flying) {
        if (next.written) continue;
        const DmaTransfer& to = next.burst.transfer;
        if (!next.delivered || ratio_.cycle_of(*next.delivered) > cycle || !owns(c, to.scratchpad, cycle))
          break;
        bool granted = ports_.left(to.scratchpad, to.groups, cycle).write;
        if (store_granted && stored_.scratchpad == to.scratchpad && (stored_.groups & to.groups) != 0) {
          granted = granted && !ports_.left(to.scratchpad, stored_.groups & to.groups, cycle).either;
        }
        if (!granted) {
          was_refused = true;
        } else if (++next.slots == own_cycles(to.scratchpad)) {
          next.written = cycle;
          if (--unwritten_[next.burst.load] == 0) end_load(next.burst.load, cycle + 1);
        }
        break;
      }
    }
    refused += was_refused ? 1 : 0;
  }

  void end_load(size_t load, uint64_t cycle) {
    load_ends[load] = cycle;
    // Not before the loads popped before it.
    uint64_t latest = 0;
    for (size_t i = 0; i < load_ends.size() && load_ends[i] > 0; ++i) {
      latest = load_ends[i] = std::max(load_ends[i], latest);
    }
  }

  void clock(Channel& channel, uint64_t n) {
    while (const auto delivery = channel.dram.delivered()) {
      channel.flying[delivery->tag - channel.first_flying].delivered = delivery->clock;
    }
    while (!channel.flying.empty() && channel.flying.front().written &&
           ratio_.clock_of(*channel.flying.front().written + 1) <= n) {
      channel.flying.pop_front();
      ++channel.first_flying;
    }
    if (!channel.to_load.empty() && channel.to_load.front().from <= n &&
        static_cast<int>(channel.flying.size()) < machine_.dma_max_in_flight) {
      const Burst burst = channel.to_load.front();
      if (channel.dram.offer_read(burst.local, channel.first_flying + channel.flying.size())) {
        channel.flying.push_back({burst, std::nullopt, std::nullopt, 0});
        channel.to_load.pop_front();
        if (all_accepted(true)) load_seen_ = ratio_.cycle_of(n + 1);
      }
    }
    for (Read& next : channel.read) {
      if (next.accepted) continue;
      if (next.offered <= n && channel.dram.offer_write(next.burst.local)) {
        next.accepted = n;
        if (all_accepted(false)) store_seen_ = ratio_.cycle_of(n + 1);
      }
      break;
    }
    channel.dram.tick();
    // Deliveries of this clock and before are known to the cycles that begin later.
    while (const auto delivery = channel.dram.delivered()) {
      channel.flying[delivery->tag - channel.first_flying].delivered = delivery->clock;
    }
  }

  [[nodiscard]] bool all_accepted(bool load) const {
    for (const Channel& channel : channels_) {
      if (load ? !channel.to_load.empty() : !channel.to_read.empty()) return false;
      if (load) continue;
      for (const Read& read : channel.read) {
        if (!read.accepted) return false;
      }
    }
    return true;
  }

  const machine::Machine& machine_;
  const IPortSchedule& ports_;
  const dram::Memory& memory_;
  dram::ClockRatio ratio_;
  dram::CheckedChannels checked_;
  std::vector<Channel> channels_;
  std::vector<uint64_t> unwritten_;  // bursts of every load
  bool load_busy_ = false, store_busy_ = false;
  uint64_t load_seen_ = 0, store_seen_ = 0;
  DmaTransfer stored_;
};

}  // namespace vernier::engine
