// SPDX-License-Identifier: Apache-2.0
// The channel in events against the channel clock by clock: every command, delivery, refusal and count.
#include "models/dram/event_channel.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "models/dram/clocked_channel.h"
#include "models/dram/constraint_checker.h"
#include "tests/dram/random_part.h"

namespace vernier::dram {
namespace {

bool same(const Command& a, const Command& b) {
  return a.clock == b.clock && a.kind == b.kind && a.rank == b.rank && a.bank_group == b.bank_group &&
         a.bank == b.bank && a.row == b.row && a.column == b.column;
}

struct Recorder : ICommandObserver {
  explicit Recorder(const Part& part) : checker(part) {}
  std::vector<Command> commands;
  ConstraintChecker checker;
  void on_command(const Command& command) override {
    commands.push_back(command);
    checker.on_command(command);
  }
  /// Nothing is violated but refreshes, which the random parts may ask for faster than they can be done.
  void expect_clean() const {
    for (const ConstraintViolation& violation : checker.first()) {
      EXPECT_EQ(violation.rule.find("tREFI"), 0U) << checker.text();
    }
  }
};

/// Where the next bursts go: runs of neighbours, repeats, random jumps.
class Addresses {
 public:
  Addresses(Random& random, const Part& part)
      : random_(random),
        bursts_(part.organisation.capacity_bytes() / static_cast<uint64_t>(part.organisation.burst_bytes)) {}
  uint64_t next() {
    if (pick(random_, 0, 99) < jump_percent_) at_ = random_() % bursts_;
    if (pick(random_, 0, 999) == 0) jump_percent_ = std::vector<int>{0, 3, 30, 100}[random_() % 4];
    return at_++;
  }
  uint64_t near() { return at_ - std::min<uint64_t>(at_, random_() % 24); }

 private:
  Random& random_;
  uint64_t bursts_;
  uint64_t at_ = 0;
  int jump_percent_ = 3;
};

/// Offers at random clocks to both; `long_idle` leaves them alone for thousands of clocks now and then.
void compare(uint64_t seed, int requests) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  const Part part = random_part(random);
  Recorder expected_commands(part);
  Recorder found_commands(part);
  ClockedChannel clocked(part, &expected_commands);
  EventChannel events(part, &found_commands);
  std::vector<ClockedChannel::Delivery> expected;
  std::vector<EventChannel::Delivery> found;
  Addresses reads(random, part);
  Addresses writes(random, part);
  int read_percent = 50;
  int write_percent = 20;
  int accepted = 0;
  uint64_t tag = 0;
  const auto idle = [&](uint64_t clocks) {
    for (uint64_t i = 0; i < clocks; ++i) {
      clocked.tick();
      while (const auto delivery = clocked.delivered()) expected.push_back(*delivery);
    }
    events.advance(clocked.clock());
    while (const auto delivery = events.delivered()) found.push_back({delivery->clock, delivery->tag});
  };
  // Controllers with odd water marks or refreshes without end starve requests: the clocks are limited too.
  const uint64_t end = static_cast<uint64_t>(requests) * 40;
  while (accepted < requests && clocked.clock() < end) {
    if (pick(random, 0, 499) == 0) {
      read_percent = std::vector<int>{0, 5, 30, 100}[random() % 4];
      write_percent = std::vector<int>{0, 2, 30, 100}[random() % 4];
    }
    if (pick(random, 0, 199) == 0) idle(random() % (pick(random, 0, 4) == 0 ? 6000 : 100));
    if (pick(random, 0, 99) < read_percent) {
      const uint64_t burst = pick(random, 0, 9) == 0 ? writes.near() : reads.next();
      const bool taken = clocked.offer_read(burst, tag);
      ASSERT_EQ(events.offer_read(burst, tag), taken) << "read in clock " << clocked.clock();
      ++tag;
      accepted += taken ? 1 : 0;
    }
    if (pick(random, 0, 99) < write_percent) {
      const uint64_t burst = writes.next();
      const bool taken = clocked.offer_write(burst);
      ASSERT_EQ(events.offer_write(burst), taken) << "write in clock " << clocked.clock();
      accepted += taken ? 1 : 0;
    }
    idle(1 + (pick(random, 0, 19) == 0 ? random() % 40 : 0));
    ASSERT_EQ(events.reads_queued(), clocked.reads_queued());
    ASSERT_EQ(events.writes_queued(), clocked.writes_queued());
    ASSERT_EQ(events.write_mode(), clocked.write_mode()) << "clock " << clocked.clock();
    if (read_percent == 0 && write_percent == 0) read_percent = write_percent = 20;
  }
  idle(5000);
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_TRUE(found[i].clock == expected[i].clock && found[i].tag == expected[i].tag) << "delivery " << i;
  }
  const std::vector<Command>& want = expected_commands.commands;
  const std::vector<Command>& got = found_commands.commands;
  for (size_t i = 0; i < std::min(want.size(), got.size()); ++i) {
    ASSERT_TRUE(same(want[i], got[i]))
        << "command " << i << ", clocks " << want[i].clock << " and " << got[i].clock;
  }
  ASSERT_EQ(got.size(), want.size());
  EXPECT_TRUE(events.counts() == clocked.counts());
  expected_commands.expect_clean();
}

TEST(EventChannel, IssuesTheCommandsOfTheClockedChannel) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    compare(seed, 500);
    if (HasFatalFailure()) return;
  }
}

TEST(EventChannel, IssuesTheCommandsOfTheClockedChannelInALongRun) {
  for (uint64_t seed = 1001; seed <= 1003; ++seed) {
    compare(seed, 20'000);
    if (HasFatalFailure()) return;
  }
}

TEST(EventChannel, NamesItsNextEvent) {
  // Alone, a read on a closed bank: accepted, activate in clock 10, read in clock 10 + RCD, nothing after.
  Random random(7);
  Part part = random_part(random);
  part.controller.refresh = Refresh::off;
  part.controller.row_policy = RowPolicy::open;
  ConstraintChecker checker(part);
  EventChannel channel(part, &checker);
  EXPECT_EQ(channel.next_event(), EventChannel::kNever);
  channel.advance(10);
  ASSERT_TRUE(channel.offer_read(3, 99));
  EXPECT_EQ(channel.next_event(), 10U);
  channel.advance(11);
  const auto column = 10 + static_cast<uint64_t>(std::max(part.timing.RCD, part.command_clocks.activate));
  EXPECT_EQ(channel.next_event(), column);
  channel.advance_to_column();
  EXPECT_EQ(channel.clock(), column + 1);
  EXPECT_EQ(channel.next_event(), EventChannel::kNever);
  const auto known = channel.known_delivery();
  ASSERT_TRUE(known);
  const int latency = part.timing.CL + part.timing.BL + part.controller.return_clocks;
  EXPECT_EQ(known->clock, column + static_cast<uint64_t>(latency));
  EXPECT_EQ(known->tag, 99U);
  EXPECT_EQ(checker.violations(), 0U) << checker.text();
}

}  // namespace
}  // namespace vernier::dram
