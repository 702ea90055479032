// SPDX-License-Identifier: Apache-2.0
// Addresses for schedules that do not pack.
#include "sim/schedule/exact/repair.h"

#include <gtest/gtest.h>

#include "sim/schedule/check/check.h"
#include "sim/schedule/exact/pack.h"
#include "tests/schedule/families.h"
#include "tests/schedule/random_graph.h"

namespace vernier::schedule {
namespace {

/// Three tensors of 2 bytes lie in 6; the one in the middle stays when the others go, and 3 bytes come. By
/// hand: either it lies at the edge from the start, for nothing, or it has to leave, or move, at 2 bytes (it
/// has a copy in DRAM).
TEST(Repair, FindsThePlaceThatCostsNothing) {
  graph::Graph graph;
  graph.name = "middle";
  const auto tensor = [&](uint64_t bytes, bool weight) {
    graph::Tensor made;
    made.name = "t" + std::to_string(graph.tensors.size());
    made.kind = weight ? graph::TensorKind::weight : graph::TensorKind::activation;
    made.bytes = bytes;
    graph.tensors.push_back(made);
    return static_cast<int>(graph.tensors.size()) - 1;
  };
  const int a = tensor(2, true), b = tensor(2, true), c = tensor(2, false), d = tensor(3, false);
  graph.operators = {{"one", "", {a, b}, {c}, {}, {}, 0}, {"two", "", {b}, {d}, {}, {}, 0}};
  graph.tensors[c].output = graph.tensors[d].output = true;
  graph::normalise(graph, "middle");
  Schedule schedule;
  schedule.order = {0, 1};
  schedule.residencies = {{a, 0, 0, 0}, {b, 0, 1, 0}, {c, 0, 0, 0}, {d, 1, 1, 0}};
  ASSERT_TRUE(exact::repair(graph, 6, {}, schedule));
  EXPECT_EQ(check_schedule(graph, schedule, 6, true).noncompulsory_bytes(), 0u);
}

/// Of random graphs, and of networks cut to tiles: what comes out obeys the checker, costs what is said, and
/// is no cheaper than the schedule without addresses. Where that packs as it is, nothing has to leave.
TEST(Repair, SchedulesObeyTheCheckerAndCostWhatIsSaid) {
  const uint64_t seed = families::from_environment("VERNIER_SEED", 1);
  SCOPED_TRACE("VERNIER_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  int repaired = 0, dearer = 0, free = 0, packed = 0;
  const auto hold = [&](const graph::Graph& graph, uint64_t capacity, double seconds) {
    Limits limits;
    limits.addresses = false;
    limits.seconds = seconds;
    const Outcome outcome = solve_exact(graph, capacity, limits);
    Schedule schedule = *outcome.schedule, packing = schedule;
    EXPECT_EQ(exact::noncompulsory_bytes(graph, schedule), outcome.noncompulsory_bytes);
    const bool packs = exact::give_addresses(graph, capacity, {}, packing);
    if (!exact::repair(graph, capacity, {}, schedule)) return;
    ++repaired;
    const uint64_t cost = check_schedule(graph, schedule, capacity, true).noncompulsory_bytes();
    EXPECT_EQ(cost, exact::noncompulsory_bytes(graph, schedule));
    EXPECT_GE(cost, outcome.noncompulsory_bytes);
    if (cost > outcome.noncompulsory_bytes) ++dearer;
    if (packs) {
      ++packed;
      if (cost == outcome.noncompulsory_bytes) ++free;
    }
  };
  constexpr int kCases = 300;
  for (int i = 0; i < kCases; ++i) {
    SCOPED_TRACE("graph " + std::to_string(i));
    RandomGraph shape;
    shape.operators = 6 + static_cast<int>(random() % 12);
    shape.max_bytes = 20;
    const graph::Graph graph = random_graph(shape, random);
    hold(graph, least_capacity(graph) + random() % 4, 10);
  }
  EXPECT_EQ(repaired, kCases);  // one operator after the other always fits
  EXPECT_GT(2 * free, packed);
  EXPECT_GT(dearer, 0);
  for (const graph::Graph& graph : {families::llama(2, 2, 1, 2), families::inverted_strips(2, 4)})
    hold(graph, families::capacities(graph)[0], 0.2);
}

/// Two rows of a Llama layer at the size of the largest operator: the plan for bytes alone does not pack.
/// Before, what was left then was a schedule that keeps nothing, at several times the bound.
TEST(Repair, KeepsTightSchedulesNearTheOnesWithoutAddresses) {
  const graph::Graph graph = families::llama(2, 4, 2, 4);
  const uint64_t capacity = families::capacities(graph)[0];
  Limits limits;
  limits.seconds = 1;
  const Outcome placed = solve_exact(graph, capacity, limits);
  (void)check_outcome(graph, placed, capacity, true);
  limits.addresses = false;
  const Outcome bytes = solve_exact(graph, capacity, limits);
  EXPECT_LT(static_cast<double>(placed.noncompulsory_bytes),
            1.25 * static_cast<double>(bytes.noncompulsory_bytes));
}

/// Whatever the search is at when its time ends: wide strips have millions of sets of victims per step, and
/// as many places for them.
TEST(Repair, SearchesOfWideStripsEndInTime) {
  for (const auto& [graph, size] :
       {std::pair{families::inverted_strips(2, 16), 3}, {families::inverted_strips(2, 8), 1}}) {
    const uint64_t capacity = families::capacities(graph)[static_cast<size_t>(size)];
    Limits limits;
    limits.seconds = 1;
    const Outcome outcome = solve_exact(graph, capacity, limits);
    (void)check_outcome(graph, outcome, capacity, true);
    EXPECT_LT(outcome.seconds, 6) << graph.name;
  }
}

}  // namespace
}  // namespace vernier::schedule
