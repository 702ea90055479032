// SPDX-License-Identifier: Apache-2.0
// Random machines with DRAM parts, transfers and ports, and the run of a list of transfers in events.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <vector>

#include "sim/engine/fast/fast_memory.h"
#include "tests/dram/checked_channels.h"
#include "tests/dram/random_part.h"

namespace vernier::engine {

using dram::pick;
using dram::Random;

/// What is left of the ports changes at random; loads of weights are free.
class RandomPorts : public IPortSchedule {
 public:
  RandomPorts(Random& random, uint64_t cycles) {
    const int busy_percent = pick(random, 0, 70);
    const int longest = pick(random, 1, 200);
    for (uint64_t cycle = 0; cycle < cycles; cycle += static_cast<uint64_t>(pick(random, 1, longest))) {
      Segment& segment = segments_[cycle];
      for (PortsLeft& left : segment.left) {
        const bool busy = pick(random, 0, 99) < busy_percent;
        left = {!busy || pick(random, 0, 1) == 0, !busy || pick(random, 0, 1) == 0, pick(random, 0, 2) == 0};
      }
    }
    segments_[cycles] = {};  // everything is free
  }
  [[nodiscard]] PortsLeft left(isa::Scratchpad scratchpad, uint64_t groups, uint64_t cycle) const override {
    if (scratchpad == isa::Scratchpad::weight) return {};
    const Segment& segment = std::prev(segments_.upper_bound(cycle))->second;
    PortsLeft worst;
    for (size_t group = 0; group < segment.left.size(); ++group) {
      if ((groups >> group & 1) == 0) continue;
      const PortsLeft& one = segment.left[group];
      worst = {worst.read && one.read, worst.write && one.write, worst.either || one.either};
    }
    return worst;
  }
  [[nodiscard]] uint64_t next_change(isa::Scratchpad, uint64_t, uint64_t cycle) const override {
    const auto next = segments_.upper_bound(cycle);
    return next == segments_.end() ? UINT64_MAX : next->first;
  }
  [[nodiscard]] bool loads_are_free(isa::Scratchpad scratchpad) const override {
    return scratchpad == isa::Scratchpad::weight;
  }

