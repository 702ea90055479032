// SPDX-License-Identifier: Apache-2.0
// The load and the store unit on DRAM parts with and without skipping: the same cycles and commands.
#include <gtest/gtest.h>

#include "sim/config/part_file.h"
#include "tests/engine/dram_work.h"

namespace vernier::engine {
namespace {

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

/// A machine whose ports hold up nothing, with one channel of LPDDR5 and its clock.
machine::Machine wide_machine() {
  machine::Machine machine;
  for (machine::ScratchpadParams* spad :
       {&machine.weight_spad, &machine.activation_spad, &machine.output_spad}) {
    *spad = {1 << 20, 1, 1024, 1};
  }
  machine.dma_max_in_flight = 96;
  machine.dram.kind = machine::DramKind::part;
  machine.dram.burst_bytes = 32;
  machine.dram.memory.part = config::load_part("LPDDR5-6400");
  machine.clock_hz = static_cast<double>(machine.dram.memory.part.clock_hz);
  return machine;
}

/// Every load reads a row, and while it does a burst somewhere in the row is stored: the write is queued
/// until the load is accepted, and answers one of its reads or comes too late.
TEST(DramMemory, SkipsNoStretchOfARowThatAQueuedWriteAnswers) {
  machine::Machine machine = wide_machine();
  dram::Part& part = machine.dram.memory.part;
  part.organisation.row_bytes = 8192;
  constexpr uint64_t kGap = 400;
  Random random(1);
  const RandomPorts ports(random, 1);
  std::vector<Work> loads(200);
  for (size_t i = 0; i < loads.size(); ++i)
    loads[i] = {{{i * 8192, 1, 8192, 8192}, isa::Scratchpad::weight, 1}, kGap};
  std::vector<Work> stores(1);
  stores[0].transfer = {{0, 1, 32, 32}, isa::Scratchpad::output, 1};
  const uint64_t duration = run_events(machine, ports, Queue({}), Queue(stores), false).store_free[0];
  const std::vector<uint64_t> popped = run_events(machine, ports, Queue(loads), Queue({}), false).load_free;
  stores.assign(loads.size() - 1, stores[0]);
  uint64_t free = 0;
  for (size_t i = 0; i < stores.size(); ++i) {
    stores[i].transfer.transfer.dram = loads[i + 1].transfer.transfer.dram + 32 * (random() % 256);
    const uint64_t pop = popped[i] + kGap + 100;
    stores[i].gap = pop - free;
    free = pop + duration;
  }
  compare_skip(machine, ports, loads, stores);
}

/// Loads of several rows each, from idle channels and busy ones, over refreshes, some over a queued write.
TEST(DramMemory, SkipsRunsOfRowsWithoutChangingACycle) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const machine::Machine machine = wide_machine();
    const RandomPorts ports(random, 1);
    const std::array<uint64_t, 3> lengths{4096, 8192, 16384};
    const std::array<uint64_t, 3> gaps{0, 30, seed % 2 == 0 ? 2000U : 600U};
    std::vector<Work> loads(1500);
    uint64_t at = 0;
    for (Work& load : loads) {
      const uint64_t length = lengths[random() % lengths.size()];
      load = {{{at, 1, length, length}, isa::Scratchpad::weight, 1}, gaps[random() % gaps.size()]};
      at += length + 2048 * (random() % 4) + (random() % 4 == 0 ? 512 : 0);
    }
    std::vector<Work> stores(seed <= 2 ? 0 : 300);
    for (size_t i = 0; i < stores.size(); ++i) {
      const Work& load = loads[i * 3 + random() % 6];
      stores[i] = {{load.transfer.transfer, isa::Scratchpad::output, 1}, 500 + random() % 5000};
      stores[i].transfer.transfer.dram += random() % 4096;
      stores[i].transfer.transfer.row_bytes = 32;
    }
    compare_skip(machine, ports, loads, stores);
    if (HasFatalFailure()) return;
  }
}

/// Banks of several ranks are refreshed in turn, those of the later ranks from a later clock on: what is
/// remembered of the time before must not be taken for what comes after.
TEST(DramMemory, SkipsNoRefreshesOfRanksThatBeginLater) {
  for (int interval = 4068; interval < 4076; ++interval) {
    SCOPED_TRACE(testing::Message() << "REFI " << interval);
    machine::Machine machine = wide_machine();
    dram::Part& part = machine.dram.memory.part;
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
