// SPDX-License-Identifier: Apache-2.0
// Divide and conquer: what it returns obeys the checker, and its bound holds.
#include <gtest/gtest.h>

#include "sim/schedule/baseline/baseline.h"
#include "sim/schedule/check/check.h"
#include "sim/schedule/exact/search_piece.h"
#include "tests/schedule/families.h"
#include "tests/schedule/random_graph.h"

namespace vernier::schedule {
namespace {

TEST(Divided, LongNetworksInPiecesAgreeWithTheWhole) {
  for (const graph::Graph& graph : {families::nasnet(10), families::darts(8, 0), families::darts(7, 3),
                                    families::residual_strips(12, 4), families::resnet({3, 4, 23, 3})}) {
    for (const uint64_t capacity : families::capacities(graph)) {
      SCOPED_TRACE(graph.name + " in " + std::to_string(capacity));
      Limits limits;
      limits.seconds = 0.5;
      const Outcome divided = solve_divided(graph, capacity, limits);
      ASSERT_TRUE(divided.schedule);
      EXPECT_EQ(check_outcome(graph, divided, capacity, true).noncompulsory_bytes(),
                divided.noncompulsory_bytes);
      EXPECT_LE(divided.noncompulsory_bytes, best_baseline(graph, capacity, true).noncompulsory_bytes);
      const Outcome exact = solve_exact(graph, capacity, limits);
      EXPECT_LE(divided.lower_bound_bytes, exact.noncompulsory_bytes);
      EXPECT_LE(exact.lower_bound_bytes, divided.noncompulsory_bytes);
      if (divided.noncompulsory_bytes == 0) break;
    }
  }
}

/// The bound of pieces of any size is one for the whole.
TEST(Divided, PiecesAloneCostNoMoreThanTheWhole) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const graph::Graph graph = families::watts_strogatz(14, 4, 75, seed);
    const uint64_t capacity = families::capacities(graph)[seed % 2];
    Limits limits;
    limits.addresses = false;
    const Outcome whole = solve_exact(graph, capacity, limits);
    ASSERT_EQ(whole.status, Status::optimal);
    for (const int size : {2, 3, 5, 8}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", pieces of " + std::to_string(size));
      const exact::Model model = exact::make_model(graph, capacity);
      const auto pieces = exact::cut(model, whole.schedule->order, size, 0);
      const auto owner = exact::owners(model, pieces);
      uint64_t sum = 0;
      for (size_t i = 0; i < pieces.size(); ++i) {
        const exact::Piece piece = exact::relax(model, pieces[i], owner, static_cast<int>(i));
        graph::Graph alone;  // the piece as a graph of its own: folded bytes become a weight
        const exact::Model& m = piece.model;
        for (int k = 0; k < m.tensors(); ++k) {
          graph::Tensor tensor;
          tensor.bytes = m.bytes[k];
          tensor.producer = m.producer[k];
          tensor.consumers = m.consumers[k];
          tensor.output = m.clean[k] != 0 && m.producer[k] >= 0;
          alone.tensors.push_back(tensor);
        }
        for (int o = 0; o < m.operators; ++o) {
          graph::Operator op;
          op.inputs = m.inputs[o];
          op.outputs = m.outputs[o];
          if (m.folded_bytes[o] > 0) {
            graph::Tensor folded;
            folded.bytes = m.folded_bytes[o];
            folded.consumers = {o};
            op.inputs.push_back(static_cast<int>(alone.tensors.size()));
            alone.tensors.push_back(folded);
          }
          alone.operators.push_back(op);
        }
        sum += solve_exact(alone, capacity, limits).noncompulsory_bytes;
      }
      EXPECT_LE(sum, whole.noncompulsory_bytes);
    }
  }
}

/// Two chains that read the same tensor at both ends, and between its reads an operator in each that it
/// cannot stay beside: in 7 bytes, w of 4 leaves once, for both, at 4 bytes. `made`: it is not a weight but
/// produced before, so that it has to be written as well.
graph::Graph two_chains(bool made) {
  graph::Graph graph;
  graph.name = "two_chains";
  const auto tensor = [&](const std::string& name, uint64_t bytes, graph::TensorKind kind) {
    graph::Tensor added;
    added.name = name;
    added.bytes = bytes;
    added.kind = kind;
    graph.tensors.push_back(added);
    return static_cast<int>(graph.tensors.size()) - 1;
  };
  const auto op = [&](const std::string& name, const std::vector<int>& inputs, uint64_t bytes) {
    graph::Operator added;
    added.name = name;
    added.inputs = inputs;
    added.outputs = {tensor(name + ".out", bytes, graph::TensorKind::activation)};
    graph.operators.push_back(added);
    return added.outputs[0];
  };
  const auto weight = [&](const std::string& name) { return tensor(name, 4, graph::TensorKind::weight); };
  const int w = made ? op("first", {tensor("in", 1, graph::TensorKind::input)}, 4) : weight("w");
  const int a1 = op("a1", {w}, 1), b1 = op("b1", {w}, 1);
  const int x = op("x", {a1, weight("wx")}, 1), y = op("y", {b1, weight("wy")}, 1);
  for (const int k : {op("a2", {w, x}, 1), op("b2", {w, y}, 1)}) graph.tensors[k].output = true;
  graph::normalise(graph, "two_chains");
  return graph;
}

