// SPDX-License-Identifier: Apache-2.0
// Holds a schedule against the model of docs/scheduler.md, and finds out what it costs by following it step
// by step. Shares no code with the solvers.
#pragma once

#include <cstdint>

#include "sim/schedule/schedule.h"
#include "workloads/graph/graph.h"

namespace vernier::schedule {

/// What a schedule moves between DRAM and the scratchpad.
struct Traffic {
  uint64_t compulsory_read_bytes = 0;   ///< first fetches of tensors that are in DRAM from the start
  uint64_t compulsory_write_bytes = 0;  ///< outputs of the network
  uint64_t noncompulsory_read_bytes = 0;
  uint64_t noncompulsory_write_bytes = 0;
  uint64_t peak_bytes = 0;  ///< resident in one step, at most

  [[nodiscard]] uint64_t compulsory_bytes() const { return compulsory_read_bytes + compulsory_write_bytes; }
  [[nodiscard]] uint64_t noncompulsory_bytes() const {
    return noncompulsory_read_bytes + noncompulsory_write_bytes;
  }
};

/// The traffic of a schedule that obeys every rule. Otherwise throws CheckFailed with the rule, the step and
/// the tensor or operator: "order", "residency" (one that is malformed, or missing where an operator needs
/// it), "entry" (a tensor comes in where it is neither produced nor read), "capacity", "overlap". Without
/// `addresses` only the sum of the resident bytes is held against the capacity, and every address is 0.
[[nodiscard]] Traffic check_schedule(const graph::Graph& graph, const Schedule& schedule, uint64_t capacity,
                                     bool addresses);

/// The same for what a solver claims: its schedule, the cost, the bound and the status must agree too. An
/// outcome without a schedule claims nothing but `infeasible`, which must be true.
[[nodiscard]] Traffic check_outcome(const graph::Graph& graph, const Outcome& outcome, uint64_t capacity,
                                    bool addresses);

}  // namespace vernier::schedule
