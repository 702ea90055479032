// SPDX-License-Identifier: Apache-2.0
#include <CbcModel.hpp>
#include <OsiClpSolverInterface.hpp>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "sim/allocate/problem.h"
#include "sim/quantize/statistics.h"
#include "sim/schedule/ilp/load.h"

namespace vernier::allocate {
namespace {

using schedule::IntegerProgram;

constexpr double kUnits = 1e7;      // that the budget is counted in
constexpr double kSlack = 1e-4;     // of a bound that floating point arithmetic found, in units
constexpr double kRelative = 1e-9;  // of the same, where that is more
constexpr int kMaxCuts = 1000;

/// Of a choice, or of a sum of choices.
template <typename T>
uint64_t cost_in(Objective objective, const T& of) {
  switch (objective) {
    case Objective::cycles:
      return of.cycles;
    case Objective::energy:
      VERNIER_INVARIANT(of.energy_nj.has_value(), "{}", "energy without number");
      return *of.energy_nj;
    case Objective::weight_bytes:
      return of.weight_bytes;
  }
  return 0;
}

uint64_t cost_of(const Problem& problem, const Choice& choice) { return cost_in(problem.objective, choice); }

uint64_t least_cost(const Problem& problem, const Layer& layer) {
  uint64_t least = cost_of(problem, layer.choices.front());
  for (const Choice& choice : layer.choices) least = std::min(least, cost_of(problem, choice));
  return least;
}

/// The least sensitive choice of every layer, of several the cheapest.
Assignment least_sensitive(const Problem& problem) {
  std::vector<size_t> chosen;
  for (const Layer& layer : problem.layers) {
    const auto least =
        std::min_element(layer.choices.begin(), layer.choices.end(), [&](const Choice& a, const Choice& b) {
          return std::pair(a.sensitivity, cost_of(problem, a)) <
                 std::pair(b.sensitivity, cost_of(problem, b));
        });
    chosen.push_back(static_cast<size_t>(least - layer.choices.begin()));
  }
  return assignment_of(problem, std::move(chosen));
}

/// What the columns of a program say, by their order: layer by layer its choices.
std::vector<size_t> chosen_of(const Problem& problem, const double* values) {
  std::vector<size_t> chosen;
  for (const Layer& layer : problem.layers) {
    chosen.push_back(static_cast<size_t>(std::max_element(values, values + layer.choices.size()) - values));
    values += layer.choices.size();
  }
  return chosen;
}

/// Forbids exactly this assignment.
void exclude(const Problem& problem, const std::vector<size_t>& chosen, IntegerProgram& program) {
  IntegerProgram::Row row;
  row.name = fmt::format("beyond_{}", program.rows.size());
  int first = 0;
  for (size_t i = 0; i < chosen.size(); ++i) {
    row.terms.emplace_back(first + static_cast<int>(chosen[i]), 1);
    first += static_cast<int>(problem.layers[i].choices.size());
  }
  row.limit = static_cast<int64_t>(chosen.size()) - 1;
  program.rows.push_back(std::move(row));
}

struct Answer {
  std::optional<Assignment> best;  ///< within the budget
  double bound = 0;                ///< of the objective
};

/// Solutions beyond the budget, by less than a unit for each layer, are excluded one by one.
Answer search(const Problem& problem, IntegerProgram program) {
  for (int cut = 0; cut < kMaxCuts; ++cut) {
    OsiClpSolverInterface solver;
    schedule::load(program, solver);
    solver.setDblParam(OsiPrimalTolerance, 1e-9);
    solver.setDblParam(OsiDualTolerance, 1e-9);
    CbcModel model(solver);
    model.setLogLevel(0);
    model.messageHandler()->setLogLevel(0);
    model.setDblParam(CbcModel::CbcAllowableGap, 0);
    model.branchAndBound();
    if (model.bestSolution() == nullptr) return {};
    Assignment found = assignment_of(problem, chosen_of(problem, model.bestSolution()));
    if (found.sensitivity <= problem.budget) return {std::move(found), model.getBestPossibleObjValue()};
    exclude(problem, found.chosen, program);
  }
  return {};
}

uint64_t unit_of(const Problem& problem) {
  uint64_t unit = 0;
  for (const Layer& layer : problem.layers) {
    const uint64_t least = least_cost(problem, layer);
    for (const Choice& choice : layer.choices) unit = std::gcd(unit, cost_of(problem, choice) - least);
  }
  return std::max<uint64_t>(unit, 1);
}

/// The least cost of all layers together, whatever the budget.
uint64_t base_of(const Problem& problem) {
  uint64_t base = 0;
  for (const Layer& layer : problem.layers) base += least_cost(problem, layer);
  return base;
}

/// The same choices with the roles of cost and sensitivity exchanged: at most this cost.
IntegerProgram program_of_ties(IntegerProgram program, int64_t cost) {
  IntegerProgram::Row limit;
  limit.name = "cost";
  limit.limit = cost;
  for (size_t c = 0; c < program.columns.size(); ++c) {
    if (program.columns[c].cost != 0) limit.terms.emplace_back(static_cast<int>(c), program.columns[c].cost);
    program.columns[c].cost = 0;
  }
  for (const auto& [column, sensitivity] : program.rows.back().terms)
    program.columns[static_cast<size_t>(column)].cost = sensitivity;
  if (!limit.terms.empty()) program.rows.push_back(std::move(limit));
  return program;
}

}  // namespace

const char* words_of(Objective objective) {
  switch (objective) {
    case Objective::cycles:
      return "cycles";
    case Objective::energy:
      return "energy";
    case Objective::weight_bytes:
      return "weight bytes";
  }
  return "";
}

Assignment assignment_of(const Problem& problem, std::vector<size_t> chosen) {
  VERNIER_INVARIANT(chosen.size() == problem.layers.size(), "{} choices for {} layers", chosen.size(),
                    problem.layers.size());
  Assignment assignment;
  assignment.energy_nj = 0;
  quantize::Sum sensitivity;
  for (size_t i = 0; i < chosen.size(); ++i) {
    const Choice& choice = problem.layers[i].choices.at(chosen[i]);
    assignment.cycles += choice.cycles;
    assignment.weight_bytes += choice.weight_bytes;
    assignment.energy_nj = assignment.energy_nj && choice.energy_nj
                               ? std::optional(*assignment.energy_nj + *choice.energy_nj)
                               : std::nullopt;
    sensitivity.add(choice.sensitivity);
  }
  assignment.sensitivity = sensitivity.value();
  assignment.chosen = std::move(chosen);
  return assignment;
}

uint64_t cost_of(const Problem& problem, const Assignment& assignment) {
  return cost_in(problem.objective, assignment);
}

IntegerProgram program_of(const Problem& problem) {
  IntegerProgram program;
  program.title = fmt::format("formats of {} layers: least {}, sensitivity at most {}", problem.layers.size(),
                              words_of(problem.objective), problem.budget);
  program.unit_bytes = unit_of(problem);
  const Assignment least = least_sensitive(problem);
  // More than the rounding errors of the difference and of the sums: what is within the budget stays so.
  const double rounding = 4e-16 * static_cast<double>(problem.layers.size()) * problem.budget;
  const double left = problem.budget - least.sensitivity + rounding;
  IntegerProgram::Row budget;
  budget.name = "sensitivity";
  budget.limit = static_cast<int64_t>(kUnits);
  for (size_t i = 0; i < problem.layers.size(); ++i) {
    const Layer& layer = problem.layers[i];
    const double floor = layer.choices[least.chosen[i]].sensitivity;
    IntegerProgram::Row one;
    one.name = fmt::format("layer_{}", i);
    one.equal = true;
    one.limit = 1;
    for (const Choice& choice : layer.choices) {
      const auto column = static_cast<int>(program.columns.size());
      one.terms.emplace_back(column, 1);
      // Beyond the budget by itself: twice the limit says so as well as any larger number.
      const double over = choice.sensitivity - floor;
      const double units = over <= 0 ? 0 : left <= 0 ? 2 * kUnits : std::min(over / left, 2.0) * kUnits;
      const auto whole = static_cast<int64_t>(std::floor(units));
      if (whole > 0) budget.terms.emplace_back(column, whole);
      program.columns.push_back(
          {fmt::format("x_{}_{}", i, choice.format), 0, 1,
           static_cast<int64_t>((cost_of(problem, choice) - least_cost(problem, layer)) /
                                program.unit_bytes)});
    }
    program.rows.push_back(std::move(one));
  }
  program.rows.push_back(std::move(budget));
  return program;
}

Solution solve(const Problem& problem) {
  const Assignment least = least_sensitive(problem);
  if (!(least.sensitivity <= problem.budget)) {
    throw InputError("ALC001",
                     fmt::format("--budget: {} is below {}, the sensitivity with every layer in its least "
                                 "sensitive format",
                                 problem.budget, least.sensitivity),
                     {}, "raise the budget, or allow a more precise --format");
  }
  const IntegerProgram program = program_of(problem);
  const uint64_t base = base_of(problem);
  Solution solution{least, base};
  Answer answer = search(problem, program);
  if (!answer.best) return solution;
  const double slack = std::max(kSlack, kRelative * answer.bound);
  const auto bound = static_cast<uint64_t>(std::ceil(std::max(0.0, answer.bound - slack)));
  const uint64_t cost = cost_of(problem, *answer.best);
  solution.lower_bound = std::min(cost, base + bound * program.unit_bytes);
  if (cost <= cost_of(problem, least)) solution.best = std::move(*answer.best);
  Answer tie =
      search(problem, program_of_ties(program, static_cast<int64_t>((cost - base) / program.unit_bytes)));
  if (tie.best && cost_of(problem, *tie.best) <= cost && tie.best->sensitivity < solution.best.sensitivity)
    solution.best = std::move(*tie.best);
  return solution;
}

}  // namespace vernier::allocate
