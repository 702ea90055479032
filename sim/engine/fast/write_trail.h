// SPDX-License-Identifier: Apache-2.0
// When the bursts of stretches that were followed are written to the scratchpad, if asked: stretches that
// hold for any phase of the two clocks say when their bursts are delivered, and the rest is computed on
// demand.
#pragma once

#include <cstdint>
#include <vector>

#include "models/dram/address_map.h"
#include "sim/engine/fast/course_table.h"
#include "sim/engine/fast/dma_slots.h"
#include "sim/engine/fast/stretch_table.h"

namespace vernier::engine {

class WriteTrail {
 public:
  WriteTrail(const StretchTable& table, const CourseTable& courses, const dram::ClockRatio& ratio)
      : table_(&table), courses_(&courses), ratio_(&ratio) {}

  /// Burst `burst` is the next to be written, not before cycle `write_from`, by the channel with this turn;
  /// `returned` are the clocks from which the last bursts before it do not count as in flight.
  void begin(const DmaSlots& slots, uint64_t turn, uint64_t burst, uint64_t write_from,
             std::vector<uint64_t> returned);
  /// The stretch began in `clock`; the first burst that it delivers is number `burst`.
  void push(const StretchTable::Stretch& stretch, uint64_t clock, uint64_t burst);
  void push(const Course& course, uint64_t clock, uint64_t burst);
  void pop();
  /// The number after that of the last burst known.
  [[nodiscard]] uint64_t end() const;

  /// The cycle in which the burst, one of the stretches', is written.
  [[nodiscard]] uint64_t cycle(uint64_t burst);
  [[nodiscard]] uint64_t write_from() {
    return end() == begin_.burst ? begin_.write_from : cycle(end() - 1) + 1;
  }
  /// The clock from which the burst does not count as in flight; 0 for bursts long before.
  [[nodiscard]] uint64_t returned(uint64_t burst);
  /// Forgets old stretches, whose bursts all count no more in `clock`.
  void shorten(uint64_t clock);

 private:
  /// A stretch, or the stretches of a course as long as nothing is asked of them.
  struct Step {
    uint32_t stretch = 0;
    uint32_t length = 0;  // stretches of the course; 0: it is one
    size_t first = 0;     // where the course lists them
    uint64_t clock = 0, burst = 0, written = 0;
  };
  [[nodiscard]] size_t step_of(uint64_t burst);
  void unfold(size_t step);
  [[nodiscard]] uint64_t latest(uint64_t burst);

  const StretchTable* table_;
  const CourseTable* courses_;
  const dram::ClockRatio* ratio_;
  DmaSlots slots_;
  uint64_t turn_ = 0, slack_ = 0;
  /// The next burst to be written, and from when.
  struct Known {
    uint64_t burst = 0, write_from = 0;
  };
  Known begin_, known_;  // of the stretches; what was found last
  std::vector<uint64_t> returned_;
  std::vector<Step> steps_;
};

/// Bounds that hold whatever the phases: a burst delivered in order after those before it does not count as
/// in flight from clock late + write_slack() on, late = max(late of the one before, clock of delivery) +
/// write_step(). For among any R cycles that begin at a multiple of R one is the channel's: n bursts that
/// wait for each other are written within R * (n * B + 1) cycles.
[[nodiscard]] inline uint64_t write_step(const dram::ClockRatio& ratio, const DmaSlots& slots) {
  return ratio.clock_of(slots.turns() * slots.cycles());
}
[[nodiscard]] inline uint64_t write_slack(const dram::ClockRatio& ratio, const DmaSlots& slots) {
  return ratio.clock_of(slots.turns() + 3) + 2;
}

}  // namespace vernier::engine
