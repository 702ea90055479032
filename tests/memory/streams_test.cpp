// SPDX-License-Identifier: Apache-2.0
// Streams between two clocks, tight: not a clock or cycle early, and in the one that docs/memory.md names.
// The witness for the clocks: edges compared as fractions, n / D with c / A.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "models/memory/load_stream.h"
#include "models/memory/store_stream.h"

namespace vernier::memory {
namespace {

struct Ratio {
  uint64_t accelerator, dram;
  /// First clock that begins at or after cycle c.
  [[nodiscard]] uint64_t clock_at(uint64_t cycle) const {
    uint64_t clock = 0;
    while (clock * accelerator < cycle * dram) ++clock;
    return clock;
  }
  /// First cycle that begins at or after clock n.
  [[nodiscard]] uint64_t cycle_at(uint64_t clock) const {
    uint64_t cycle = 0;
    while (cycle * dram < clock * accelerator) ++cycle;
    return cycle;
  }
};
constexpr std::array<Ratio, 5> kRatios = {{{1, 1}, {5, 6}, {4, 5}, {1000, 2133}, {5, 2}}};

/// Bursts of 64 bytes, every one in the only channel.
dram::Memory one_channel() {
  dram::Memory memory;
  memory.part.organisation.burst_bytes = 64;
  memory.part.organisation.row_bytes = 1024;
  memory.part.organisation.rows = 64;
  return memory;
}

BurstWalk walk(const dram::Memory& memory, uint64_t bursts) { return {memory, 0, {0, 1, 64 * bursts, 0}}; }

TEST(BurstWalk, row_by_row_and_channel_by_channel) {
  dram::Memory memory = one_channel();
  memory.channels = 2;
  memory.interleave_bytes = 128;  // bursts 0, 1 in channel 0, 2, 3 in channel 1, 4, 5 in channel 0
  const auto bursts = [&](int channel, const Transfer& transfer) {
    std::vector<uint64_t> found;
    for (BurstWalk at(memory, channel, transfer); !at.done(); at.advance()) found.push_back(at.current());
    return found;
  };
  using Bursts = std::vector<uint64_t>;
  const Transfer rows{100, 3, 64, 200};  // bytes [100, 164), [300, 364), [500, 564): bursts 1 2, 4 5, 7 8
  EXPECT_EQ(bursts(0, rows), (Bursts{1, 2, 3, 4}));
  EXPECT_EQ(bursts(1, rows), (Bursts{0, 3}));
  const Transfer twice{64, 2, 64, 0};  // rows share none
  EXPECT_EQ(bursts(0, twice), (Bursts{1, 1}));
  EXPECT_EQ(bursts(1, twice), Bursts{});
}

TEST(LoadStream, crosses_the_clocks_tight) {
  const dram::Memory memory = one_channel();
  for (const Ratio& ratio : kRatios) {
    const dram::ClockRatio clocks(ratio.accelerator * 1000000, ratio.dram * 1000000);
    for (uint64_t popped = 0; popped < 40; ++popped) {
      LoadStream stream(clocks, 2);
      stream.begin(0, walk(memory, 1), popped);
      const uint64_t first = ratio.clock_at(popped + 1);
      EXPECT_FALSE(stream.offer(first - 1));
      ASSERT_TRUE(stream.offer(first)) << ratio.dram << ":" << ratio.accelerator << " popped " << popped;
      EXPECT_EQ(stream.offer(first)->burst, 0U);
      EXPECT_FALSE(stream.all_accepted(UINT64_MAX));
      stream.accept(first);
      EXPECT_FALSE(stream.all_accepted(ratio.cycle_at(first + 1) - 1));
      EXPECT_TRUE(stream.all_accepted(ratio.cycle_at(first + 1)));
      stream.deliver(0, first + 7);
      EXPECT_FALSE(stream.ready(ratio.cycle_at(first + 7) - 1));
      EXPECT_TRUE(stream.ready(ratio.cycle_at(first + 7)));
      EXPECT_TRUE(stream.write(1));
      EXPECT_FALSE(stream.ready(UINT64_MAX));
    }
  }
}

TEST(LoadStream, keeps_q_in_flight_until_they_are_written) {
  const dram::Memory memory = one_channel();
  const dram::ClockRatio clocks(1, 1);
  LoadStream stream(clocks, 2);
  stream.begin(0, walk(memory, 3), 0);
  EXPECT_EQ(stream.offer(1)->tag, 0U);
  stream.accept(1);
  EXPECT_EQ(stream.offer(2)->tag, 1U);
  stream.accept(2);
  EXPECT_FALSE(stream.offer(3));
  stream.deliver(0, 9);
  EXPECT_FALSE(stream.offer(10));  // it has come, but is not written
  EXPECT_FALSE(stream.write(1));   // not the last of the transfer
  EXPECT_EQ(stream.offer(11)->burst, 2U);
  EXPECT_EQ(stream.offer(11)->tag, 2U);
}

TEST(LoadStream, writes_in_order_what_comes_out_of_order) {
  const dram::Memory memory = one_channel();
  const dram::ClockRatio clocks(1, 1);
  LoadStream stream(clocks, 8);
  stream.begin(0, walk(memory, 2), 0);
  stream.accept(1);
  stream.accept(2);
  stream.begin(1, walk(memory, 1), 3);  // the next transfer overlaps
  stream.accept(4);
  stream.deliver(2, 10);
  stream.deliver(1, 12);
  EXPECT_FALSE(stream.ready(100));
  stream.deliver(0, 20);
  EXPECT_FALSE(stream.ready(19));
  EXPECT_TRUE(stream.ready(20));
  EXPECT_EQ(stream.transfer(), 0U);
  // Two accesses a burst.
  EXPECT_FALSE(stream.write(2));
  EXPECT_EQ(stream.in_flight(), 3U);
  EXPECT_FALSE(stream.write(2));
  EXPECT_EQ(stream.in_flight(), 2U);
  EXPECT_FALSE(stream.write(2));
  EXPECT_TRUE(stream.write(2));
  EXPECT_EQ(stream.transfer(), 1U);
  EXPECT_TRUE(stream.ready(20));
}

TEST(StoreStream, crosses_the_clocks_tight) {
  const dram::Memory memory = one_channel();
  constexpr int kLatency = 2;
  for (const Ratio& ratio : kRatios) {
    const dram::ClockRatio clocks(ratio.accelerator * 1000000, ratio.dram * 1000000);
    for (uint64_t popped = 0; popped < 40; ++popped) {
      StoreStream stream(clocks, 4, kLatency);
      stream.begin(walk(memory, 1), popped);
      EXPECT_FALSE(stream.ready(popped));
      ASSERT_TRUE(stream.ready(popped + 1));
      stream.read(popped + 1, 1);
      const uint64_t first = ratio.clock_at(popped + 1 + kLatency);
      EXPECT_FALSE(stream.offer(first - 1));
      ASSERT_TRUE(stream.offer(first)) << ratio.dram << ":" << ratio.accelerator << " popped " << popped;
      EXPECT_FALSE(stream.accepted_from());
      stream.accept(first);
      EXPECT_EQ(stream.accepted_from(), ratio.cycle_at(first + 1));
    }
  }
}

TEST(StoreStream, reads_ahead_of_the_channel_by_q_bursts) {
  const dram::Memory memory = one_channel();
  const dram::ClockRatio clocks(5, 2);  // clock n begins in cycle 2.5 n
  StoreStream stream(clocks, 2, 1);
  stream.begin(walk(memory, 3), 0);
  stream.read(1, 1);
  EXPECT_TRUE(stream.ready(2));
  stream.read(2, 2);  // a half burst does not count
  EXPECT_EQ(stream.in_flight(3), 1U);
  EXPECT_TRUE(stream.ready(3));
  stream.read(3, 2);
  EXPECT_FALSE(stream.ready(4));
  // Clock 1 begins at 2.5, clock 2 at 5: a burst accepted in clock 1 counts up to cycle 4.
  EXPECT_EQ(stream.offer(1), 0U);
  stream.accept(1);
  EXPECT_FALSE(stream.ready(4));
  EXPECT_TRUE(stream.ready(5));
  EXPECT_EQ(stream.offer(2), 1U);  // read in 3, so from cycle 4 = clock 1.6 on
  EXPECT_FALSE(stream.offer(1));
}

}  // namespace
}  // namespace vernier::memory
