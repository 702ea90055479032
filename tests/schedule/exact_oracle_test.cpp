// SPDX-License-Identifier: Apache-2.0
// The exact method against trying everything, on tiny random graphs.
#include "tests/schedule/exact_oracle.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "sim/schedule/check/check.h"
#include "tests/schedule/families.h"
#include "workloads/graph/check.h"

namespace vernier::schedule {
namespace {

struct Case {
  graph::Graph graph;
  uint64_t capacity = 0;
};

/// Up to `operators` of them with one or two outputs and up to three inputs; sizes 1..largest.
Case random_case(uint64_t seed, int operators, uint64_t largest) {
  std::mt19937_64 random(seed);
  const auto below = [&](uint64_t n) { return static_cast<int>(random() % n); };
  Case made;
  graph::Graph& graph = made.graph;
  graph.name = "random";
  const auto add = [&](graph::TensorKind kind) {
    graph::Tensor tensor;
    tensor.name = "t" + std::to_string(graph.tensors.size());
    tensor.kind = kind;
    tensor.bytes = 1 + random() % largest;
    graph.tensors.push_back(tensor);
    return static_cast<int>(graph.tensors.size()) - 1;
  };
  const int given = 1 + below(2);
  for (int i = 0; i < given; ++i) add(i == 0 ? graph::TensorKind::input : graph::TensorKind::weight);
  const int count = 2 + below(static_cast<uint64_t>(operators) - 1);
  for (int o = 0; o < count; ++o) {
    graph::Operator op;
    op.name = "o" + std::to_string(o);
    const int inputs = 1 + below(2) + below(6) / 5;
    for (int i = 0; i < inputs; ++i) {
      const int k = below(graph.tensors.size());
      if (std::find(op.inputs.begin(), op.inputs.end(), k) == op.inputs.end()) op.inputs.push_back(k);
    }
    const int outputs = below(5) == 0 ? 2 : 1;
    for (int i = 0; i < outputs; ++i) {
      const int k = add(graph::TensorKind::activation);
      graph.tensors[k].output = below(6) == 0;
      op.outputs.push_back(k);
    }
    graph.operators.push_back(op);
  }
  graph::normalise(graph, "random");
  const uint64_t need = graph::need_of(graph, graph::largest_operator(graph));
  made.capacity = need + static_cast<uint64_t>(below(2)) * random() % largest - (below(16) == 0 ? 1 : 0);
  return made;
}

struct Interval {
  int from, to;
  uint64_t bytes;
};

/// Operators in a chain, each of which reads everything that is there: intervals are then all there is to
/// place, and only a tensor that leaves and comes again can lie elsewhere. A step in which nothing begins is
/// none.
graph::Graph graph_of(std::vector<Interval> intervals) {
  std::set<int> begins;
  for (const Interval& interval : intervals) begins.insert(interval.from);
  for (Interval& interval : intervals) {
    for (int* step : {&interval.from, &interval.to}) {
      *step = static_cast<int>(std::distance(begins.begin(), begins.upper_bound(*step))) - 1;
    }
  }
  graph::Graph graph;
  graph.name = "intervals";
  for (const Interval& interval : intervals) {
    const int k = static_cast<int>(graph.tensors.size());
    graph::Tensor tensor;
    tensor.name = "t" + std::to_string(k);
    tensor.bytes = interval.bytes;
    graph.tensors.push_back(tensor);
    for (int t = interval.from; t <= interval.to; ++t) {
      while (static_cast<int>(graph.operators.size()) <= t) {
        graph::Operator op;
        op.name = "o" + std::to_string(graph.operators.size());
        graph.operators.push_back(op);
      }
      (t == interval.from ? graph.operators[t].outputs : graph.operators[t].inputs).push_back(k);
    }
  }
  graph::normalise(graph, "intervals");
  return graph;
}

struct Tally {
  int proved = 0, spilling = 0, infeasible = 0;
};

void compare(uint64_t seed, const Case& made, bool addresses, Tally& tally) {
  SCOPED_TRACE("VERNIER_SEED=" + std::to_string(seed));
  Limits limits;
  limits.seconds = 20;
  limits.addresses = addresses;
  const Outcome outcome = solve_exact(made.graph, made.capacity, limits);
  const auto least = least_bytes(made.graph, made.capacity, addresses);
  if (!least) {
    EXPECT_EQ(outcome.status, Status::infeasible);
    ++tally.infeasible;
    return;
  }
  ASSERT_TRUE(outcome.schedule);
  EXPECT_EQ(check_outcome(made.graph, outcome, made.capacity, addresses).noncompulsory_bytes(),
            outcome.noncompulsory_bytes);
  EXPECT_GE(outcome.noncompulsory_bytes, *least);
  EXPECT_LE(outcome.lower_bound_bytes, *least);
  if (outcome.status == Status::optimal) {
    EXPECT_EQ(outcome.noncompulsory_bytes, *least);
    ++tally.proved;
  }
  if (*least > 0) ++tally.spilling;
}

TEST(Exact, CapacityAgreesWithTryingEverything) {
  const uint64_t first = families::from_environment("VERNIER_SEED", 1);
  const uint64_t cases = families::from_environment(
      "VERNIER_CASES", families::from_environment("VERNIER_LONG", 0) != 0 ? 5000 : 500);
  Tally tally;
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    compare(seed, random_case(seed, 6, seed % 2 == 0 ? 9 : 3), false, tally);
  }
  EXPECT_EQ(tally.proved + tally.infeasible, static_cast<int>(cases));
  if (cases >= 100) {
    EXPECT_GT(tally.spilling, static_cast<int>(cases / 20));
    EXPECT_GT(tally.infeasible, 0);
  }
}

TEST(Exact, AddressesAgreeWithTryingEverything) {
  const uint64_t first = families::from_environment("VERNIER_SEED", 1);
  const uint64_t cases = families::from_environment(
      "VERNIER_CASES", families::from_environment("VERNIER_LONG", 0) != 0 ? 1000 : 60);
  Tally tally;
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    const Case made = random_case(seed, 6, 3);
    if (made.capacity <= 7) compare(seed, made, true, tally);
  }
  EXPECT_GT(tally.proved, static_cast<int>(cases / 2));
}

