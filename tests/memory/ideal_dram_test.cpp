// SPDX-License-Identifier: Apache-2.0
// Transfers from and to the `ideal` DRAM with ports that others take, counted by hand from docs/memory.md and
// docs/timing.md. 16-byte bursts of b = 4 cycles, latency 3.
#include <gtest/gtest.h>

#include "tests/memory/dram_bench.h"

namespace vernier::memory {
namespace {

using isa::Scratchpad;
using Cycles = std::vector<uint64_t>;

machine::Machine ideal_machine() {
  machine::Machine machine = plain_machine();
  machine.dram = {};
  machine.dram.latency_cycles = 3;
  machine.dram.bits_per_cycle = 32;
  machine.dram.burst_bytes = 16;
  return machine;
}

DmaTransfer bursts(Scratchpad scratchpad, uint64_t count) { return {{0, 1, 16 * count, 0}, scratchpad, 1}; }

// Granted in 1, written in 1 + 4 + 3 - 1 = 7.
TEST(IdealDram, a_load_waits_for_the_port) {
  for (const bool wait : {false, true}) {
    Bench bench(ideal_machine());
    bench.taken = {{6, {0, 1}}};
    if (wait) bench.taken[7] = {0, 1};
    bench.loads[0] = bursts(Scratchpad::output, 1);
    bench.run(20);
    EXPECT_EQ(bench.load_ends, Cycles{wait ? 9U : 8U});
    EXPECT_EQ(Bench::first_free(bench.free_loads, 1), 2U);
    EXPECT_EQ(bench.refused, wait ? 1U : 0U);
  }
}

// A port of 32 bits takes 4 cycles a burst: from 1 + 4 + 3 - 4 = 4 to 7, if none of them is taken.
TEST(IdealDram, bursts_stream_in) {
  for (const uint64_t taken : {3U, 4U, 7U, 8U}) {
    machine::Machine machine = ideal_machine();
    machine.output_spad.bank_width_bits = 32;
    Bench bench(machine);
    bench.taken = {{taken, {0, 1}}};
    bench.loads[0] = bursts(Scratchpad::output, 1);
    bench.run(20);
    EXPECT_EQ(bench.load_ends, Cycles{taken == 4 || taken == 7 ? 9U : 8U}) << taken;
  }
}

// One in flight: the second burst is granted in the cycle after the first was written.
TEST(IdealDram, a_burst_is_in_flight_until_it_is_written) {
  for (const bool wait : {false, true}) {
    machine::Machine machine = ideal_machine();
    machine.dma_max_in_flight = 1;
    Bench bench(machine);
    if (wait) bench.taken[7] = {0, 1};
    bench.loads[0] = bursts(Scratchpad::output, 2);
    bench.run(30);
    EXPECT_EQ(bench.load_ends, Cycles{wait ? 16U : 15U});
  }
}

// Requests from 0 + 1 + 1 = 2 on; ended 7 cycles after the grant.
TEST(IdealDram, a_store_does_not_request_without_its_port) {
  for (const bool wait : {false, true}) {
    Bench bench(ideal_machine());
    bench.taken = {{1, {1, 0}}};
    if (wait) bench.taken[2] = {1, 0};
    bench.stores[0] = bursts(Scratchpad::output, 1);
    bench.run(20);
    EXPECT_EQ(bench.store_ends, Cycles{wait ? 10U : 9U});
    EXPECT_EQ(bench.refused, 0U);
  }
}

// Both request in 6, after a grant to the load in 2 (popped in 1): the store's turn. Without its port the
// load goes on, and the store comes in 10.
TEST(IdealDram, the_bus_goes_to_the_load_if_the_store_has_no_port) {
  for (const bool wait : {false, true}) {
    Bench bench(ideal_machine());
    if (wait) bench.taken[6] = {1, 0};
    bench.loads[1] = bursts(Scratchpad::output, 2);
    bench.stores[2] = bursts(Scratchpad::output, 1);
    bench.run(30);
    EXPECT_EQ(bench.store_ends, Cycles{wait ? 17U : 13U});
    EXPECT_EQ(bench.load_ends, Cycles{wait ? 13U : 17U});
  }
}

// Nothing in between: a burst granted in 1 is written in 1, one of a store granted in 2 ends in 3.
TEST(IdealDram, no_latency_and_one_cycle_a_burst) {
  machine::Machine machine = ideal_machine();
  machine.dram.latency_cycles = 0;
  machine.dram.bits_per_cycle = 128;
  Bench bench(machine);
  bench.loads[0] = bursts(Scratchpad::output, 1);
  bench.stores[0] = bursts(Scratchpad::output, 1);
  bench.run(10);
  EXPECT_EQ(bench.load_ends, Cycles{2});
  EXPECT_EQ(bench.store_ends, Cycles{3});
}

}  // namespace
}  // namespace vernier::memory