TEST(Divided, AnAbsenceIsPaidForOnceAndAWriteWhereItIsRead) {
  for (const bool made : {false, true}) {
    const graph::Graph graph = two_chains(made);
    Limits limits;
    limits.addresses = false;
    const uint64_t cost = made ? 8 : 4;
    ASSERT_EQ(solve_exact(graph, 7, limits).noncompulsory_bytes, cost);
    const exact::Model model = exact::make_model(graph, 7);
    std::vector<std::vector<int>> pieces(made ? 3 : 2);  // the chains, and what comes before
    for (int o = 0; o < model.operators; ++o) {
      const std::string& name = graph.operators[o].name;
      pieces[name == "first" ? 2 : name == "a1" || name == "x" || name == "a2" ? 0 : 1].push_back(o);
    }
    EXPECT_EQ(exact::cost_alone(model, pieces, exact::Clock::time_point::max(), 0), cost);
  }
}

/// Any division of the operators among pieces gives a bound, and the searches of pieces find it: what is
/// written before a piece reads it first may be paid for there, but nothing twice.
TEST(Divided, WhatAnyPiecesCostAloneIsABound) {
  const uint64_t seed = families::from_environment("VERNIER_SEED", 1);
  SCOPED_TRACE("VERNIER_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  int tight = 0, positive = 0;
  for (int i = 0; i < 2000; ++i) {
    SCOPED_TRACE("graph " + std::to_string(i));
    RandomGraph shape;
    shape.operators = 5 + static_cast<int>(random() % 9);
    shape.max_bytes = 1 + random() % 6;
    const graph::Graph graph = random_graph(shape, random);
    const uint64_t capacity = least_capacity(graph) + random() % 3;
    Limits limits;
    limits.addresses = false;
    const Outcome whole = solve_exact(graph, capacity, limits);
    ASSERT_EQ(whole.status, Status::optimal);
    const exact::Model model = exact::make_model(graph, capacity);
    std::vector<std::vector<int>> pieces(1 + random() % 3);
    for (int o = 0; o < model.operators; ++o) pieces[random() % pieces.size()].push_back(o);
    for (const auto& division : {pieces, exact::cut(model, exact::by_depth(model), 4, 0)}) {
      const uint64_t alone = exact::cost_alone(model, division, exact::Clock::time_point::max(), 0);
      EXPECT_LE(alone, whole.noncompulsory_bytes);
      if (alone > 0) ++positive;
      if (alone > 0 && alone == whole.noncompulsory_bytes && division.size() > 1) ++tight;
    }
  }
  EXPECT_GT(positive, 100);
  EXPECT_GT(tight, 20);
}

/// A layer of Llama costs what its feed-forward part does, whose 16 to 24 operators are searched at once; the
/// heads before it have millions of orders that cost nothing. The optimum is counted by hand: beside the
/// operands of a down projection there is no room for the normalised activations (32 KiB), which the next
/// chunk reads. They are written once and fetched before every chunk but the first: 32 KiB * (1 + chunks -
/// 1).
TEST(Divided, PiecesProveWhatTheWholeWouldTakeTooLongFor) {
  for (const auto& [heads, chunks] : {std::pair{12, 4}, {16, 4}, {8, 6}}) {
    const graph::Graph graph = families::llama(1, heads, 2, chunks);
    SCOPED_TRACE(std::to_string(graph.operators.size()) + " operators");
    Limits limits;
    limits.seconds = 20;
    const Outcome outcome = solve_exact(graph, families::capacities(graph)[0], limits);
    EXPECT_EQ(outcome.status, Status::optimal) << outcome.reason;
    EXPECT_EQ(outcome.noncompulsory_bytes, uint64_t{32768} * chunks);
  }
}

/// However little time there is: the baselines take next to none.
TEST(Divided, IsNoDearerThanTheBaselinesInNoTime) {
  const graph::Graph graph = families::inverted_strips(4, 16);
  for (const uint64_t capacity : families::capacities(graph)) {
    Limits limits;
    limits.seconds = 0;
    const Outcome divided = solve_divided(graph, capacity, limits);
    EXPECT_EQ(check_outcome(graph, divided, capacity, true).noncompulsory_bytes(),
              divided.noncompulsory_bytes);
    EXPECT_LE(divided.noncompulsory_bytes, best_baseline(graph, capacity, true).noncompulsory_bytes);
  }
}

TEST(Divided, TooSmallAScratchpadIsInfeasible) {
  const graph::Graph graph = families::nasnet(2);
  const uint64_t need = families::capacities(graph)[0];
  const Outcome outcome = solve_divided(graph, need - 1, {});
  EXPECT_EQ(outcome.status, Status::infeasible);
  EXPECT_NE(outcome.reason.find("c0cat"), std::string::npos) << outcome.reason;
}

}  // namespace
}  // namespace vernier::schedule
