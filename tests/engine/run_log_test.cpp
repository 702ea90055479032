// SPDX-License-Identifier: Apache-2.0
// The run log puts events that units announce a little early or late into one canonical order.
#include "sim/engine/run_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>
#include <tuple>

namespace vernier::engine {
namespace {

/// Writes down what it sees.
class Listener : public IRunObserver {
 public:
  void on_start(const isa::IssuedInstruction& issued, uint64_t cycle) override {
    seen.push_back(fmt::format("{}: start {}", cycle, issued.sequence));
  }
  void on_end(const isa::IssuedInstruction& issued, uint64_t cycle, uint64_t bursts) override {
    seen.push_back(fmt::format("{}: end {} ({})", cycle, issued.sequence, bursts));
  }
  void on_finish(uint64_t cycles) override { seen.push_back(fmt::format("finish {}", cycles)); }
  std::vector<std::string> seen;
};

isa::IssuedInstruction issue(std::deque<isa::Instruction>& instructions, isa::Queue queue,
                             uint64_t sequence) {
  isa::Instruction& instruction = instructions.emplace_back();
  instruction.queue = queue;
  isa::IssuedInstruction issued;
  issued.instruction = &instruction;
  issued.sequence = sequence;
  return issued;
}

TEST(RunLog, ends_come_before_starts_and_queues_in_order) {
  std::deque<isa::Instruction> instructions;
  const auto load = issue(instructions, isa::Queue::load, 0);
  const auto gemm = issue(instructions, isa::Queue::compute, 1);
  const auto store = issue(instructions, isa::Queue::store, 2);
  const auto next = issue(instructions, isa::Queue::load, 3);
  RunLog log;
  Listener listener;
  log.add_observer(listener);
  log.start(load, 1);
  log.start(store, 9);
  log.start(next, 9);
  log.start(gemm, 9);
  log.end(load, 9, 4);  // the same cycle, announced last
  log.end(gemm, 20, 0);
  log.end(store, 12, 1);
  log.end(next, 15, 2);
  EXPECT_EQ(log.finish(), 20U);
  EXPECT_EQ(listener.seen,
            (std::vector<std::string>{"1: start 0", "9: end 0 (4)", "9: start 3", "9: start 1", "9: start 2",
                                      "12: end 2 (1)", "15: end 3 (2)", "20: end 1 (0)", "finish 20"}));
}

TEST(RunLog, nothing_ran) {
  RunLog log;
  Listener listener;
  log.add_observer(listener);
  EXPECT_EQ(log.finish(), 0U);
  EXPECT_EQ(listener.seen, std::vector<std::string>{"finish 0"});
}

TEST(RunLog, announcements_up_to_two_cycles_late_are_sorted) {
  struct Event {
    uint64_t cycle;
    bool is_start;
    isa::IssuedInstruction issued;
    uint64_t announced;
  };
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random(seed);
    std::deque<isa::Instruction> instructions;
    std::vector<Event> events;
    for (uint64_t i = 0; i < 60; ++i) {
      const auto issued = issue(instructions, static_cast<isa::Queue>(random() % 4), i);
      const uint64_t start = random() % 80;
      const uint64_t end = start + 1 + random() % 20;
      events.push_back({start, true, issued, start + random() % 3});
      events.push_back({end, false, issued, end + random() % 3});
    }
    // Canonical order, by a sort of its own.
    std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
      return std::make_tuple(a.cycle, a.is_start ? 1 : 0, static_cast<int>(a.issued.instruction->queue),
                             a.issued.sequence) <
             std::make_tuple(b.cycle, b.is_start ? 1 : 0, static_cast<int>(b.issued.instruction->queue),
                             b.issued.sequence);
    });
    Listener expected;
    for (const Event& event : events) {
      if (event.is_start) {
        expected.on_start(event.issued, event.cycle);
      } else {
        expected.on_end(event.issued, event.cycle, 7);
      }
    }
    expected.on_finish(events.back().cycle);
    std::shuffle(events.begin(), events.end(), random);
    std::stable_sort(events.begin(), events.end(),
                     [](const Event& a, const Event& b) { return a.announced < b.announced; });
    RunLog log;
    Listener listener;
    log.add_observer(listener);
    for (const Event& event : events) {
      if (event.is_start) {
        log.start(event.issued, event.cycle);
      } else {
        log.end(event.issued, event.cycle, 7);
      }
    }
    log.finish();
    ASSERT_EQ(listener.seen, expected.seen) << "seed " << seed;
  }
}

TEST(RunLog, recording_keeps_the_first_and_counts_all) {
  std::deque<isa::Instruction> instructions;
  RunLog log;
  RecordingObserver recording(2);
  log.add_observer(recording);
  for (uint64_t i = 0; i < 5; ++i) {
    const auto load = issue(instructions, isa::Queue::load, i);
    log.start(load, 10 * i);
    log.end(load, 10 * i + 7, i);
  }
  log.finish();
  EXPECT_EQ(recording.seen(), 5U);
  ASSERT_EQ(recording.records().size(), 2U);
  EXPECT_EQ(recording.records()[1].start, 10U);
  EXPECT_EQ(recording.records()[1].end, 17U);
  EXPECT_EQ(recording.records()[1].bursts, 1U);
}

}  // namespace
}  // namespace vernier::engine
