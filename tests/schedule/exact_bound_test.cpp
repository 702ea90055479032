// SPDX-License-Identifier: Apache-2.0
// The bound of the exact method against trying everything: where it is too high, a proof is false.
#include <gtest/gtest.h>

#include "sim/schedule/exact/bound.h"
#include "tests/schedule/exact_oracle.h"
#include "tests/schedule/families.h"
#include "tests/schedule/random_graph.h"

namespace vernier::schedule {
namespace {

/// A situation as the exact method has it: the next fetch of what is live and out is paid for already, so
/// that `rest` is without it.
struct View {
  exact::State<1> state;
  exact::Bits<1> live;
  uint64_t rest = 0;
};

View view(const graph::Graph& graph, const exact::Model& model, const Situation& situation) {
  View made;
  made.rest = situation.rest;
  for (size_t o = 0; o < situation.done.size(); ++o) {
    if (situation.done[o]) made.state.done.set(static_cast<int>(o));
  }
  for (int k = 0; k < model.tensors(); ++k) {
    const int t = model.original[k];
    const graph::Tensor& tensor = graph.tensors[t];
    size_t reads = 0;
    for (const int o : tensor.consumers) reads += situation.done[o] ? 1 : 0;
    const bool there = tensor.producer < 0 ? reads > 0 : situation.done[tensor.producer];
    if (!there || reads == tensor.consumers.size()) continue;
    made.live.set(k);
    if (!situation.resident[t]) {
      made.rest -= tensor.bytes;
    } else {
      made.state.resident.set(k);
      if (!situation.in_dram[t] && !tensor.output) made.state.dirty.set(k);
    }
  }
  return made;
}

/// Mostly a chain, the results of which are read again later: much is live beside small operators.
graph::Graph chain(int operators, uint64_t largest, std::mt19937_64& random) {
  graph::Graph graph;
  graph.name = "chain";
  const auto tensor = [&](bool activation) {
    graph::Tensor made;
    made.name = "t" + std::to_string(graph.tensors.size());
    made.kind = activation ? graph::TensorKind::activation : graph::TensorKind::weight;
    made.bytes = 1 + random() % largest;
    made.output = activation && random() % 6 == 0;
    graph.tensors.push_back(made);
    return static_cast<int>(graph.tensors.size()) - 1;
  };
  int last = tensor(false);
  tensor(false);
  for (int o = 0; o < operators; ++o) {
    graph::Operator op;
    op.name = "o" + std::to_string(o);
    const int again = static_cast<int>(random() % graph.tensors.size());
    if (again != last && random() % 4 != 0) op.inputs.push_back(again);
    if (op.inputs.empty() || random() % 5 != 0) op.inputs.push_back(last);
    op.outputs = {last = tensor(true)};
    graph.operators.push_back(op);
  }
  graph::normalise(graph, graph.name);
  return graph;
}

TEST(ExactBound, NeverAboveTheLeastOfWhatFollows) {
  const uint64_t first = families::from_environment("VERNIER_SEED", 1);
  const uint64_t cases = families::from_environment(
      "VERNIER_CASES", families::from_environment("VERNIER_LONG", 0) != 0 ? 5000 : 600);
  int starts = 0, clean = 0, dirty = 0;  // situations in which the bound is what follows, and not nothing
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    SCOPED_TRACE("VERNIER_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    RandomGraph shape;
    shape.operators = 3 + static_cast<int>(random() % 5);
    shape.max_bytes = seed % 3 == 0 ? 9 : 3;
    const graph::Graph graph =
        seed % 4 == 0 ? random_graph(shape, random) : chain(shape.operators + 1, shape.max_bytes, random);
    const uint64_t capacity = least_capacity(graph) + random() % 4 / 2;
    const exact::Model model = exact::make_model(graph, capacity);
    const exact::Problem<1> problem(model);
    exact::Bound<1> bound(problem);
    for (const Situation& situation : every_situation(graph, capacity)) {
      const View at = view(graph, model, situation);
      const uint64_t found = bound(at.state, at.live);
      ASSERT_LE(found, at.rest) << "operators executed: " << at.state.done.count()
                                << ", resident tensors: " << at.state.resident.count();
      if (found == 0 || found < at.rest) continue;
      ++(at.state.done.none() ? starts : at.state.dirty.none() ? clean : dirty);
    }
  }
  if (cases < 100) return;
  EXPECT_GT(starts, static_cast<int>(cases / 20));
  EXPECT_GT(clean, static_cast<int>(cases / 4));
  EXPECT_GT(dirty, static_cast<int>(cases));
}

/// Operators a to e in a chain hand on 7, 4, 4 and 7 bytes, with 1 at either end. `held`, 3 bytes, is in DRAM
/// and read by a, or made by a; c reads it if `between`, and e.
graph::Graph squeezed(bool made, bool between) {
  graph::Graph graph;
  graph.name = "squeezed";
  const auto tensor = [&](const char* name, uint64_t bytes, bool output) {
    graph::Tensor t;
    t.name = name;
    t.bytes = bytes;
    t.output = output;
    t.kind = graph::TensorKind::activation;
    graph.tensors.push_back(t);
  };
  tensor("held", 3, false);
  tensor("x", 1, false);
  tensor("ab", 7, false);
  tensor("bc", 4, false);
  tensor("cd", 4, false);
  tensor("de", 7, false);
  tensor("y", 1, true);
  graph.tensors[1].kind = graph::TensorKind::input;
  if (!made) graph.tensors[0].kind = graph::TensorKind::weight;
  for (int o = 0; o < 5; ++o) {
    graph::Operator op;
    op.name = std::string(1, static_cast<char>('a' + o));
    op.inputs = {o + 1};
    op.outputs = {o + 2};
    if (o == 0 && made) op.outputs.push_back(0);
    if ((o == 0 && !made) || (o == 2 && between) || o == 4) op.inputs.push_back(0);
    graph.operators.push_back(op);
  }
  graph::normalise(graph, graph.name);
  return graph;
}

uint64_t bound_at_start(const graph::Graph& graph, uint64_t capacity) {
  const exact::Model model = exact::make_model(graph, capacity);
  const exact::Problem<1> problem(model);
  return exact::Bound<1>(problem)({}, {});
}

// b and d need 11 bytes beside held: in 13 it is out while they run, and each of its absences costs a fetch
// of
// 3. It is one absence, or two if c reads it. If it was made by a, it is written before the first. In 14
// bytes all fits.
TEST(ExactBound, IsWhatCanBeCountedByHand) {
  const struct {
    bool made, between;
    uint64_t bytes;
  } cases[] = {{false, false, 3}, {false, true, 6}, {true, false, 6}, {true, true, 9}};
  for (const auto& [made, between, bytes] : cases) {
    SCOPED_TRACE(std::string(made ? "made" : "in DRAM") + (between ? ", read by c" : ""));
    const graph::Graph graph = squeezed(made, between);
    EXPECT_EQ(least_bytes(graph, 13, false), bytes);
    EXPECT_EQ(bound_at_start(graph, 13), bytes);
    EXPECT_EQ(bound_at_start(graph, 14), 0U);
  }
}

}  // namespace
}  // namespace vernier::schedule
