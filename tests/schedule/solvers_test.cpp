// SPDX-License-Identifier: Apache-2.0
// The solver that chooses: every status, and long graphs within their time.
#include "sim/schedule/solvers.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "sim/schedule/baseline/baseline.h"
#include "tests/schedule/random_graph.h"

namespace vernier::schedule {
namespace {

TEST(Solvers, NamesAreThoseOfTheCommand) {
  const std::vector<std::string> expected = {"auto",        "exact",           "ilp",
                                             "dnc",         "topo_belady_ff",  "greedy_belady_bf",
                                             "topo_lru_ff", "topo_belady_cap", "greedy_belady_cap"};
  EXPECT_EQ(solver_names(), expected);
}

TEST(Solvers, AutoIsNoWorseThanAnyBaselineAndKeepsItsTime) {
  constexpr uint64_t kSeed = 11;
  std::mt19937_64 random(kSeed);
  for (const int operators : {30, 250}) {
    RandomGraph shape;
    shape.operators = operators;
    const graph::Graph graph = random_graph(shape, random);
    const uint64_t capacity = least_capacity(graph) + 3;
    for (const bool addresses : {false, true}) {
      SCOPED_TRACE(std::to_string(operators) + (addresses ? " operators" : " operators, capacity only"));
      Limits limits;
      limits.seconds = 1;
      limits.addresses = addresses;
      const Checked checked = solve("auto", graph, capacity, limits);  // throws if a rule is broken
      ASSERT_TRUE(checked.outcome.schedule);
      EXPECT_LE(checked.outcome.noncompulsory_bytes,
                best_baseline(graph, capacity, addresses).noncompulsory_bytes);
      EXPECT_EQ(checked.outcome.status == Status::optimal, checked.outcome.reason.empty());
      EXPECT_LT(checked.outcome.seconds, 30);
    }
  }
}

TEST(Solvers, EverySolverSaysInfeasible) {
  std::mt19937_64 random(2);
  const graph::Graph graph = random_graph({}, random);
  for (const std::string& name : solver_names()) {
    Limits limits;
    limits.addresses = false;
    EXPECT_EQ(solve(name, graph, least_capacity(graph) - 1, limits).outcome.status, Status::infeasible)
        << name;
    EXPECT_TRUE(solve(name, graph, least_capacity(graph), limits).outcome.schedule) << name;
  }
  EXPECT_THROW((void)solve("none", graph, 1000, {}), InputError);
  EXPECT_THROW((void)solve("topo_belady_cap", graph, 1000, {}), InputError);
}

}  // namespace
}  // namespace vernier::schedule
