// SPDX-License-Identifier: Apache-2.0
#include <CbcModel.hpp>
#include <OsiClpSolverInterface.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>

#include "base/error.h"
#include "sim/allocate/problem.h"
#include "sim/allocate/reduce.h"
#include "sim/quantize/statistics.h"
#include "sim/schedule/ilp/load.h"

namespace vernier::allocate {
namespace {

using schedule::IntegerProgram;

constexpr double kUnits = 1e7;      // that the budget is counted in
constexpr double kSlack = 1e-4;     // of a bound that floating point arithmetic found, in units
constexpr double kRelative = 1e-9;  // of the same, where that is more
constexpr int kMaxRounds = 1000;

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

/// Forbids assignments with this many layers of each class in each choice: somewhere there are fewer.
void exclude(const Problem& problem, const Classes& classes, const std::vector<size_t>& chosen,
             IntegerProgram& program) {
  IntegerProgram::Row differs;
  differs.name = fmt::format("beyond_{}", program.rows.size());
  differs.limit = -1;
  int column = 0;
  for (const std::vector<size_t>& layers : classes) {
    std::vector<int64_t> counts(problem.layers[layers.front()].choices.size());
    for (const size_t layer : layers) ++counts[chosen[layer]];
    const auto most = static_cast<int64_t>(layers.size());
    for (const int64_t count : counts) {
      const int at = column++;
      if (count == 0) continue;
      if (most == 1) {
        differs.terms.emplace_back(at, 1);
        ++differs.limit;
        continue;
      }
      // 1 only if the column is at most count - 1.
      const auto fewer = static_cast<int>(program.columns.size());
      program.columns.push_back({fmt::format("fewer_{}", fewer), 0, 1, 0});
      program.rows.push_back(
          {fmt::format("flag_{}", fewer), {{at, 1}, {fewer, most - count + 1}}, false, most});
      differs.terms.emplace_back(fewer, -1);
    }
  }
  program.rows.push_back(std::move(differs));
}

struct Answer {
  std::optional<Assignment> found;  ///< perhaps beyond the budget, by less than a unit for each layer
  double bound = 0;                 ///< of the objective
  bool complete = false;            ///< not stopped by the clock
};

/// Solutions cost at most `limit`, in units.
Answer run(const Problem& problem, const Classes& classes, const IntegerProgram& program, int64_t limit,
           double seconds) {
  if (seconds <= 0) return {};
  OsiClpSolverInterface solver;
  schedule::load(program, solver);
  solver.setDblParam(OsiPrimalTolerance, 1e-9);
  solver.setDblParam(OsiDualTolerance, 1e-9);
  CbcModel model(solver);
  model.setLogLevel(0);
  model.messageHandler()->setLogLevel(0);
  model.setDblParam(CbcModel::CbcAllowableGap, 0);
  model.setUseElapsedTime(true);
  model.setMaximumSeconds(seconds);
  model.setCutoff(static_cast<double>(limit) + 0.5);
  model.branchAndBound();
  Answer answer;
  answer.complete = !model.isSecondsLimitReached();
  answer.bound = model.getBestPossibleObjValue();
  if (model.bestSolution() != nullptr)
    answer.found = assignment_of(problem, chosen_of(problem, classes, model.bestSolution()));
  return answer;
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
IntegerProgram program_of_ties(IntegerProgram program, size_t budget_row, int64_t cost) {
  IntegerProgram::Row limit;
  limit.name = "cost";
  limit.limit = cost;
  for (size_t c = 0; c < program.columns.size(); ++c) {
    if (program.columns[c].cost != 0) limit.terms.emplace_back(static_cast<int>(c), program.columns[c].cost);
    program.columns[c].cost = 0;
  }
  for (const auto& [column, sensitivity] : program.rows[budget_row].terms)
    program.columns[static_cast<size_t>(column)].cost = sensitivity;
  if (!limit.terms.empty()) program.rows.push_back(std::move(limit));
  return program;
}

IntegerProgram program_of(const Problem& problem, const Classes& classes) {
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
  for (const std::vector<size_t>& layers : classes) {
    const size_t first = layers.front();
    const Layer& layer = problem.layers[first];
    const double floor = layer.choices[least.chosen[first]].sensitivity;
    IntegerProgram::Row one;
    one.name = fmt::format("layer_{}", first);
    one.equal = true;
    one.limit = static_cast<int64_t>(layers.size());
    for (const Choice& choice : layer.choices) {
      const auto column = static_cast<int>(program.columns.size());
      one.terms.emplace_back(column, 1);
      // Beyond the budget by itself: twice the limit says so as well as any larger number.
      const double over = choice.sensitivity - floor;
      const double units = over <= 0 ? 0 : left <= 0 ? 2 * kUnits : std::min(over / left, 2.0) * kUnits;
      const auto whole = static_cast<int64_t>(std::floor(units));
      if (whole > 0) budget.terms.emplace_back(column, whole);
      program.columns.push_back(
          {fmt::format("x_{}_{}", first, choice.format), 0, one.limit,
           static_cast<int64_t>((cost_of(problem, choice) - least_cost(problem, layer)) /
                                program.unit_bytes)});
    }
    program.rows.push_back(std::move(one));
  }
  program.rows.push_back(std::move(budget));
  return program;
}

class Search {
 public:
  Search(const Problem& problem, Assignment least, double seconds)
      : problem_(problem),
        classes_(classes_of(problem)),
        base_(base_of(problem)),
        end_(Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))),
        solution_{std::move(least), base_} {}

