// SPDX-License-Identifier: Apache-2.0
// The integer program, solved by CBC.
#include <CbcEventHandler.hpp>
#include <CbcHeuristicFPump.hpp>
#include <CbcHeuristicRINS.hpp>
#include <CbcModel.hpp>
#include <CglClique.hpp>
#include <CglKnapsackCover.hpp>
#include <CglPreProcess.hpp>
#include <CglProbing.hpp>
#include <CglZeroHalf.hpp>
#include <OsiClpSolverInterface.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "sim/schedule/baseline/baseline.h"
#include "sim/schedule/check/check.h"
#include "sim/schedule/ilp/load.h"
#include "sim/schedule/ilp/program.h"

namespace vernier::schedule {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kNoCost = std::numeric_limits<uint64_t>::max();
constexpr double kSlack = 1e-4;              // of a bound that floating point arithmetic found, in units
constexpr size_t kSmall = 4000;              // columns: beyond, what helps the search takes longer than it
constexpr uint64_t kMaxTrusted = 100000000;  // beyond, the solver's tolerances are larger than a unit

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// A bound in bytes: costs are whole units, so it may be rounded up, but for the error of the solver.
uint64_t bytes_of_bound(double units, const IntegerProgram& program) {
  if (!(units > kSlack)) return 0;
  return static_cast<uint64_t>(std::ceil(units - kSlack)) * program.unit_bytes;
}

/// Tells how far the search is.
class Reporter : public CbcEventHandler {
 public:
  Reporter(const IntegerProgram& program, const Limits& limits) : program_(program), limits_(limits) {}
  [[nodiscard]] CbcEventHandler* clone() const override { return new Reporter(*this); }
  CbcAction event(CbcEvent which) override {
    const bool tells = which == node || which == solution || which == heuristicSolution;
    if (tells && limits_.progress && model_ != nullptr && model_->parentModel() == nullptr) {
      const double found = model_->getObjValue();
      const uint64_t cost =
          found > 1e30 ? kNoCost
                       : static_cast<uint64_t>(std::llround(std::max(found, 0.0))) * program_.unit_bytes;
      limits_.progress(cost, std::min(cost, bytes_of_bound(model_->getBestPossibleObjValue(), program_)));
    }
    return noAction;
  }

