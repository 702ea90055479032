// SPDX-License-Identifier: Apache-2.0
// The fast engine's DRAM with and without what it remembers, side by side: long loads in loops, of all
// shapes, with idle times from nothing to several refreshes, small stores and small loads in between.
// VERNIER_SEED and VERNIER_CASES choose the cases.
#include "tests/engine/long_loads.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "sim/engine/fast/dram_memory.h"

namespace vernier::engine {
namespace {

uint64_t environment(const char* name, uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

struct Log {
  std::vector<uint64_t> load_free, store_free, load_ends, store_ends;
  uint64_t refused = 0, bursts = 0;
  dram::ChannelCounts counts;
};

Log run(const Scene& scene, const IPortSchedule& ports, bool skip, StreamsAhead::Followed* followed) {
  Log log;
  DramMemory memory(scene.machine, ports, skip, {});
  const std::vector<Step>& steps = scene.steps;
  std::vector<std::pair<uint64_t, size_t>> stores;  // when they may be popped at the earliest
  size_t loads = 0, stored = 0;
  const auto pop_of = [](const Step& step, uint64_t free) {
    if (step.period == 0) return free + step.gap;
    return free + (step.gap % step.period + step.period - free % step.period) % step.period;
  };
  uint64_t pop_load = pop_of(steps[0], 0);
  bool storing = false;
  uint64_t now = 0, last = 0;
  for (;;) {
    const uint64_t pop_store =
        stored == stores.size() || storing ? UINT64_MAX : std::max(now + 1, stores[stored].first);
    const uint64_t cycle = std::min({memory.next_event(), pop_load, pop_store});
    if (cycle == UINT64_MAX) break;
    now = cycle;
    memory.advance(cycle);
    if (memory.take_load_free()) {
      log.load_free.push_back(cycle);
      pop_load = loads < steps.size() ? pop_of(steps[loads], cycle) : UINT64_MAX;
    }
    if (memory.take_store_free()) {
      log.store_free.push_back(cycle);
      storing = false;
    }
    for (uint64_t end = memory.take_load_end(); end != IFastMemory::kNever; end = memory.take_load_end()) {
      EXPECT_GE(end, cycle) << "an end is told too late";
      log.load_ends.push_back(end);
      last = std::max(last, end);
    }
    if (const uint64_t end = memory.take_store_end(); end != IFastMemory::kNever) {
      log.store_ends.push_back(end);
      last = std::max(last, end);
    }
    if (pop_load == cycle) {
      const Step& step = steps[loads++];
      pop_load = UINT64_MAX;
      memory.start_load(cycle, step.load);
      if (step.has_store) stores.emplace_back(cycle + step.store_after, loads - 1);
    }
    if (!storing && stored < stores.size() && stores[stored].first <= cycle) {
      memory.start_store(cycle, steps[stores[stored++].second].store);
      storing = true;
    }
  }
  memory.finish(last + scene.idle);
  log.refused = memory.refused_cycles();
  log.bursts = memory.bursts();
  log.counts = memory.counts();
  for (const StreamsAhead& ahead : memory.ahead()) {
    followed->dues += ahead.followed_counts().dues;
    followed->rests += ahead.followed_counts().rests;
    followed->courses += ahead.followed_counts().courses;
    followed->course_dues += ahead.followed_counts().course_dues;
  }
  return log;
}

std::vector<uint64_t> numbers(const dram::ChannelCounts& counts) {
  return {counts.reads,      counts.writes,    counts.forwarded,  counts.activates,
          counts.precharges, counts.refreshes, counts.row_misses, counts.row_conflicts};
}

void expect_same(const Log& found, const Log& expected) {
  ASSERT_EQ(found.load_free, expected.load_free);
  ASSERT_EQ(found.store_free, expected.store_free);
  ASSERT_EQ(found.load_ends, expected.load_ends);
  ASSERT_EQ(found.store_ends, expected.store_ends);
  ASSERT_EQ(found.refused, expected.refused);
  ASSERT_EQ(found.bursts, expected.bursts);
  ASSERT_EQ(numbers(found.counts), numbers(expected.counts));
}

constexpr uint64_t kNeverRests =
    1041;  // this seed: banks are refreshed more often than the clocks are in phase

TEST(LongLoads, SkipWithoutChangingACycle) {
  const uint64_t first = environment("VERNIER_SEED", 1);
  const uint64_t cases = environment("VERNIER_CASES", 150);
  uint64_t with_rests = 0, with_courses = 0, with_dues = 0, with_course_dues = 0;
  std::vector<uint64_t> seeds(cases);
  std::iota(seeds.begin(), seeds.end(), first);
  if (cases > 1) seeds.push_back(kNeverRests);
  for (const uint64_t seed : seeds) {
    Random random(seed);
    Scene scene;
    scene.machine = any_machine(random);
    const BusyPorts ports(random);
    const auto bursts =
        static_cast<uint64_t>(pick(random, 10'000, 60'000) * scene.machine.dram.memory.channels);
    scene.steps = Author(random, scene.machine).steps(std::min<uint64_t>(bursts, 120'000));
    scene.idle = one_in(random, 2) ? 0 : random() % 20'000;
    SCOPED_TRACE(fmt::format(
        "seed {0}; reproduce: VERNIER_SEED={0} VERNIER_CASES=1 build/release/bin/test_engine "
        "--gtest_filter=LongLoads.*\n{1} channels of {2}, {3} loads",
        seed, scene.machine.dram.memory.channels, scene.machine.dram.memory.part.name, scene.steps.size()));
    StreamsAhead::Followed here;
    try {
      const Log expected = run(scene, ports, false, &here);
      expect_same(run(scene, ports, true, &here), expected);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    if (HasFailure()) return;
    with_course_dues += here.course_dues > 0 ? 1 : 0;
    with_dues += here.dues > 0 ? 1 : 0;
    with_rests += here.rests > 0 ? 1 : 0;
    with_courses += here.courses > 0 ? 1 : 0;
  }
  if (cases < 100) return;
  // The cases are about what is remembered: of a hundred this many must use it.
  EXPECT_GT(100 * with_dues, 50 * cases);
  EXPECT_GT(100 * with_rests, 50 * cases);
  EXPECT_GT(100 * with_courses, 20 * cases);
  EXPECT_GT(100 * with_course_dues, 20 * cases);
}

/// One channel of a part without refreshes and the clock of the machine, where nothing throttles.
Scene plain_scene() {
  Scene scene;
  machine::Machine& machine = scene.machine;
  machine.dram.kind = machine::DramKind::part;
  dram::Part& part = machine.dram.memory.part;
  part = config::load_part("DDR4-2400");
  part.controller.refresh = dram::Refresh::off;
  machine.dram.burst_bytes = part.organisation.burst_bytes;
  machine.clock_hz = static_cast<double>(part.clock_hz);
  machine.weight_spad = machine.activation_spad = machine.output_spad = {1 << 20, 1, 1024, 1};
  machine.dma_max_in_flight = 96;
  return scene;
}

/// Returns how many courses were followed.
uint64_t expect_same_runs(const Scene& scene) {
  Random random(1);
  const BusyPorts ports(random);
  StreamsAhead::Followed followed;
  const Log expected = run(scene, ports, false, &followed);
  expect_same(run(scene, ports, true, &followed), expected);
  return followed.courses;
}

/// A write waits in its queue while a load reads. It is of a row that the load reads later, or of another one
/// (`far` rows on, of the same bank), of a burst that is read or (`beside`) of one that is not: in the same
/// rhythm.
TEST(LongLoads, KnowWhatIsQueued) {
  for (const bool beside : {false, true}) {
    for (const uint64_t far : {0, 32}) {
      SCOPED_TRACE(fmt::format("beside {}, far {}", beside, far));
      Scene scene = plain_scene();
      const dram::Organisation& o = scene.machine.dram.memory.part.organisation;
      const auto row = static_cast<uint64_t>(o.row_bytes);
      const auto burst = static_cast<uint64_t>(o.burst_bytes);
      const uint64_t next = row * static_cast<uint64_t>(o.banks());  // row of the same bank
      // Several rows of one bank, whose names are forgotten on the way, or some banks in order.
      for (const bool one_bank : {false, true}) {
        for (int turn = 0; turn < 40; ++turn) {
          const bool other = turn % 8 < 4;
          Step step;
          step.period = 12'000;
          step.load.transfer = {0, 1, 320 * burst, 320 * burst};
          uint64_t stored = 2 * row + 20 * burst;
          if (one_bank) {
            step.load.transfer = {0, 7, 96 * burst, next};
            stored = 6 * next + 20 * burst;
          }
          if (other) stored = (beside ? stored + 80 * burst : stored) + far * next;
          step.has_store = true;
          step.store_after = 40;
          step.store.scratchpad = isa::Scratchpad::output;
          step.store.transfer = {stored, 1, burst, burst};
          if (far > 0 && beside) step.store.transfer.dram += other ? 0 : 80 * burst;
          scene.steps.push_back(step);
        }
      }
      EXPECT_GT(expect_same_runs(scene), 20U);
      if (HasFailure()) return;
    }
  }
}

/// Two rows of one bank follow each other in a load.
TEST(LongLoads, MeetABankTwice) {
  Scene scene = plain_scene();
  dram::Part& part = scene.machine.dram.memory.part;
  part.controller.mapping = {dram::Field::bank, dram::Field::bank_group, dram::Field::rank, dram::Field::row,
                             dram::Field::column};
  const auto burst = static_cast<uint64_t>(part.organisation.burst_bytes);
  part.organisation.row_bytes = 64 * part.organisation.burst_bytes;  // one stretch
  for (uint64_t turn = 0; turn < 60; ++turn) {
    Step step;
    step.period = 4000;
    step.load.transfer = {0, 1, 256 * burst, 256 * burst};
    scene.steps.push_back(step);
  }
  EXPECT_EQ(expect_same_runs(scene), 0U) << "a course through a bank twice";
}

/// A load that meets a refresh in every clock of its own in turn, a few times each, with rows open in other
/// banks at some times and at others not.
TEST(LongLoads, MeetRefreshesAnywhere) {
  for (const int ranks : {1, 2}) {
    SCOPED_TRACE(fmt::format("{} ranks", ranks));
    Scene scene = plain_scene();
    dram::Part& part = scene.machine.dram.memory.part;
    part.controller.refresh = dram::Refresh::all_bank;
    part.organisation.ranks = ranks;
    part.organisation.row_bytes *= 2;  // the load is in one bank
    part.timing.REFI = 3000 * ranks;   // one is refreshed in every 3000 clocks
    part.controller.mapping = {dram::Field::row, dram::Field::rank, dram::Field::bank,
                               dram::Field::bank_group, dram::Field::column};
    const auto row = static_cast<uint64_t>(part.organisation.row_bytes);
    const auto burst = static_cast<uint64_t>(part.organisation.burst_bytes);
    for (uint64_t before = 1300; before-- > 0;) {
      for (int turn = 0; turn < 6 * ranks; ++turn) {
        const bool open = turn / ranks == 3 || turn / ranks == 4;
        Step others;  // 8 bursts of one row or of as many
        others.period = 3000;
        others.gap = 1300;
        others.load.transfer = {open ? 4 * row : 0, 8, burst, open ? row : burst};
        Step load = others;
        load.gap = before > 1290 ? 1500 : others.period - before;  // first undisturbed, so that it is known
        load.load.transfer = {0, 1, 200 * burst, 200 * burst};
        scene.steps.push_back(others);
        scene.steps.push_back(load);
      }
    }
    EXPECT_GT(expect_same_runs(scene), 1000U);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace vernier::engine
