// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/solvers.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "sim/schedule/baseline/baseline.h"

namespace vernier::schedule {
namespace {

constexpr size_t kExactOperators = 200;  // with more, its time is better spent in pieces
constexpr size_t kAloneOperators =
    64;                              // with more, pieces often find the better schedule if exact proves none
constexpr double kExactShare = 0.6;  // of the time, then
constexpr size_t kIlpOperators = 8;  // with more, CBC seldom ends in a minute

/// The better schedule and the better bound of two solvers.
void merge(Outcome& best, Outcome other) {
  const uint64_t bound = std::max(best.lower_bound_bytes, other.lower_bound_bytes);
  if (other.status == Status::infeasible) {
    best = std::move(other);
    return;
  }
  if (!best.schedule || (other.schedule && other.noncompulsory_bytes < best.noncompulsory_bytes)) {
    other.reason = other.reason.empty() ? best.reason : other.reason;
    best = std::move(other);
  }
  best.lower_bound_bytes = bound;
  if (!best.schedule) return;
  best.lower_bound_bytes = std::min(bound, best.noncompulsory_bytes);
  best.status = best.lower_bound_bytes == best.noncompulsory_bytes ? Status::optimal : Status::feasible;
  if (best.status == Status::optimal) best.reason.clear();
}

Outcome solve_auto(const graph::Graph& graph, uint64_t capacity, const Limits& limits) {
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [begin] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  Outcome best;
  const auto ask = [&](auto solver, double share = 1) {
    Limits rest = limits;
    rest.seconds = limits.seconds * share - seconds();
    if (best.status == Status::optimal || best.status == Status::infeasible || rest.seconds <= 0) return;
    merge(best, solver(graph, capacity, rest));
  };
  const size_t operators = graph.operators.size();
  if (operators <= kExactOperators) ask(solve_exact, operators <= kAloneOperators ? 1 : kExactShare);
  ask(solve_divided);
  if (operators <= kIlpOperators) ask(solve_ilp);
  if (best.status != Status::optimal && best.status != Status::infeasible)
    merge(best, best_baseline(graph, capacity, limits.addresses));
  best.seconds = seconds();
  return best;
}

Outcome run(const std::string& name, const graph::Graph& graph, uint64_t capacity, const Limits& limits) {
  if (name == "auto") return solve_auto(graph, capacity, limits);
  if (name == "exact") return solve_exact(graph, capacity, limits);
  if (name == "dnc") return solve_divided(graph, capacity, limits);
  if (name == "ilp") return solve_ilp(graph, capacity, limits);
  const auto& all = baselines();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Baseline& one) { return one.name == name; });
  if (found == all.end()) {
    throw InputError("CLI010",
                     fmt::format("--solver: '{}' is not one of {}", name, fmt::join(solver_names(), ", ")),
                     {}, suggestion(name, solver_names()));
  }
  if (limits.addresses && found->placement == Placement::none) {
    throw InputError("CLI010", fmt::format("--solver: {} gives tensors no addresses", name), {},
                     "only `vernier schedule` with --no-addresses takes it");
  }
  Outcome outcome = run_baseline(*found, graph, capacity);
  if (!limits.addresses && outcome.schedule) {
    for (Residency& residency : outcome.schedule->residencies) residency.address = 0;
  }
  return outcome;
}

}  // namespace

std::vector<std::string> solver_names() {
  std::vector<std::string> names = {"auto", "exact", "ilp", "dnc"};
  for (const Baseline& baseline : baselines()) names.push_back(baseline.name);
  return names;
}

Checked solve(const std::string& name, const graph::Graph& graph, uint64_t capacity, const Limits& limits) {
  Checked checked;
  checked.outcome = run(name, graph, capacity, limits);
  try {
    checked.traffic = check_outcome(graph, checked.outcome, capacity, limits.addresses);
  } catch (const CheckFailed& error) {
    VERNIER_INVARIANT(false, "solver {}: {}", name, error.what());
  }
  return checked;
}

const char* name_of(Status status) {
  switch (status) {
    case Status::optimal:
      return "optimal";
    case Status::feasible:
      return "feasible";
    case Status::infeasible:
      return "infeasible";
    case Status::unknown:
      return "unknown";
  }
  return "";
}

}  // namespace vernier::schedule
