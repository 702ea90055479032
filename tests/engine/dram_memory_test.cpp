// SPDX-License-Identifier: Apache-2.0
// The load and the store unit on DRAM parts in events against the same cycle by cycle: random machines,
// parts, clocks, transfers, and ports that others use at random.
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "tests/engine/clocked_streams.h"
#include "tests/engine/dram_work.h"

namespace vernier::engine {
namespace {

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

}  // namespace
}  // namespace vernier::engine