 private:
  struct Segment {
    std::array<PortsLeft, 4> left{};
  };
  std::map<uint64_t, Segment> segments_;
};

inline machine::Machine random_machine(Random& random) {
  machine::Machine machine;
  machine.clock_hz = pick(random, 1, 30) * 50e6;
  for (machine::ScratchpadParams* spad :
       {&machine.weight_spad, &machine.activation_spad, &machine.output_spad}) {
    spad->banks = 1;
    spad->bank_width_bits = 64 << pick(random, 0, 5);
    spad->read_latency_cycles = pick(random, 1, 3);
  }
  machine.dma_max_in_flight = pick(random, 0, 2) == 0 ? pick(random, 1, 8) : pick(random, 8, 80);
  machine.dram.kind = machine::DramKind::part;
  dram::Memory& memory = machine.dram.memory;
  memory.part = dram::random_part(random);
  dram::make_steady(random, memory.part);
  memory.channels = pick(random, 1, 8);
  const dram::Organisation& o = memory.part.organisation;
  int64_t granule = pick(random, 1, 16);
  while (o.columns() % granule != 0) --granule;
  memory.interleave_bytes = static_cast<uint64_t>(granule * o.burst_bytes);
  machine.dram.burst_bytes = o.burst_bytes;
  return machine;
}

struct Work {
  DmaTransfer transfer;
  uint64_t gap = 0;  ///< cycles that the unit waits before it
};

inline std::vector<Work> random_work(Random& random, const machine::Machine& machine, bool stores,
                                     int count) {
  std::vector<Work> work(static_cast<size_t>(count));
  const uint64_t capacity = machine.dram.memory.part.organisation.capacity_bytes() *
                            static_cast<uint64_t>(machine.dram.memory.channels);
  uint64_t at = 0;
  const uint64_t largest = pick(random, 0, 1) == 0 ? 300 : 5000;
  for (Work& one : work) {
    memory::Transfer& transfer = one.transfer.transfer;
    if (pick(random, 0, 3) == 0) at = random() % capacity;
    transfer.dram = at;
    transfer.rows = pick(random, 0, 1) == 0 ? 1 : static_cast<uint64_t>(pick(random, 1, 5));
    transfer.row_bytes = 1 + random() % largest;
    transfer.stride = transfer.row_bytes + (pick(random, 0, 1) == 0 ? 0 : random() % 1000);
    at = transfer.dram + transfer.rows * transfer.stride;
    one.transfer.groups = 1 + random() % 15;
    one.transfer.scratchpad =
        stores ? isa::Scratchpad::output : static_cast<isa::Scratchpad>(pick(random, 0, 2));
    one.gap = pick(random, 0, 2) > 0 ? 0 : random() % (pick(random, 0, 1) == 0 ? 20 : 800);
  }
  return work;
}

struct Log {
  std::vector<uint64_t> load_free, store_free, load_ends, store_ends;
  uint64_t refused = 0, bursts = 0;
  dram::ChannelCounts counts;
};

/// The instructions of a unit, popped when it is free and their gap is over.
struct Queue {
  std::vector<Work> work;
  size_t next = 0;
  uint64_t pop = 0;
  explicit Queue(std::vector<Work> all) : work(std::move(all)) {
    pop = work.empty() ? UINT64_MAX : work[0].gap;
  }
  void popped() {
    pop = UINT64_MAX;
    ++next;
  }
  void free(uint64_t cycle) { pop = next < work.size() ? cycle + work[next].gap : UINT64_MAX; }
};

inline Log run_events(const machine::Machine& machine, const IPortSchedule& ports, Queue loads, Queue stores,
                      bool skip) {
  Log log;
  dram::CheckedChannels checked(machine);
  const std::unique_ptr<IFastMemory> memory = make_dram_memory(
      machine, ports, skip, skip ? std::vector<dram::ICommandObserver*>{} : checked.observers());
  uint64_t last = 0;
  for (;;) {
    const uint64_t cycle = std::min({memory->next_event(), loads.pop, stores.pop});
    if (cycle == UINT64_MAX) break;
    memory->advance(cycle);
    if (memory->take_load_free()) {
      log.load_free.push_back(cycle);
      loads.free(cycle);
    }
    if (memory->take_store_free()) {
      log.store_free.push_back(cycle);
      stores.free(cycle);
    }
    for (uint64_t end = memory->take_load_end(); end != IFastMemory::kNever; end = memory->take_load_end()) {
      EXPECT_GE(end, cycle) << "an end is told too late";
      log.load_ends.push_back(end);
      last = std::max(last, end);
    }
    const uint64_t store_end = memory->take_store_end();
    if (store_end != IFastMemory::kNever) {
      log.store_ends.push_back(store_end);
      last = std::max(last, store_end);
    }
    if (loads.pop == cycle) {
      memory->start_load(cycle, loads.work[loads.next].transfer);
      loads.popped();
    }
    if (stores.pop == cycle) {
      memory->start_store(cycle, stores.work[stores.next].transfer);
      stores.popped();
    }
  }
  memory->finish(last);
  log.refused = memory->refused_cycles();
  log.bursts = memory->bursts();
  log.counts = memory->counts();
  if (!skip) checked.expect_clean_run(machine, last, log.counts);
  return log;
}

inline void expect_same(const Log& found, const Log& expected) {
  ASSERT_EQ(found.load_free, expected.load_free);
  ASSERT_EQ(found.store_free, expected.store_free);
  ASSERT_EQ(found.load_ends, expected.load_ends);
  ASSERT_EQ(found.store_ends, expected.store_ends);
  ASSERT_EQ(found.refused, expected.refused);
  ASSERT_EQ(found.bursts, expected.bursts);
  ASSERT_TRUE(found.counts == expected.counts)
      << found.counts.reads << " " << expected.counts.reads << " " << found.counts.refreshes << " "
      << expected.counts.refreshes << " " << found.counts.activates << " " << expected.counts.activates;
}

}  // namespace vernier::engine
