// SPDX-License-Identifier: Apache-2.0
// The integer program against the exact method, its files read by another reader, and what happens when CBC
// does not end in time.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <coin/OsiClpSolverInterface.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "sim/schedule/check/check.h"
#include "sim/schedule/ilp/program.h"
#include "tests/schedule/random_graph.h"
#include "tests/schedule/reference_cases.h"

namespace vernier::schedule {
namespace {

struct Solved {
  int cases = 0, spilling = 0;
};

Limits limits_of(bool addresses) {
  Limits limits;
  limits.addresses = addresses;
  limits.seconds = 120;
  return limits;
}

/// Solves one case both ways.
void compare(const graph::Graph& graph, uint64_t capacity, bool addresses, Solved& tally) {
  const Outcome exact = solve_exact(graph, capacity, limits_of(addresses));
  const Outcome ilp = solve_ilp(graph, capacity, limits_of(addresses));
  ASSERT_EQ(exact.status, Status::optimal) << exact.reason;
  ASSERT_EQ(ilp.status, Status::optimal) << ilp.reason;
  EXPECT_EQ(exact.noncompulsory_bytes, ilp.noncompulsory_bytes);
  (void)check_outcome(graph, exact, capacity, addresses);
  (void)check_outcome(graph, ilp, capacity, addresses);
  ++tally.cases;
  if (ilp.noncompulsory_bytes > 0) ++tally.spilling;
}

/// Graphs of `operators` whose sizes are multiples of different units, in little more than the least
/// capacity.
void compare_random(uint64_t seed, int cases, int operators, bool addresses, Solved& tally) {
  if (std::getenv("VERNIER_LONG") != nullptr) cases *= 10;
  std::mt19937_64 random(seed);
  for (int i = 0; i < cases && !testing::Test::HasFatalFailure(); ++i) {
    SCOPED_TRACE(
        fmt::format("seed {}, graph {} of {} operators, addresses {}", seed, i, operators, addresses));
    RandomGraph shape;
    shape.operators = operators;
    shape.unit = std::vector<uint64_t>{1, 7, 4096, 1000000007}[random() % 4];
    const graph::Graph graph = random_graph(shape, random);
    compare(graph, least_capacity(graph) + (random() % 3 == 0 ? random() % (2 * shape.unit) : 0), addresses,
            tally);
  }
}

TEST(Ilp, CapacityAgreesWithExact) {
  Solved tally;
  const std::vector<std::pair<int, int>> operators_and_cases = {{3, 15}, {4, 20}, {5, 25}, {6, 30},
                                                                {7, 18}, {8, 8},  {9, 3},  {10, 1}};
  for (const auto& [operators, cases] : operators_and_cases)
    compare_random(static_cast<uint64_t>(100 + operators), cases, operators, false, tally);
  EXPECT_GE(tally.cases, 120);
  EXPECT_GE(tally.spilling, 20);
}

TEST(Ilp, AddressesAgreeWithExact) {
  Solved tally;
  const std::vector<std::pair<int, int>> operators_and_cases = {{3, 20}, {4, 25}, {5, 30}, {6, 8}};
  for (const auto& [operators, cases] : operators_and_cases)
    compare_random(static_cast<uint64_t>(200 + operators), cases, operators, true, tally);
  EXPECT_GE(tally.cases, 83);
  EXPECT_GE(tally.spilling, 10);
}

// Graphs whose capacity optimum has no addresses are rare (1 in 30,000 of these): some are kept in a file.
TEST(Ilp, AddressesThatCostMore) {
  const std::string path = VERNIER_SOURCE_DIR "/tests/schedule/data/fragmented.json";
  std::ifstream in(path);
  const auto file = nlohmann::json::parse(in);
  int dearer = 0;
  for (const auto& one : file.at("cases")) {
    const std::string name = one.at("graph");
    SCOPED_TRACE(name);
    const graph::Graph graph = graph::load_graph(path, name);
    const uint64_t capacity = one.at("scratchpad_bytes");
    const uint64_t without = one.at("capacity_bytes");
    const uint64_t optimum = one.at("joint_bytes");
    EXPECT_EQ(solve_exact(graph, capacity, limits_of(false)).noncompulsory_bytes, without);
    const Outcome ilp = solve_ilp(graph, capacity, limits_of(true));
    EXPECT_EQ(ilp.status, Status::optimal);
    EXPECT_EQ(check_outcome(graph, ilp, capacity, true).noncompulsory_bytes(), optimum);
    const Outcome exact = solve_exact(graph, capacity, limits_of(true));
    EXPECT_EQ(exact.status, Status::optimal) << exact.reason;
    EXPECT_EQ(check_outcome(graph, exact, capacity, true).noncompulsory_bytes(), optimum);
    if (optimum > without) ++dearer;
  }
  EXPECT_GE(dearer, 10);
}

/// The optimum that a reader of files finds, in units.
double optimum_of(OsiClpSolverInterface& solver) {
  solver.messageHandler()->setLogLevel(0);
  solver.getModelPtr()->setLogLevel(0);
  solver.branchAndBound();
  return solver.getObjValue();
}

TEST(Ilp, FilesMeanTheSame) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("vernier-ilp-{}", ::getpid());
  std::filesystem::create_directories(folder);
  std::mt19937_64 random(9);
  int spilling = 0;
  for (int i = 0; i < 12; ++i) {
    RandomGraph shape;
    shape.operators = 4;
    shape.unit = 512;
    const graph::Graph graph = random_graph(shape, random);
    for (const bool addresses : {false, true}) {
      const uint64_t capacity = least_capacity(graph);
      const IntegerProgram program = build_program(graph, capacity, addresses);
      EXPECT_EQ(program.unit_bytes % 512, 0U);
      const double cost = static_cast<double>(
          solve_ilp(graph, capacity, limits_of(addresses)).noncompulsory_bytes / program.unit_bytes);
      if (cost > 0) ++spilling;
      std::ofstream(folder / "p.lp") << to_lp(program);
      std::ofstream(folder / "p.mps") << to_mps(program);
      testing::internal::CaptureStdout();
      OsiClpSolverInterface lp, mps;
      lp.messageHandler()->setLogLevel(0);
      mps.messageHandler()->setLogLevel(0);
      const int lp_errors = lp.readLp((folder / "p.lp").c_str());
      const int mps_errors = mps.readMps((folder / "p.mps").c_str(), "");
      const double lp_cost = optimum_of(lp);
      const double mps_cost = optimum_of(mps);
      testing::internal::GetCapturedStdout();
      EXPECT_EQ(lp_errors, 0);
      EXPECT_EQ(mps_errors, 0);
      EXPECT_NEAR(lp_cost, cost, 1e-6) << i << addresses;
      EXPECT_NEAR(mps_cost, cost, 1e-6) << i << addresses;
    }
  }
  EXPECT_GT(spilling, 2);
  std::filesystem::remove_all(folder);
}

TEST(Ilp, TimeLimitGivesScheduleAndBound) {
  for (const ReferenceCase& reference : reference_cases()) {
    if (reference.name() != "rn18s1_strip4 in 388096 bytes") continue;
    for (const bool addresses : {false, true}) {
      Limits limits;
      limits.seconds = 1;
      limits.addresses = addresses;
      int told = 0;
      limits.progress = [&](uint64_t cost, uint64_t bound) {
        ++told;
        EXPECT_LE(bound, cost);
      };
      testing::internal::CaptureStdout();
      testing::internal::CaptureStderr();
      const Outcome outcome = solve_ilp(reference.graph, reference.capacity, limits);
      EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
      EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
      (void)check_outcome(reference.graph, outcome, reference.capacity, addresses);
      EXPECT_EQ(outcome.status, Status::feasible);
      EXPECT_LE(outcome.lower_bound_bytes, reference.optimum);
      EXPECT_TRUE(!addresses || outcome.noncompulsory_bytes >= reference.optimum);
      EXPECT_EQ(outcome.reason, "the time limit of 1 s");
      EXPECT_LT(outcome.seconds, 20);
    }
    return;
  }
  FAIL() << "no such case";
}

TEST(Ilp, WhatCannotBeSolved_bad) {
  std::mt19937_64 random(4);
  graph::Graph graph = random_graph({}, random);
  const uint64_t least = least_capacity(graph);
  const Outcome none = solve_ilp(graph, least - 1, {});
  EXPECT_EQ(none.status, Status::infeasible);
  EXPECT_NE(none.reason.find(fmt::format("needs {} bytes", least)), std::string::npos) << none.reason;

  RandomGraph huge;
  huge.operators = 2000;
  huge.max_bytes = 1000;
  graph = random_graph(huge, random);
  const Outcome large = solve_ilp(graph, least_capacity(graph), {});
  EXPECT_EQ(large.status, Status::feasible);
  EXPECT_EQ(large.reason, "the integer program is too large");
  EXPECT_LT(large.seconds, 20);
  (void)check_outcome(graph, large, least_capacity(graph), true);

  RandomGraph wide;
  wide.operators = 4;
  wide.max_bytes = uint64_t{1} << 40U;
  graph = random_graph(wide, random);
  const Outcome imprecise = solve_ilp(graph, least_capacity(graph), {});
  EXPECT_NE(imprecise.reason.find("too much for floating point"), std::string::npos) << imprecise.reason;
  (void)check_outcome(graph, imprecise, least_capacity(graph), true);
}

}  // namespace
}  // namespace vernier::schedule