 private:
  const IntegerProgram& program_;
  const Limits& limits_;
};

/// What CBC says about a program.
struct Answer {
  std::vector<double> values;  ///< empty: no solution
  double bound = 0;            ///< in units
  bool infeasible = false;
};

Answer solve(const IntegerProgram& program, const Limits& limits, Clock::time_point begin) {
  OsiClpSolverInterface solver;
  load(program, solver);
  Answer answer;
  // Of all parts only the simplex method itself can be stopped at any time: the rest begins once it has
  // ended.
  solver.getModelPtr()->setMaximumWallSeconds(std::max(0.01, limits.seconds - seconds_since(begin)));
  solver.initialSolve();
  solver.getModelPtr()->setMaximumWallSeconds(-1);
  if (solver.isProvenPrimalInfeasible()) {
    answer.infeasible = true;
    return answer;
  }
  if (!solver.isProvenOptimal()) return answer;
  answer.bound = solver.getObjValue();
  const bool small = program.columns.size() < kSmall;
  CglPreProcess reduction;
  reduction.messageHandler()->setLogLevel(0);
  reduction.setTimeLimit(std::max(0.01, limits.seconds - seconds_since(begin)), true);
  OsiSolverInterface* reduced = reduction.preProcess(solver, false, small ? 10 : 0);
  const double left = limits.seconds - seconds_since(begin);
  if (reduced == nullptr || left <= 0) {
    answer.infeasible = left > 0;
    return answer;
  }
  reduced->messageHandler()->setLogLevel(0);
  CbcModel model(*reduced);
  model.setLogLevel(0);
  model.messageHandler()->setLogLevel(0);
  Reporter reporter(program, limits);
  model.passInEventHandler(&reporter);
  // Few kinds of cuts: with Gomory or mixed integer rounding the same search takes ten times as long.
  CglProbing probing;
  probing.setUsingObjective(1);
  probing.setMaxPass(1);
  probing.setMaxPassRoot(1);
  probing.setRowCuts(3);
  CglKnapsackCover knapsack;
  CglClique clique;
  clique.setStarCliqueReport(false);
  clique.setRowCliqueReport(false);
  CglZeroHalf zero_half;
  CbcRounding rounding(model);
  CbcHeuristicFPump pump(model);
  pump.setMaximumPasses(20);
  CbcHeuristicRINS neighbourhood(model);
  neighbourhood.setHowOften(100);
  model.addHeuristic(&rounding, "rounding");
  model.setNumberStrong(0);
  if (small) {  // none of these looks at the time
    model.addCutGenerator(&probing, -1, "probing");
    model.addCutGenerator(&knapsack, -1, "knapsack");
    model.addCutGenerator(&clique, -1, "clique");
    model.addCutGenerator(&zero_half, -1, "zero half");
    model.addHeuristic(&pump, "pump");
    model.addHeuristic(&neighbourhood, "neighbourhood");
    model.setNumberStrong(5);
    model.setNumberBeforeTrust(10);
  }
  model.setUseElapsedTime(true);
  model.setMaximumSeconds(left);
  if (!small) {
    auto* simplex = dynamic_cast<OsiClpSolverInterface*>(model.solver());
    simplex->getModelPtr()->setMaximumWallSeconds(left);
  }
  model.branchAndBound();
  // A search whose simplex method was stopped says nothing about nodes: what stays is the bound of the root.
  const bool stopped = !small && seconds_since(begin) >= limits.seconds;
  if (!stopped) answer.bound = std::max(answer.bound, model.getBestPossibleObjValue());
  if (model.bestSolution() == nullptr) {
    answer.infeasible = model.isProvenInfeasible() && !model.isSecondsLimitReached() && !stopped;
    return answer;
  }
  reduction.postProcess(*model.solver());
  answer.values.assign(solver.getColSolution(), solver.getColSolution() + program.columns.size());
  return answer;
}

/// Takes over a schedule if it passes the checker and costs less than what is there.
bool take(Outcome& outcome, Schedule schedule, const graph::Graph& graph, uint64_t capacity, bool addresses) {
  uint64_t cost = 0;
  try {
    cost = check_schedule(graph, schedule, capacity, addresses).noncompulsory_bytes();
  } catch (const CheckFailed&) {
    return false;
  }
  if (outcome.schedule && outcome.noncompulsory_bytes <= cost) return true;
  outcome.schedule = std::move(schedule);
  outcome.noncompulsory_bytes = cost;
  return true;
}

}  // namespace

Outcome solve_ilp(const graph::Graph& graph, uint64_t capacity, const Limits& limits) {
  const auto begin = Clock::now();
  Outcome outcome;
  outcome.solver = "ilp";
  outcome.reason = too_large(graph, capacity);
  if (!outcome.reason.empty()) {
    outcome.status = Status::infeasible;
    return outcome;
  }
  const auto finish = [&](std::string reason) {
    if (!outcome.schedule ||
        outcome.lower_bound_bytes < outcome.noncompulsory_bytes) {  // a rule may do better
      const Outcome start = best_baseline(graph, capacity, limits.addresses);
      const bool sound = take(outcome, *start.schedule, graph, capacity, limits.addresses);
      VERNIER_INVARIANT(sound, "the schedule of {} passes the checker", start.solver);
    }
    outcome.lower_bound_bytes = std::min(outcome.lower_bound_bytes, outcome.noncompulsory_bytes);
    const bool proved = outcome.lower_bound_bytes == outcome.noncompulsory_bytes;
    outcome.status = proved ? Status::optimal : Status::feasible;
    outcome.reason = proved ? "" : std::move(reason);
    outcome.seconds = seconds_since(begin);
    return outcome;
  };
  if (program_is_too_large(graph, limits.addresses)) return finish("the integer program is too large");
  const IntegerProgram program = build_program(graph, capacity, limits.addresses);
  if (capacity / program.unit_bytes > kMaxTrusted) {
    return finish(
        fmt::format("the capacity is more than {} times the greatest common divisor of all sizes, {} bytes: "
                    "too much for floating point",
                    kMaxTrusted, program.unit_bytes));
  }
  const Answer answer = solve(program, limits, begin);
  const bool wrong = answer.infeasible ||
                     (!answer.values.empty() && !take(outcome, schedule_of(program, graph, answer.values),
                                                      graph, capacity, limits.addresses));
  // A solver whose answer cannot be is not believed about its bound either.
  if (!wrong) outcome.lower_bound_bytes = bytes_of_bound(answer.bound, program);
  return finish(wrong ? "the solver's answer is wrong by more than its rounding errors"
                      : fmt::format("the time limit of {} s", limits.seconds));
}

}  // namespace vernier::schedule