  Solution run() {
    IntegerProgram program = program_of(problem_, classes_);
    const size_t budget_row = classes_.size();
    const uint64_t unit = program.unit_bytes;
    const auto units = [&](const Assignment& a) {
      return static_cast<int64_t>((cost_of(problem_, a) - base_) / unit);
    };
    take(good_assignment(problem_, classes_, program, solution_.best));
    raise_bound(fix_columns(classes_, program, units(solution_.best)), unit);
    for (int round = 0; round < kMaxRounds; ++round) {
      const Answer answer = allocate::run(problem_, classes_, program, units(solution_.best), seconds_left());
      // What is known is not excluded: to find nothing is a matter of time or of tolerances, and proves
      // nothing.
      if (!answer.found) break;
      raise_bound(answer.bound, unit);
      const IntegerProgram ties = program_of_ties(program, budget_row, units(*answer.found));
      const Answer tie =
          allocate::run(problem_, classes_, ties, static_cast<int64_t>(kUnits), seconds_left());
      const bool within = take(answer.found);
      if (take(tie.found) || within || !answer.complete) break;
      exclude(problem_, classes_, answer.found->chosen, program);
      if (tie.found && tie.found->chosen != answer.found->chosen)
        exclude(problem_, classes_, tie.found->chosen, program);
    }
    solution_.lower_bound = std::min(solution_.lower_bound, cost_of(problem_, solution_.best));
    return std::move(solution_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] double seconds_left() const {
    return std::chrono::duration<double>(end_ - Clock::now()).count();
  }

  void raise_bound(double found, uint64_t unit) {
    const double slack = std::max(kSlack, kRelative * found);
    const auto bound = static_cast<uint64_t>(std::ceil(std::max(0.0, found - slack)));
    solution_.lower_bound = std::max(solution_.lower_bound, base_ + bound * unit);
  }

  /// Keeps it if it is the best so far; true if it is within the budget.
  bool take(const std::optional<Assignment>& found) {
    if (!found || !(found->sensitivity <= problem_.budget)) return false;
    const auto value = [&](const Assignment& a) { return std::pair(cost_of(problem_, a), a.sensitivity); };
    if (value(*found) < value(solution_.best)) solution_.best = *found;
    return true;
  }

  const Problem& problem_;
  Classes classes_;
  uint64_t base_;
  Clock::time_point end_;
  Solution solution_;
};

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

uint64_t cost_of(const Problem& problem, const Choice& choice) { return cost_in(problem.objective, choice); }

uint64_t cost_of(const Problem& problem, const Assignment& assignment) {
  return cost_in(problem.objective, assignment);
}

std::vector<std::vector<size_t>> classes_of(const Problem& problem) {
  using Numbers = std::tuple<uint64_t, uint64_t, std::optional<uint64_t>, double>;
  std::map<std::vector<Numbers>, size_t> known;
  Classes classes;
  for (size_t i = 0; i < problem.layers.size(); ++i) {
    std::vector<Numbers> numbers;
    for (const Choice& choice : problem.layers[i].choices)
      numbers.emplace_back(choice.cycles, choice.weight_bytes, choice.energy_nj, choice.sensitivity);
    const auto [at, is_new] = known.emplace(std::move(numbers), classes.size());
    if (is_new) classes.emplace_back();
    classes[at->second].push_back(i);
  }
  return classes;
}

IntegerProgram program_of(const Problem& problem) { return program_of(problem, classes_of(problem)); }

Solution solve(const Problem& problem, double seconds) {
  const Assignment least = least_sensitive(problem);
  if (!(least.sensitivity <= problem.budget)) {
    throw InputError("ALC001",
                     fmt::format("--budget: {} is below {}, the sensitivity with every layer in its least "
                                 "sensitive format",
                                 problem.budget, least.sensitivity),
                     {}, "raise the budget, or allow a more precise --format");
  }
  return Search(problem, least, seconds).run();
}

}  // namespace vernier::allocate
