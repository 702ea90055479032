// SPDX-License-Identifier: Apache-2.0
// A scratchpad schedule: the order of the operators, and where every tensor is while it is resident. The
// model and the cost are those of docs/scheduler.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"

namespace vernier::schedule {

/// A tensor at one address over consecutive steps. Steps count from 0.
struct Residency {
  int tensor = 0;
  int from = 0, to = 0;  ///< steps, both included
  uint64_t address = 0;  ///< bytes
};

struct Schedule {
  std::vector<int> order;              ///< order[t]: the operator of step t
  std::vector<Residency> residencies;  ///< by `from`, then by tensor
};

enum class Status {
  optimal,     ///< cost == lower bound, proved
  feasible,    ///< a schedule, and a lower bound below its cost
  infeasible,  ///< proved: there is none
  unknown,     ///< no schedule found in the time given
};

/// What a solver found.
struct Outcome {
  Status status = Status::unknown;
  std::optional<Schedule> schedule;
  uint64_t noncompulsory_bytes = 0;  ///< of the schedule
  uint64_t lower_bound_bytes = 0;    ///< of any schedule: proved
  double seconds = 0.0;              ///< wall time of the solver
  std::string solver;                ///< "exact", "ilp", "dnc", a baseline's name
  std::string reason;  ///< infeasible: which operator needs how much; feasible: what ended the search
};

struct Limits {
  double seconds = 60.0;  ///< wall time
  bool addresses = true;  ///< false: capacity only; every residency has address 0 then
  /// Called now and then with the best cost so far (none yet: UINT64_MAX) and the proved bound.
  std::function<void(uint64_t cost, uint64_t bound)> progress = {};
};

/// The scratchpad of `capacity` bytes. Throws no InputError: whether an operator fits at all is for
/// largest_operator() to say.
Outcome solve_exact(const graph::Graph& graph, uint64_t capacity, const Limits& limits);
Outcome solve_ilp(const graph::Graph& graph, uint64_t capacity, const Limits& limits);
Outcome solve_divided(const graph::Graph& graph, uint64_t capacity, const Limits& limits);

}  // namespace vernier::schedule
