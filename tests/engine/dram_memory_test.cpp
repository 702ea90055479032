// SPDX-License-Identifier: Apache-2.0
// The load and the store unit on DRAM parts in events against the same cycle by cycle: random machines,
// parts, clocks, transfers, and ports that others use at random.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "sim/config/part_file.h"
#include "sim/engine/fast/fast_memory.h"
#include "tests/dram/checked_channels.h"
#include "tests/dram/random_part.h"
#include "tests/engine/clocked_streams.h"

namespace vernier::engine {
namespace {

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

machine::Machine random_machine(Random& random) {
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

std::vector<Work> random_work(Random& random, const machine::Machine& machine, bool stores, int count) {
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

Log run_clocked(const machine::Machine& machine, const IPortSchedule& ports, Queue loads, Queue stores,
                uint64_t limit) {
  Log log;
  ClockedStreams streams(machine, ports);
  uint64_t cycle = 0;
  for (;; ++cycle) {
    if (cycle > limit) throw std::runtime_error("the witness does not end");
    streams.begin(cycle);
    if (streams.load_free) {
      log.load_free.push_back(cycle);
      loads.free(cycle);
    }
    if (streams.store_free) {
      log.store_free.push_back(cycle);
      stores.free(cycle);
    }
    if (loads.pop == cycle) {
      streams.pop_load(cycle, loads.work[loads.next].transfer);
      loads.popped();
    }
    if (stores.pop == cycle) {
      streams.pop_store(cycle, stores.work[stores.next].transfer);
      stores.popped();
    }
    const bool done = log.load_free.size() == loads.work.size() &&
                      log.store_free.size() == stores.work.size() &&
                      std::all_of(streams.load_ends.begin(), streams.load_ends.end(),
                                  [&](uint64_t end) { return end > 0 && end <= cycle; });
    if (done) break;
    streams.end(cycle);
  }
  log.load_ends = streams.load_ends;
  log.store_ends = log.store_free;
  log.refused = streams.refused;
  log.bursts = streams.bursts;
  log.counts = streams.finish();
  return log;
}

Log run_events(const machine::Machine& machine, const IPortSchedule& ports, Queue loads, Queue stores,
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

void expect_same(const Log& found, const Log& expected) {
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

TEST(DramMemory, MovesBurstsAsTheStreamsDoCycleByCycle) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const machine::Machine machine = random_machine(random);
    const RandomPorts ports(random, 20'000);
    const Queue loads(random_work(random, machine, false, pick(random, 0, 12)));
    const Queue stores(random_work(random, machine, true, pick(random, 0, 8)));
    const Log expected = run_clocked(machine, ports, loads, stores, 2'000'000);
    for (const bool skip : {false, true}) {
      SCOPED_TRACE(skip ? "skip" : "no skip");
      expect_same(run_events(machine, ports, loads, stores, skip), expected);
      if (HasFatalFailure()) return;
    }
  }
}

/// A machine with the clocks of the shipped ones, mostly: their phases recur soon.
machine::Machine usual_clocks(Random& random) {
  machine::Machine machine = random_machine(random);
  if (pick(random, 0, 3) > 0) machine.clock_hz = 1e9;
  const std::array<uint64_t, 3> clocks{800'000'000, 1'000'000'000, 1'200'000'000};
  if (pick(random, 0, 3) > 0) machine.dram.memory.part.clock_hz = clocks[random() % clocks.size()];
  return machine;
}

void compare_skip(const machine::Machine& machine, const RandomPorts& ports, const std::vector<Work>& loads,
                  const std::vector<Work>& stores) {
  const Log expected = run_events(machine, ports, Queue(loads), Queue(stores), false);
  expect_same(run_events(machine, ports, Queue(loads), Queue(stores), true), expected);
}

/// Long streams of weights, as they make the skipping form skip, with stores and other loads now and then.
TEST(DramMemory, SkipsWithoutChangingACycle) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const machine::Machine machine = usual_clocks(random);
    const RandomPorts ports(random, 20'000);
    const auto length = static_cast<uint64_t>(pick(random, 500, 30'000));
    const int strange_permille = std::vector<int>{0, 5, 100}[random() % 3];
    const uint64_t gap = pick(random, 0, 2) == 0 ? random() % 600 : 0;
    std::vector<Work> loads = random_work(random, machine, false, 200);
    uint64_t at = 0;
    for (Work& one : loads) {
      if (pick(random, 0, 999) < strange_permille) continue;
      one.transfer.scratchpad = isa::Scratchpad::weight;
      one.transfer.transfer = {at, 1, length, length};
      one.gap = gap;
      at += length;
    }
    std::vector<Work> stores = random_work(random, machine, true, pick(random, 0, 1) == 0 ? 0 : 20);
    for (Work& one : stores) one.gap = random() % 20'000;
    compare_skip(machine, ports, loads, stores);
    if (HasFatalFailure()) return;
  }
}

/// Loads read what was stored a moment before, while it is still in the write queues, or do not, in the same
/// rhythm: what is remembered of one must not be taken for the other.
TEST(DramMemory, SkipsNoStretchThatQueuedWritesAnswer) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    machine::Machine machine = usual_clocks(random);
    machine.output_spad.bank_width_bits = 2048;
    const RandomPorts ports(random, 1);
    const uint64_t row = static_cast<uint64_t>(machine.dram.memory.part.organisation.row_bytes) *
                         static_cast<uint64_t>(machine.dram.memory.channels);
    const uint64_t length = row * static_cast<uint64_t>(pick(random, 1, 3));
    const uint64_t gap = pick(random, 0, 1) == 0 ? 0 : random() % 300;
    const auto stored = static_cast<uint64_t>(pick(random, 1, 600));
    std::vector<Work> loads(150);
    std::vector<Work> stores(50);
    for (size_t i = 0; i < loads.size(); ++i) {
      loads[i].gap = gap;
      loads[i].transfer.transfer = {i * length, 1, length, length};
    }
    const uint64_t rhythm = 200 + random() % 2000;
    for (size_t i = 0; i < stores.size(); ++i) {
      stores[i].gap = rhythm;
      stores[i].transfer.scratchpad = isa::Scratchpad::output;
      // Somewhere in the next loads, but far away every other time.
      const uint64_t near = (i * 3 + random() % 6) * length + random() % length;
      stores[i].transfer.transfer = {near + (i % 2 == 0 ? 0 : 1000 * length), 1, stored, stored};
    }
    compare_skip(machine, ports, loads, stores);
    if (HasFatalFailure()) return;
  }
}

/// Banks of several ranks are refreshed in turn, those of the later ranks from a later clock on: what is
/// remembered of the time before must not be taken for what comes after.
TEST(DramMemory, SkipsNoRefreshesOfRanksThatBeginLater) {
  for (int interval = 5280; interval < 5288; ++interval) {
    SCOPED_TRACE(testing::Message() << "REFI " << interval);
    machine::Machine machine;
    for (machine::ScratchpadParams* spad :
         {&machine.weight_spad, &machine.activation_spad, &machine.output_spad}) {
      *spad = {1 << 20, 1, 1024, 1};
    }
    machine.dma_max_in_flight = 96;
    machine.dram.kind = machine::DramKind::part;
    machine.dram.burst_bytes = 32;
    dram::Part& part = machine.dram.memory.part;
    part = config::load_part("LPDDR5-6400");
    machine.clock_hz = static_cast<double>(part.clock_hz);
    part.organisation.ranks = 2;
    part.controller.refresh = dram::Refresh::per_bank;
    part.controller.row_policy = dram::RowPolicy::closed;
    part.timing.REFI = interval;
    Random random(1);
    const RandomPorts ports(random, 1);
    constexpr uint64_t kLength = 8192;
    std::vector<Work> loads(600);
    for (size_t i = 0; i < loads.size(); ++i) {
      loads[i].transfer.transfer = {i * kLength, 1, kLength, kLength};
    }
    compare_skip(machine, ports, loads, {});
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace vernier::engine
