// SPDX-License-Identifier: Apache-2.0
// Transfers from and to a DRAM part, counted by hand from docs/memory.md on a part with round numbers.
#include <gtest/gtest.h>

#include "tests/memory/dram_bench.h"

namespace vernier::memory {
namespace {

using isa::Scratchpad;
using Cycles = std::vector<uint64_t>;

// Popped in 0: offered and accepted in clock 1, ACT 1, RD 3, delivered 3 + 3 + 2 + 1 = 9, written in 9.
TEST(PartDram, a_load_by_hand) {
  Bench bench(plain_machine());
  bench.loads[0] = Bench::transfer(Scratchpad::weight, 0, 1);
  bench.run(20);
  EXPECT_EQ(bench.load_ends, Cycles{10});
  EXPECT_EQ(Bench::first_free(bench.free_loads, 1), 2U);
  EXPECT_EQ(bench.refused, 0U);
}

// Three bursts: accepted in 1, 2, 3, free in 4; RD 3, 5, 7, delivered 9, 11, 13. The next load is popped in
// 4: accepted in 5, RD 9, delivered 15.
TEST(PartDram, loads_overlap) {
  Bench bench(plain_machine());
  bench.loads[0] = Bench::transfer(Scratchpad::weight, 0, 3);
  bench.loads[4] = Bench::transfer(Scratchpad::activation, 3, 1);
  bench.run(20);
  EXPECT_EQ(bench.load_ends, (Cycles{14, 16}));
  EXPECT_EQ(Bench::first_free(bench.free_loads, 1), 4U);
}

// Q = 1: burst 1 is offered when burst 0, written in 9, does not count any more: accepted in 10, RD 10 (the
// row is open), delivered 16. Burst 2: accepted in 17, delivered 23.
TEST(PartDram, one_burst_in_flight) {
  machine::Machine machine = plain_machine();
  machine.dma_max_in_flight = 1;
  Bench bench(machine);
  bench.loads[0] = Bench::transfer(Scratchpad::weight, 0, 3);
  bench.run(30);
  EXPECT_EQ(bench.load_ends, Cycles{24});
  EXPECT_EQ(Bench::first_free(bench.free_loads, 1), 18U);
}

// Popped in 0, read in 1, offered from clock 2 on, accepted in 2: free and ended in 3.
TEST(PartDram, a_store_by_hand) {
  Bench bench(plain_machine());
  bench.stores[0] = Bench::transfer(Scratchpad::output, 0, 1);
  bench.run(20);
  EXPECT_EQ(bench.store_ends, Cycles{3});
  EXPECT_EQ(Bench::first_free(bench.free_stores, 1), 3U);
}

// Its write waits for ACT in 2 until clock 4. A load popped in 3 offers in clock 4, when the burst is still
// in the write queue: delivered in 4 + 1, ended in 6. One popped in 4 comes too late for that: accepted in 5;
// the row is open, and WR to RD takes CWL + BL + WTR = 4: RD 8, delivered 14.
TEST(PartDram, a_load_is_answered_by_a_store_that_has_not_reached_the_bank) {
  for (const uint64_t popped : {3U, 4U}) {
    Bench bench(plain_machine());
    bench.stores[0] = Bench::transfer(Scratchpad::output, 5, 1);
    bench.loads[popped] = Bench::transfer(Scratchpad::output, 5, 1);
    bench.run(30);
    EXPECT_EQ(bench.store_ends, Cycles{3});
    EXPECT_EQ(bench.load_ends, Cycles{popped == 3 ? 6U : 15U});
    bench.part->mark_end();
    const dram::ChannelCounts counts = bench.part->finish();
    EXPECT_EQ(counts.forwarded, popped == 3 ? 1U : 0U);
    EXPECT_EQ(counts.reads, popped == 3 ? 0U : 1U);
    EXPECT_EQ(counts.writes, 1U);
  }
}

// Ports taken in 9 and 10: written in 11. The port of the other kind does not matter.
TEST(PartDram, a_load_waits_for_the_port) {
  for (const bool write : {true, false}) {
    Bench bench(plain_machine());
    const PortClaim claim = write ? PortClaim{0, 1} : PortClaim{1, 0};
    bench.taken = {{8, claim}, {9, claim}, {10, claim}};
    bench.loads[0] = Bench::transfer(Scratchpad::output, 0, 1);
    bench.run(20);
    EXPECT_EQ(bench.load_ends, Cycles{write ? 12U : 10U});
    EXPECT_EQ(bench.refused, write ? 2U : 0U);
  }
}

// A store reads in 1, or with the port taken in 1 and 2, in 3: two cycles later everything.
TEST(PartDram, a_store_waits_for_the_port) {
  for (const bool read : {true, false}) {
    Bench bench(plain_machine());
    const PortClaim claim = read ? PortClaim{1, 0} : PortClaim{0, 1};
    bench.taken = {{1, claim}, {2, claim}};
    bench.stores[0] = Bench::transfer(Scratchpad::output, 0, 1);
    bench.run(20);
    EXPECT_EQ(bench.store_ends, Cycles{read ? 5U : 3U});
    EXPECT_EQ(bench.refused, read ? 2U : 0U);
  }
}

// Both units want the only port of the output scratchpad in 9: the store goes first.
TEST(PartDram, the_store_goes_before_the_load) {
  for (const machine::PortKind kind : {machine::PortKind::rw1, machine::PortKind::r1w1}) {
    machine::Machine machine = plain_machine();
    machine.output_spad.ports = kind;
    Bench bench(machine);
    bench.loads[0] = Bench::transfer(Scratchpad::output, 0, 1);
    bench.stores[8] = Bench::transfer(Scratchpad::output, 9, 1);
    bench.run(20);
    const bool one_port = kind == machine::PortKind::rw1;
    EXPECT_EQ(bench.load_ends, Cycles{one_port ? 11U : 10U});
    EXPECT_EQ(bench.store_ends, Cycles{11});
    EXPECT_EQ(bench.refused, one_port ? 1U : 0U);
  }
}

// Compute writes group 1 all the time; a transfer of group 0 does not notice, one of both waits.
TEST(PartDram, other_groups_of_banks_are_free) {
  for (const uint64_t groups : {uint64_t{0b01}, uint64_t{0b11}}) {
    machine::Machine machine = plain_machine();
    machine.output_spad.banks = 2;
    machine.output_spad.stripe_banks = 1;
    Bench bench(machine);
    for (uint64_t cycle = 0; cycle < 15; ++cycle) bench.taken[cycle] = {0, 0b10};
    bench.loads[0] = Bench::transfer(Scratchpad::output, 0, 1, groups);
    bench.run(20);
    EXPECT_EQ(bench.load_ends, Cycles{groups == 0b01 ? 10U : 16U});
  }
}

// Two channels, a port of half a burst: W = 1, R = 2, B = 2. Owners of cycles 8.. are 0 1 1 0 0 1 1 0:
// channel 1 writes in 9 and 10, channel 0 in 11 and 12.
TEST(PartDram, bursts_of_several_slots) {
  machine::Machine machine = plain_machine();
  machine.dram.memory.channels = 2;
  machine.weight_spad.bank_width_bits = 256;
  Bench bench(machine);
  bench.loads[0] = Bench::transfer(Scratchpad::weight, 0, 2);
  bench.run(20);
  EXPECT_EQ(bench.load_ends, Cycles{13});
  // Taken in 11: channel 0 needs 12 and its next own cycle, 15.
  Bench refused(machine);
  refused.taken_scratchpad = Scratchpad::weight;
  refused.taken = {{10, {1, 0}}, {11, {0, 1}}};
  refused.loads[0] = Bench::transfer(Scratchpad::weight, 0, 2);
  refused.run(20);
  EXPECT_EQ(refused.load_ends, Cycles{16});
  EXPECT_EQ(refused.refused, 1U);
}

// The same for a store popped in 0; owners from cycle 1 on are 1 1 0 0 1 1 0: channel 1 reads in 1 and 2 (its
// burst is offered in clock 3), channel 0 in 3 and 4 (5): ended in 6.
TEST(PartDram, stores_in_slots) {
  machine::Machine machine = plain_machine();
  machine.dram.memory.channels = 2;
  machine.output_spad.bank_width_bits = 256;
  Bench bench(machine);
  bench.stores[0] = Bench::transfer(Scratchpad::output, 0, 2);
  bench.run(20);
  EXPECT_EQ(bench.store_ends, Cycles{6});
}

// A port that takes both bursts at once: R = 1.
TEST(PartDram, channels_share_an_access) {
  machine::Machine machine = plain_machine();
  machine.dram.memory.channels = 2;
  machine.weight_spad.bank_width_bits = 1024;
  Bench bench(machine);
  bench.loads[0] = Bench::transfer(Scratchpad::weight, 0, 2);
  bench.loads[2] = Bench::transfer(Scratchpad::weight, 2, 1);  // channel 0 only
  bench.run(20);
  EXPECT_EQ(bench.load_ends, (Cycles{10, 12}));
}

// Loads end in order: the second one's burst, in the other channel, is there first (its ports are free).
TEST(PartDram, ends_in_order_of_the_pops) {
  machine::Machine machine = plain_machine();
  machine.dram.memory.channels = 2;
  Bench bench(machine);
  for (uint64_t cycle = 9; cycle < 14; ++cycle) bench.taken[cycle] = {0, 1};
  bench.loads[0] = Bench::transfer(Scratchpad::output, 0, 1);
  bench.loads[2] = Bench::transfer(Scratchpad::weight, 1, 1);
  bench.run(30);
  ASSERT_EQ(bench.load_ends.size(), 2U);
  EXPECT_EQ(bench.load_ends[0], bench.load_ends[1]);
}

/// The load and the store of one burst by hand, in both clocks: popped in 0 the load is accepted in clock
/// ceil(D / A), delivered 8 clocks later, written in the first cycle that begins then or later; the store is
/// read in 1, offered from cycle 2 on.
TEST(PartDram, two_clocks_by_hand) {
  struct Case {
    double accelerator;
    uint64_t dram;
    uint64_t load_end, load_free, store_end;
  };
  const std::vector<Case> cases = {
      {1e9, 1000000000, 10, 2, 3},
      // Clock n begins in cycle n * 5 / 6. Load: clock 2 (1.67), free in 2.5 -> 3, delivered in clock
      // 10: 8.33 ->
      // 9. Store: from cycle 2 = clock 2.4 on: 3, known in clock 4: 3.33 -> 4.
      {1e9, 1200000000, 10, 3, 4},
      // 5 / 4: load clock 1 (1.25), free in clock 2: 2.5 -> 3, delivered in clock 9: 11.25 -> 12. Store:
      // clock 1.6 -> 2, known in clock 3: 3.75 -> 4.
      {1e9, 800000000, 13, 3, 4},
      // 1000 / 2133: load clock 3, free in clock 4: 1.88 -> 2, delivered in clock 11: 5.16 -> 6. Store: clock
      // 4.27 -> 5, known in clock 6: 2.81 -> 3.
      {1e9, 2133000000, 7, 2, 3},
      // 5 / 2: load clock 1 (2.5), free in clock 2: 5, delivered in clock 9: 22.5 -> 23. Store: clock 0.8 ->
      // 1, known in clock 2: 5.
      {1e9, 400000000, 24, 5, 5},
  };
  for (const Case& expected : cases) {
    machine::Machine machine = plain_machine();
    machine.clock_hz = expected.accelerator;
    machine.dram.memory.part.clock_hz = expected.dram;
    Bench load(machine);
    load.loads[0] = Bench::transfer(Scratchpad::weight, 0, 1);
    load.run(40);
    EXPECT_EQ(load.load_ends, Cycles{expected.load_end}) << expected.dram;
    EXPECT_EQ(Bench::first_free(load.free_loads, 1), expected.load_free) << expected.dram;
    Bench store(machine);
    store.stores[0] = Bench::transfer(Scratchpad::output, 0, 1);
    store.run(40);
    EXPECT_EQ(store.store_ends, Cycles{expected.store_end}) << expected.dram;
    EXPECT_EQ(Bench::first_free(store.free_stores, 1), expected.store_end) << expected.dram;
  }
}

// Counts stop at the mark, unless a write waits: then with the clock in which the last one leaves. With
// per-cycle refreshes after the mark a later count would be larger.
TEST(PartDram, counts_end_with_the_run_or_the_last_write) {
  machine::Machine machine = plain_machine();
  machine.dram.memory.part.controller.refresh = dram::Refresh::all_bank;
  machine.dram.memory.part.timing.REFI = 12;
  Bench bench(machine);
  bench.stores[0] = Bench::transfer(Scratchpad::output, 0, 1);
  bench.run(3);
  bench.part->mark_end();  // ended in 3; the write is issued in 4
  dram::ChannelCounts counts = bench.part->finish();
  EXPECT_EQ(counts.writes, 1U);
  EXPECT_EQ(counts.refreshes, 0U);
  for (uint64_t now = 5; now < 40; ++now) bench.part->run(now);
  EXPECT_EQ(bench.part->finish().refreshes, 0U);
  bench.part->mark_end();  // clock 39: due in 12, 24, 36
  EXPECT_EQ(bench.part->finish().refreshes, 3U);
}

}  // namespace
}  // namespace vernier::memory