// Every step fills the scratchpad to the last byte, so that nothing has to leave by capacity; but no
// addresses exist. The first by hand, in 6 bytes: 4 at 0 (or mirrored) up to step 2 beside 2, then beside two
// of 1, at 4 and 5. In step 3 another of 1 and one of 3 take 0 to 3, so that the one of 1 is at 0 or 3. In
// step 4 it and one of the first two leave 4 bytes in a piece only if they are at 0 and 5; then the 2 of step
// 5 are in two pieces.
TEST(Exact, IntervalsThatDoNotPackCostMoreWithAddresses) {
  const std::vector<std::vector<Interval>> cases = {
      {{0, 2, 4}, {0, 0, 2}, {1, 3, 1}, {1, 4, 1}, {3, 4, 1}, {3, 3, 3}, {4, 5, 4}, {5, 5, 2}},
      {{0, 0, 2}, {0, 1, 3}, {0, 4, 1}, {1, 2, 1}, {1, 5, 1}, {2, 5, 2}, {2, 2, 1}, {3, 4, 2}, {5, 5, 3}},
      {{0, 1, 3}, {0, 2, 3}, {2, 4, 1}, {2, 3, 2}, {3, 3, 1}, {3, 4, 2}, {4, 5, 3}, {5, 5, 3}},
      {{0, 0, 3},
       {0, 3, 1},
       {0, 2, 1},
       {0, 2, 1},
       {1, 4, 1},
       {1, 1, 2},
       {2, 3, 1},
       {2, 2, 1},
       {3, 5, 3},
       {4, 4, 2},
       {5, 5, 3}},
      {{0, 0, 4}, {0, 1, 3}, {1, 3, 1}, {1, 2, 1}, {1, 5, 2}, {2, 2, 2}, {2, 3, 1}, {3, 5, 3}, {4, 5, 2}},
      {{0, 1, 5}, {0, 4, 2}, {2, 3, 3}, {2, 2, 2}, {3, 4, 1}, {3, 5, 1}, {4, 4, 1}, {4, 5, 2}, {5, 5, 4}},
      {{0, 2, 3}, {0, 0, 4}, {1, 4, 2}, {1, 3, 1}, {1, 2, 1}, {3, 3, 2}, {3, 4, 2}, {4, 5, 3}, {5, 5, 4}},
      {{0, 2, 5}, {0, 1, 2}, {2, 4, 1}, {2, 3, 1}, {3, 4, 2}, {3, 4, 1}, {3, 3, 2}, {4, 5, 3}, {5, 5, 4}},
  };
  for (const auto& intervals : cases) {
    const graph::Graph graph = graph_of(intervals);
    const uint64_t capacity = graph::need_of(graph, graph::largest_operator(graph));
    Limits limits;
    limits.addresses = false;
    EXPECT_EQ(solve_exact(graph, capacity, limits).noncompulsory_bytes, 0U);
    limits.addresses = true;
    const Outcome outcome = solve_exact(graph, capacity, limits);
    EXPECT_EQ(outcome.status, Status::optimal) << outcome.reason;
    EXPECT_GT(outcome.noncompulsory_bytes, 0U);
    EXPECT_EQ(outcome.noncompulsory_bytes, least_bytes(graph, capacity, true));
    EXPECT_EQ(check_outcome(graph, outcome, capacity, true).noncompulsory_bytes(),
              outcome.noncompulsory_bytes);
  }
}

}  // namespace
}  // namespace vernier::schedule
