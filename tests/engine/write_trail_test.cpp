// SPDX-License-Identifier: Apache-2.0
// When bursts of remembered stretches are written, asked in any order, against writing them one after the
// other.
#include "sim/engine/fast/write_trail.h"

#include <gtest/gtest.h>

#include <random>

namespace vernier::engine {
namespace {

using Random = std::mt19937_64;

/// A stretch of random deliveries from `clock` on; `late` goes on from the one before.
const StretchTable::Stretch& random_stretch(Random& random, StretchTable& table, uint32_t state,
                                            uint64_t clock, uint64_t step, uint64_t& late) {
  StretchTable::Stretch stretch;
  stretch.from = stretch.to = state;
  stretch.key.delay = static_cast<uint32_t>(table.stretches());  // none alike
  stretch.clocks = 60;
  stretch.written = static_cast<uint32_t>(random() % 30);
  std::vector<uint16_t> readies;
  std::vector<uint16_t> lates;
  for (uint32_t i = 0; i < stretch.written; ++i) {
    // Now and then many at a time, as after one that the others had to wait for.
    readies.push_back(static_cast<uint16_t>(random() % 3 == 0 ? 40 : random() % 100));
    late = std::max(late, clock + readies.back()) + step;
    lates.push_back(static_cast<uint16_t>(late - clock));
  }
  readies.insert(readies.end(), lates.begin(), lates.end());
  table.add(stretch, readies);
  return table.stretch(static_cast<uint32_t>(table.stretches() - 1));
}

TEST(WriteTrail, AgreesWithWritingInOrder) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    const dram::ClockRatio ratio(1 + random() % 30, 1 + random() % 30);
    const DmaSlots slots(256, static_cast<int64_t>(32 << random() % 5), 1 + static_cast<int>(random() % 8));
    const uint64_t turn = slots.turn_of(static_cast<int>(random() % 8));
    StretchTable table;
    const uint32_t state = table.intern({1, 2, 3});
    CourseTable courses;
    WriteTrail trail(table, courses, ratio);
    uint64_t clock = random() % 1000;
    uint64_t late = clock;
    uint64_t write_from = ratio.cycle_of(clock);
    constexpr uint64_t kFirst = 1000;  // burst
    std::vector<uint64_t> writes;      // cycles, from there on
    trail.begin(slots, turn, kFirst, write_from, {77, 78});
    EXPECT_EQ(trail.returned(kFirst - 1), 78U);
    EXPECT_EQ(trail.returned(kFirst - 2), 77U);
    EXPECT_EQ(trail.returned(kFirst - 3), 0U);
    uint64_t kept = kFirst;  // all before may be forgotten
    uint64_t seen_courses = 0;
    for (int i = 0; i < 100; ++i) {
      if (random() % 4 == 0) {
        // Something foreseen that does not come to pass.
        uint64_t other_late = late;
        trail.push(random_stretch(random, table, state, clock, write_step(ratio, slots), other_late), clock,
                   trail.end());
        if (trail.end() > kFirst + writes.size()) static_cast<void>(trail.cycle(trail.end() - 1));
        trail.pop();
      }
      // One stretch, or some as a course.
      const uint64_t first = kFirst + writes.size();
      const uint64_t begin = clock;
      std::vector<uint32_t> stretches;
      for (uint64_t more = random() % 3 == 0 ? 1 + random() % 4 : 1; more > 0; --more) {
        const StretchTable::Stretch& stretch =
            random_stretch(random, table, state, clock, write_step(ratio, slots), late);
        stretches.push_back(table.index(stretch));
        for (uint32_t b = 0; b < stretch.written; ++b) {
          uint64_t cycle = std::max(write_from, ratio.cycle_of(clock + table.writes(stretch)[b]));
          for (uint64_t slot = 0; slot < slots.cycles(); ++slot, ++cycle) {
            while (!slots.owns(turn, cycle)) ++cycle;
          }
          write_from = cycle;
          writes.push_back(cycle - 1);
          ASSERT_LE(ratio.clock_of(cycle), late + write_slack(ratio, slots)) << "burst " << writes.size();
        }
        clock += stretch.clocks;
        if (late > clock + 10'000) break;  // a stretch tells its times in 16 bits
      }
      if (stretches.size() == 1) {
        trail.push(table.stretch(stretches[0]), begin, first);
      } else {
        Course course;
        course.key.from = static_cast<uint32_t>(seen_courses++);
        course.written = static_cast<uint32_t>(kFirst + writes.size() - first);
        courses.add(course, stretches);
        trail.push(*courses.find(course.key), begin, first);
      }
      clock += random() % 10 == 0 ? 3000 : 0;
      if (late > clock + 20'000) clock = late - 1000;  // a stretch tells its times in 16 bits
      late = std::max(late, clock);
      ASSERT_EQ(trail.end(), kFirst + writes.size());
      ASSERT_EQ(trail.write_from(), write_from);
      for (int ask = 0; ask < 5 && kept < trail.end(); ++ask) {
        const uint64_t burst = kept + random() % (trail.end() - kept);
        ASSERT_EQ(trail.cycle(burst), writes[burst - kFirst]) << "burst " << burst;
        ASSERT_EQ(trail.returned(burst), ratio.clock_of(writes[burst - kFirst] + 1));
      }
      trail.shorten(clock);
      while (kept < trail.end() && ratio.clock_of(writes[kept - kFirst] + 1) <= clock) ++kept;
    }
  }
}

}  // namespace
}  // namespace vernier::engine
