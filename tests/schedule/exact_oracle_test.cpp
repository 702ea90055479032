// SPDX-License-Identifier: Apache-2.0
// The exact method against trying everything, on tiny random graphs.
#include "tests/schedule/exact_oracle.h"

#include <gtest/gtest.h>

#include <random>

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

}  // namespace
}  // namespace vernier::schedule
