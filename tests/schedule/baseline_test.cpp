// SPDX-License-Identifier: Apache-2.0
// The baselines on the reference cases, on random graphs, and on graphs whose costs are counted by hand.
#include "sim/schedule/baseline/baseline.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <numeric>

#include "sim/schedule/check/check.h"
#include "tests/schedule/random_graph.h"
#include "tests/schedule/reference_cases.h"

namespace vernier::schedule {
namespace {

bool has_addresses(const Baseline& baseline) { return baseline.placement != Placement::none; }

uint64_t checked_cost(const Baseline& baseline, const graph::Graph& graph, uint64_t capacity) {
  const Outcome outcome = run_baseline(baseline, graph, capacity);
  return check_outcome(graph, outcome, capacity, has_addresses(baseline)).noncompulsory_bytes();
}

const Baseline& named(const std::string& name) {
  const auto& all = baselines();
  return *std::find_if(all.begin(), all.end(), [&](const Baseline& one) { return one.name == name; });
}

// The costs of another implementation. Both are rules with ties, so most agree and none is below the optimum.
TEST(Baseline, ReferenceCases) {
  std::map<std::string, int> equal;
  for (const ReferenceCase& reference : reference_cases()) {
    for (const Baseline& baseline : baselines()) {
      const uint64_t cost = checked_cost(baseline, reference.graph, reference.capacity);
      if (has_addresses(baseline)) {
        EXPECT_GE(cost, reference.optimum) << reference.name();
      }
      if (cost == reference.baselines.at(baseline.name)) ++equal[baseline.name];
    }
  }
  const std::map<std::string, int> expected = {{"topo_belady_ff", 37},
                                               {"greedy_belady_bf", 35},
                                               {"topo_lru_ff", 40},
                                               {"topo_belady_cap", 51},
                                               {"greedy_belady_cap", 50}};
  EXPECT_EQ(equal, expected) << "of 51 each";
}

TEST(Baseline, RandomGraphs) {
  constexpr uint64_t kSeed = 1;
  std::mt19937_64 random(kSeed);
  uint64_t moved = 0;
  for (int i = 0; i < 300; ++i) {
    RandomGraph shape;
    shape.operators = 2 + static_cast<int>(random() % 30);
    const graph::Graph graph = random_graph(shape, random);
    const uint64_t least = least_capacity(graph);
    const uint64_t all =
        std::accumulate(graph.tensors.begin(), graph.tensors.end(), uint64_t{0},
                        [](uint64_t sum, const graph::Tensor& tensor) { return sum + tensor.bytes; });
    for (const Baseline& baseline : baselines()) {
      SCOPED_TRACE(fmt::format("seed {}, graph {}, {}", kSeed, i, baseline.name));
      for (const uint64_t capacity : {least, least + random() % 8}) {
        ASSERT_NO_THROW(moved += checked_cost(baseline, graph, capacity));
      }
      EXPECT_EQ(checked_cost(baseline, graph, all), 0U);
      const Outcome none = run_baseline(baseline, graph, least - 1);
      ASSERT_EQ(none.status, Status::infeasible);
      EXPECT_NE(none.reason.find(fmt::format(
                    " needs {} bytes for its inputs and outputs, the scratchpad has {}", least, least - 1)),
                std::string::npos)
          << none.reason;
    }
  }
  EXPECT_GT(moved, 10000U);
}

/// Operator i reads the weights in reads[i] and produces an output of the network of `out` bytes.
graph::Graph weights_in_turn(const std::vector<uint64_t>& bytes, const std::vector<std::vector<int>>& reads,
                             uint64_t out) {
  graph::Graph graph;
  for (const uint64_t size : bytes) {
    graph::Tensor weight;
    weight.name = "w";
    weight.kind = graph::TensorKind::weight;
    weight.bytes = size;
    graph.tensors.push_back(weight);
  }
  for (const std::vector<int>& read : reads) {
    graph::Tensor result;
    result.name = "out";
    result.bytes = out;
    result.output = true;
    graph::Operator op;
    op.name = "op" + std::to_string(graph.operators.size());
    op.inputs = read;
    op.outputs = {static_cast<int>(graph.tensors.size())};
    graph.tensors.push_back(result);
    graph.operators.push_back(op);
  }
  graph::normalise(graph, "weights");
  return graph;
}

TEST(Baseline, WhoLeavesCountedByHand) {
  // A B C A C B in room for two: Belady gives up B once, least recently used gives up A and then B.
  const graph::Graph graph = weights_in_turn({1, 1, 1}, {{0}, {1}, {2}, {0}, {2}, {1}}, 1);
  EXPECT_EQ(checked_cost(named("topo_belady_ff"), graph, 3), 1U);
  EXPECT_EQ(checked_cost(named("topo_belady_cap"), graph, 3), 1U);
  EXPECT_EQ(checked_cost(named("topo_lru_ff"), graph, 3), 2U);
}

TEST(Baseline, WhereTensorsGo) {
  // After op0, gaps of 4 bytes at 0 and of 2 at 5; op1 brings in 2 bytes.
  const graph::Graph graph = weights_in_turn({4, 1, 2, 1, 2}, {{0, 1, 2, 3}, {1, 3, 4}}, 1);
  const auto address_of_last_weight = [&](const char* name) {
    const Outcome outcome = run_baseline(named(name), graph, 9);
    EXPECT_EQ(outcome.status, Status::optimal);
    for (const Residency& residency : outcome.schedule->residencies) {
      if (residency.tensor == 4) return residency.address;
    }
    return ~uint64_t{0};
  };
  EXPECT_EQ(address_of_last_weight("topo_belady_ff"), 0U);
  EXPECT_EQ(address_of_last_weight("greedy_belady_bf"), 5U);
}

TEST(Baseline, GreedyOrderKeepsLittleLive) {
  // Two branches of two operators: depth first holds one wide tensor, the file's order two.
  graph::Graph graph;
  const auto tensor = [&graph](uint64_t bytes, bool given, bool output) {
    graph::Tensor made;
    made.name = "t";
    made.kind = given ? graph::TensorKind::input : graph::TensorKind::activation;
    made.bytes = bytes;
    made.output = output;
    graph.tensors.push_back(made);
  };
  tensor(1, true, false);
  for (const uint64_t bytes : {10, 10, 1, 1}) tensor(bytes, false, false);
  tensor(1, false, true);
  const auto add = [&graph](std::vector<int> inputs, int output) {
    graph::Operator op;
    op.name = "op" + std::to_string(graph.operators.size());
    op.inputs = std::move(inputs);
    op.outputs = {output};
    graph.operators.push_back(op);
  };
  add({0}, 1), add({0}, 2), add({1}, 3), add({2}, 4), add({3, 4}, 5);
  graph::normalise(graph, "branches");
  EXPECT_EQ(order_by(OrderRule::greedy, graph), (std::vector<int>{0, 2, 1, 3, 4}));
  EXPECT_EQ(order_by(OrderRule::topological, graph), (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(checked_cost(named("topo_belady_cap"), graph, 13), 40U);  // both are written and read
  EXPECT_EQ(checked_cost(named("greedy_belady_cap"), graph, 13), 0U);
}

}  // namespace
}  // namespace vernier::schedule
