// SPDX-License-Identifier: Apache-2.0
// The event-driven DRAM bus, with and without closed forms, against a bus that looks at every cycle.
#include "sim/engine/fast/dram_bus.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "models/memory/stall.h"

namespace vernier::engine {
namespace {

/// What a requester does: some cycles after its last burst was granted it asks again.
struct Ask {
  uint64_t gap = 1;  ///< from the last grant (cycle 0 at the start) to asking
  uint64_t delay =
      0;  ///< further cycles until the first request, which is at the earliest the cycle after asking
  uint64_t bursts = 1;
};

struct Scenario {
  machine::DramParams dram;
  int max_in_flight = 1;
  std::vector<Ask> asks[2];  // load, store
};

/// Cycle of the last grant of every ask.
struct Grants {
  std::vector<uint64_t> last[2];
};

/// docs/timing.md, section DRAM, read literally: one decision per cycle.
Grants every_cycle(const Scenario& scenario) {
  const machine::DramParams& dram = scenario.dram;
  const auto burst_cycles = static_cast<uint64_t>(dram.burst_bytes * 8 / dram.bits_per_cycle);
  struct State {
    size_t next = 0;  // ask
    uint64_t asks_in = 0;
    uint64_t from = 0;
    uint64_t remaining = 0;
  } states[2];
  for (int r : {0, 1}) {
    if (!scenario.asks[r].empty()) states[r].asks_in = scenario.asks[r][0].gap;
  }
  Grants grants;
  std::vector<uint64_t> arrivals;
  uint64_t bus_free = 0;
  uint64_t granted = 0;
  int last = 1;  // so that the load wins the first tie
  for (uint64_t t = 0;; ++t) {
    bool any_left = false;
    for (int r : {0, 1})
      any_left = any_left || states[r].remaining > 0 || states[r].next < scenario.asks[r].size();
    if (!any_left) return grants;
    const auto in_flight = std::count_if(arrivals.begin(), arrivals.end(), [t](uint64_t a) { return a > t; });
    bool requests[2];
    for (int r : {0, 1}) requests[r] = states[r].remaining > 0 && t >= states[r].from;
    if (in_flight >= scenario.max_in_flight) requests[0] = false;
    if (t >= bus_free && (requests[0] || requests[1])) {
      const int winner = requests[0] && requests[1] ? 1 - last : requests[0] ? 0 : 1;
      if (winner == 0) arrivals.push_back(t + burst_cycles + static_cast<uint64_t>(dram.latency_cycles));
      bus_free = t + burst_cycles + static_cast<uint64_t>(memory::stall_cycles(dram, granted));
      ++granted;
      last = winner;
      State& state = states[winner];
      if (--state.remaining == 0) {
        grants.last[winner].push_back(t);
        if (state.next < scenario.asks[winner].size()) {
          state.asks_in = t + scenario.asks[winner][state.next].gap;
        }
      }
    }
    for (int r : {0, 1}) {
      State& state = states[r];
      if (state.remaining > 0 || state.next == scenario.asks[r].size() || state.asks_in != t) continue;
      const Ask& ask = scenario.asks[r][state.next++];
      state.from = t + 1 + ask.delay;
      state.remaining = ask.bursts;
    }
  }
}

/// The bus under test, visited at its own events and when a requester asks.
Grants by_events(const Scenario& scenario, bool skip, uint64_t& visits) {
  DramBus bus(scenario.dram, scenario.max_in_flight, skip);
  Grants grants;
  size_t next[2] = {0, 0};
  std::optional<uint64_t> asks_in[2];
  for (int r : {0, 1}) {
    if (!scenario.asks[r].empty()) asks_in[r] = scenario.asks[r][0].gap;
  }
  while (true) {
    uint64_t now = bus.next_event();
    for (int r : {0, 1}) now = std::min(now, asks_in[r].value_or(DramBus::kNever));
    if (now == DramBus::kNever) return grants;
    ++visits;
    bus.advance(now);
    for (const DramBus::GrantRun& run : bus.take_load_grants()) {
      if (bus.can_skip()) continue;
      EXPECT_EQ(run.count, 1U);
      bus.arrive(run.first +
                 static_cast<uint64_t>(scenario.dram.burst_cycles() + scenario.dram.latency_cycles));
    }
    for (const DramBus::Requester requester : {DramBus::load_side, DramBus::store_side}) {
      const uint64_t finished = bus.take_finished(requester);
      if (finished == DramBus::kNever) continue;
      EXPECT_EQ(finished, now) << "the caller has to hear of a last grant in its cycle";
      grants.last[requester].push_back(finished);
      if (next[requester] < scenario.asks[requester].size()) {
        asks_in[requester] = now + scenario.asks[requester][next[requester]].gap;
      }
    }
    for (const DramBus::Requester requester : {DramBus::load_side, DramBus::store_side}) {
      if (asks_in[requester] != now) continue;
      const Ask& ask = scenario.asks[requester][next[requester]++];
      asks_in[requester].reset();
      bus.request(requester, now + 1 + ask.delay, ask.bursts);
    }
  }
}

Scenario random_scenario(uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&random](uint64_t low, uint64_t high) { return low + random() % (high - low + 1); };
  Scenario scenario;
  scenario.dram.bits_per_cycle = 64;
  scenario.dram.burst_bytes = static_cast<int>(8 * pick(1, 6));
  scenario.dram.latency_cycles = static_cast<int>(pick(1, 40));
  if (pick(0, 2) == 0) {
    scenario.dram.stall_seed = random();
    scenario.dram.stall_permille = static_cast<int>(pick(1, 600));
    scenario.dram.stall_max_cycles = static_cast<int>(pick(1, 9));
  }
  scenario.max_in_flight = static_cast<int>(pick(0, 1) == 0 ? pick(1, 6) : pick(7, 64));
  for (auto& asks : scenario.asks) {
    asks.resize(pick(0, 6));
    for (Ask& ask : asks) ask = {pick(1, 30), pick(0, 4), pick(0, 3) == 0 ? pick(1, 60) : pick(1, 5)};
  }
  return scenario;
}

void expect_equal(const Grants& expected, const Grants& actual, const std::string& what) {
  for (int r : {0, 1})
    EXPECT_EQ(actual.last[r], expected.last[r]) << what << (r == 0 ? ", loads" : ", stores");
}

TEST(DramBus, equals_a_bus_that_looks_at_every_cycle) {
  for (uint64_t seed = 1; seed <= 5000; ++seed) {
    const Scenario scenario = random_scenario(seed);
    const Grants expected = every_cycle(scenario);
    uint64_t visits = 0;
    expect_equal(expected, by_events(scenario, true, visits), fmt::format("seed {}, closed forms", seed));
    expect_equal(expected, by_events(scenario, false, visits), fmt::format("seed {}, every burst", seed));
    if (HasFailure()) return;
  }
}

// Bursts of 2 cycles, latency 3. A load of 3 asks in cycle 1, a store of 2 in cycle 3.
TEST(DramBus, shares_as_counted_by_hand) {
  Scenario scenario;
  scenario.dram.bits_per_cycle = 64;
  scenario.dram.burst_bytes = 16;
  scenario.dram.latency_cycles = 3;
  scenario.max_in_flight = 8;
  scenario.asks[0] = {{1, 0, 3}};
  scenario.asks[1] = {{3, 0, 2}};
  // load 2, then both request in 4: store 4, load 6, store 8, load 10.
  uint64_t visits = 0;
  const Grants grants = by_events(scenario, true, visits);
  EXPECT_EQ(grants.last[0], std::vector<uint64_t>{10});
  EXPECT_EQ(grants.last[1], std::vector<uint64_t>{8});
  expect_equal(every_cycle(scenario), grants, "by hand");
}

// One read in flight: the next is granted when the one before has arrived, 2 + 3 cycles after its grant.
TEST(DramBus, limits_reads_in_flight_as_counted_by_hand) {
  Scenario scenario;
  scenario.dram.bits_per_cycle = 64;
  scenario.dram.burst_bytes = 16;
  scenario.dram.latency_cycles = 3;
  scenario.max_in_flight = 1;
  scenario.asks[0] = {{1, 0, 3}};
  scenario.asks[1] = {{1, 0, 2}};
  // load 2, store 4, store 6; the load's next could be in 7 but the bus is busy until 8: 8, 13.
  uint64_t visits = 0;
  const Grants grants = by_events(scenario, true, visits);
  EXPECT_EQ(grants.last[0], std::vector<uint64_t>{13});
  EXPECT_EQ(grants.last[1], std::vector<uint64_t>{6});
  expect_equal(every_cycle(scenario), grants, "by hand");
}

TEST(DramBus, skips_long_runs) {
  Scenario scenario;
  scenario.dram = {10, 64, 16, 0, 0, 0};
  scenario.max_in_flight = 64;
  scenario.asks[0] = {{1, 0, 10000}};
  scenario.asks[1] = {{1, 0, 5000}};
  uint64_t few = 0;
  uint64_t many = 0;
  const Grants skipped = by_events(scenario, true, few);
  expect_equal(by_events(scenario, false, many), skipped, "skip");
  expect_equal(every_cycle(scenario), skipped, "every cycle");
  EXPECT_LT(few, 10U);
  EXPECT_GT(many, 14999U);
}

}  // namespace
}  // namespace vernier::engine
