// SPDX-License-Identifier: Apache-2.0
// The solvers by name, and the one that chooses. What they return has passed the checker.
#pragma once

#include <string>
#include <vector>

#include "sim/schedule/check/check.h"
#include "sim/schedule/schedule.h"

namespace vernier::schedule {

/// "auto", "exact", "ilp", "dnc", then the baselines.
[[nodiscard]] std::vector<std::string> solver_names();

struct Checked {
  Outcome outcome;
  Traffic traffic;  ///< of its schedule; zero if there is none
};

/// Solves and checks; InternalError if what a solver says does not hold. `auto` asks the exact method, then
/// others if it has not proved an optimum within the limit, and takes the best schedule and the best bound.
/// Baselines without addresses are an InputError CLI010 unless that is what the limits ask for.
[[nodiscard]] Checked solve(const std::string& name, const graph::Graph& graph, uint64_t capacity,
                            const Limits& limits);

/// "optimal", "feasible", "infeasible", "unknown".
[[nodiscard]] const char* name_of(Status status);

}  // namespace vernier::schedule
