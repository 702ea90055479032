// SPDX-License-Identifier: Apache-2.0
// The integer program's choice against every choice there is, counted in whole numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

#include "base/error.h"
#include "sim/allocate/problem.h"
#include "sim/allocate/reduce.h"

namespace vernier::allocate {
namespace {

/// What the best of all assignments costs, and the least sensitivity of those that cost as much.
/// Sensitivities are whole numbers of `grain`.
struct Best {
  uint64_t cost = 0;
  int64_t sensitivity = 0;
};

struct Drawn {
  Problem problem;
  std::vector<std::vector<int64_t>> sensitivities;  ///< [layer][choice], in grains
  int64_t budget = 0;
};

std::optional<Best> try_everything(const Drawn& drawn) {
  std::optional<Best> best;
  const size_t layers = drawn.problem.layers.size();
  std::vector<size_t> digits(layers, 0);
  while (true) {
    Best sum;
    for (size_t i = 0; i < layers; ++i) {
      const Choice& choice = drawn.problem.layers[i].choices[digits[i]];
      sum.cost += drawn.problem.objective == Objective::cycles   ? choice.cycles
                  : drawn.problem.objective == Objective::energy ? choice.energy_nj.value()
                                                                 : choice.weight_bytes;
      sum.sensitivity += drawn.sensitivities[i][digits[i]];
    }
    if (sum.sensitivity <= drawn.budget &&
        (!best || std::pair(sum.cost, sum.sensitivity) < std::pair(best->cost, best->sensitivity))) {
      best = sum;
    }
    size_t i = 0;
    while (i < layers && ++digits[i] == drawn.problem.layers[i].choices.size()) digits[i++] = 0;
    if (i == layers) return best;
  }
}

/// Layers of like size, so that many assignments are close, or of sizes that differ by orders of magnitude.
Drawn draw(std::mt19937_64& random) {
  Drawn drawn;
  const auto below = [&](uint64_t limit) { return random() % limit; };
  const size_t layers = 1 + below(6), formats = 1 + below(5);
  const std::vector<uint64_t> scales = {5, 100, 1000000, 3000000000};
  const uint64_t cost_scale = scales[below(4)], unit = below(2) == 0 ? 1 : 32;
  const uint64_t sensitivity_scale = scales[below(3)];
  const double grain = below(2) == 0 ? 1 : 0.0009765625;  // a power of 2: every sum is exact
  drawn.problem.objective =
      std::array{Objective::cycles, Objective::weight_bytes, Objective::energy}[below(3)];
  int64_t least = 0, most = 0;
  while (drawn.problem.layers.size() < layers) {
    Layer layer;
    layer.name = "l" + std::to_string(drawn.problem.layers.size());
    std::vector<int64_t> sensitivities;
    for (size_t f = 0; f < formats; ++f) {
      sensitivities.push_back(static_cast<int64_t>(below(sensitivity_scale)));
      layer.choices.push_back({"f" + std::to_string(f), unit * below(cost_scale), unit * below(cost_scale),
                               grain * static_cast<double>(sensitivities.back()), unit * below(cost_scale)});
    }
    // Often the same numbers again: layers that are alike.
    while (drawn.problem.layers.size() + 1 < layers && below(3) == 0) {
      drawn.problem.layers.push_back(layer);
      drawn.sensitivities.push_back(sensitivities);
    }
    drawn.problem.layers.push_back(std::move(layer));
    drawn.sensitivities.push_back(std::move(sensitivities));
  }
  for (const std::vector<int64_t>& sensitivities : drawn.sensitivities) {
    least += *std::min_element(sensitivities.begin(), sensitivities.end());
    most += *std::max_element(sensitivities.begin(), sensitivities.end());
  }
  const auto span = static_cast<uint64_t>(most - least + 3);
  drawn.budget =
      std::max<int64_t>(0, least - 1 + static_cast<int64_t>(below(4) == 0 ? below(3) : below(span)));
  drawn.problem.budget = grain * static_cast<double>(drawn.budget);
  return drawn;
}

TEST(AllocateSolve, random_problems_agree_with_trying_everything) {
  const char* wanted = std::getenv("VERNIER_SEED");
  const uint64_t first = wanted == nullptr ? 1 : std::strtoull(wanted, nullptr, 10);
  const uint64_t cases = wanted == nullptr ? 300 : 1;
  int infeasible = 0, tight = 0, proved = 0, alike = 0;
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    SCOPED_TRACE("VERNIER_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    const Drawn drawn = draw(random);
    const std::optional<Best> best = try_everything(drawn);
    if (!best) {
      ++infeasible;
      EXPECT_THROW((void)solve(drawn.problem), InputError);
      continue;
    }
    const Solution solution = solve(drawn.problem);
    const Assignment again = assignment_of(drawn.problem, solution.best.chosen);
    EXPECT_EQ(again.cycles, solution.best.cycles);
    EXPECT_EQ(again.weight_bytes, solution.best.weight_bytes);
    EXPECT_EQ(cost_of(drawn.problem, solution.best), best->cost);
    EXPECT_LE(solution.lower_bound, best->cost);
    int64_t sensitivity = 0;
    for (size_t i = 0; i < drawn.sensitivities.size(); ++i)
      sensitivity += drawn.sensitivities[i][solution.best.chosen[i]];
    EXPECT_LE(sensitivity, drawn.budget);
    EXPECT_EQ(sensitivity, best->sensitivity);
    if (sensitivity == drawn.budget) ++tight;
    if (solution.proved(drawn.problem)) ++proved;
    if (classes_of(drawn.problem).size() < drawn.problem.layers.size()) ++alike;
    // Beyond what floating point arithmetic tells apart there is a gap.
    EXPECT_TRUE(solution.proved(drawn.problem) || best->cost > 100000000);
    EXPECT_LE(static_cast<double>(best->cost - solution.lower_bound), 1e-8 * static_cast<double>(best->cost));
  }
  if (wanted != nullptr) return;
  EXPECT_GE(infeasible, 10);
  EXPECT_GE(tight, 30);
  EXPECT_GE(proved, 200);
  EXPECT_GE(alike, 50);
}

/// The best assignment of all, by trying everything.
std::vector<size_t> best_of_all(const Drawn& drawn) {
  std::vector<size_t> digits(drawn.problem.layers.size(), 0), best;
  std::pair<uint64_t, double> least{UINT64_MAX, 0};
  for (size_t i = 0; i < digits.size();) {
    const Assignment sums = assignment_of(drawn.problem, digits);
    const std::pair value(cost_of(drawn.problem, sums), sums.sensitivity);
    if (sums.sensitivity <= drawn.problem.budget && value < least) {
      least = value;
      best = digits;
    }
    for (i = 0; i < digits.size() && ++digits[i] == drawn.problem.layers[i].choices.size();) digits[i++] = 0;
  }
  return best;
}

// What is fixed before the search is nothing that the best assignment has.
TEST(AllocateSolve, fixed_columns_are_in_no_best_assignment) {
  int fixed = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const Drawn drawn = draw(random);
    const std::vector<size_t> best = best_of_all(drawn);
    if (best.empty()) continue;
    const Assignment due = assignment_of(drawn.problem, best);
    const Classes classes = classes_of(drawn.problem);
    schedule::IntegerProgram program = program_of(drawn.problem);
    const Assignment good = good_assignment(drawn.problem, classes, program, due);
    EXPECT_LE(good.sensitivity, drawn.problem.budget);
    EXPECT_GE(cost_of(drawn.problem, good), cost_of(drawn.problem, due));
    std::vector<int64_t> counts;
    uint64_t base = 0;
    for (const std::vector<size_t>& layers : classes) {
      const std::vector<Choice>& choices = drawn.problem.layers[layers.front()].choices;
      uint64_t least = UINT64_MAX;
      for (size_t c = 0; c < choices.size(); ++c) {
        least = std::min(least, cost_of(drawn.problem, choices[c]));
        counts.push_back(std::count_if(layers.begin(), layers.end(), [&](size_t l) { return best[l] == c; }));
      }
      base += layers.size() * least;
    }
    const auto units = static_cast<int64_t>((cost_of(drawn.problem, due) - base) / program.unit_bytes);
    EXPECT_LE(fix_columns(classes, program, units), static_cast<double>(units) * (1 + 1e-9) + 1e-6);
    for (size_t c = 0; c < counts.size(); ++c) {
      EXPECT_LE(counts[c], program.columns[c].upper) << c;
      fixed += program.columns[c].upper == 0 ? 1 : 0;
    }
  }
  EXPECT_GE(fixed, 200);
}

// Stopped at once there is an assignment within the budget, and a bound that the proved optimum keeps.
TEST(AllocateSolve, time_limit_leaves_a_gap) {
  std::mt19937_64 random(3);
  Problem problem;
  for (int i = 0; i < 40; ++i) {
    Layer layer;
    for (const uint64_t bits : {3, 4, 6}) {
      const double noise = 1 + static_cast<double>(random() % 1000) / 5000;
      layer.choices.push_back(
          {"f", bits * (1000 + i % 4 * 377), bits, noise / static_cast<double>(1ULL << 2 * bits)});
    }
    problem.layers.push_back(std::move(layer));
  }
  problem.budget = 40.0 / (1 << 9);
  const Solution stopped = solve(problem, 0), whole = solve(problem);
  EXPECT_LE(stopped.best.sensitivity, problem.budget);
  EXPECT_TRUE(whole.proved(problem));
  EXPECT_FALSE(stopped.proved(problem));
  EXPECT_LE(stopped.lower_bound, cost_of(problem, whole.best));
  EXPECT_LE(cost_of(problem, whole.best), cost_of(problem, stopped.best));
  EXPECT_LE(cost_of(problem, stopped.best), 1.01 * static_cast<double>(stopped.lower_bound));
}

// By hand: five layers alike, of which the budget lets three be short. A program of five columns each would
// have ten optima; here one column counts.
TEST(AllocateSolve, layers_that_are_alike_are_counted) {
  Problem problem;
  for (int i = 0; i < 5; ++i)
    problem.layers.push_back({"a", "s", 1, 1, 1, 1, {{"short", 1, 1, 2}, {"long", 4, 4, 0.5}}});
  problem.budget = 3 * 2 + 2 * 0.5;
  const schedule::IntegerProgram program = program_of(problem);
  ASSERT_EQ(program.columns.size(), 2U);
  EXPECT_EQ(program.columns[0].upper, 5);
  EXPECT_EQ(solve(problem).best.chosen, (std::vector<size_t>{0, 0, 0, 1, 1}));
  problem.budget = 6.9999999999;  // closer to 7 than the solver's tolerance: two
  EXPECT_EQ(solve(problem).best.chosen, (std::vector<size_t>{0, 0, 1, 1, 1}));
  EXPECT_TRUE(solve(problem).proved(problem));  // three of them are excluded, two are not
}

// By hand: a and b may both be short (cost 1 + 1) only with a budget of 10; with 9 one of them, the cheaper
// one.
TEST(AllocateSolve, the_budget_is_a_limit) {
  Problem problem;
  problem.layers = {{"a", "s", 1, 1, 1, 1, {{"short", 1, 1, 5}, {"long", 4, 4, 0}}},
                    {"b", "s", 1, 1, 1, 1, {{"short", 1, 1, 5}, {"long", 3, 3, 0}}}};
  problem.budget = 10;
  EXPECT_EQ(solve(problem).best.chosen, (std::vector<size_t>{0, 0}));
  problem.budget = 9.999999999;  // closer to 10 than the solver's tolerance
  EXPECT_EQ(solve(problem).best.chosen, (std::vector<size_t>{0, 1}));
  problem.budget = 4.999999999;
  EXPECT_EQ(solve(problem).best.chosen, (std::vector<size_t>{1, 1}));
}

TEST(AllocateSolve, smallest_budget_is_said_bad) {
  Problem problem;
  problem.layers = {{"a", "s", 1, 1, 1, 1, {{"short", 1, 1, 5}, {"long", 4, 4, 0.5}}},
                    {"b", "s", 1, 1, 1, 1, {{"short", 1, 1, 5}, {"long", 3, 3, 0.25}}}};
  problem.budget = 0.75;
  EXPECT_EQ(solve(problem).best.chosen, (std::vector<size_t>{1, 1}));
  problem.budget = 0.5;
  try {
    (void)solve(problem);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().at(0).code, "ALC001");
    EXPECT_EQ(error.diagnostics().at(0).message,
              "--budget: 0.5 is below 0.75, the sensitivity with every layer in its least sensitive format");
  }
}

// Of two formats that cost the same the less sensitive one, though the budget allows both.
TEST(AllocateSolve, ties_go_to_the_less_sensitive) {
  Problem problem;
  problem.layers = {{"a", "s", 1, 1, 1, 1, {{"x", 7, 1, 5}, {"y", 7, 2, 1}, {"z", 9, 3, 0}}}};
  problem.budget = 100;
  EXPECT_EQ(solve(problem).best.chosen, (std::vector<size_t>{1}));
}

}  // namespace
}  // namespace vernier::allocate
