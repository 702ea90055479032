// SPDX-License-Identifier: Apache-2.0
// What `vernier schedule` says: as text, JSON, YAML and as a page.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/schedule/solvers.h"
#include "workloads/graph/graph.h"

namespace vernier::schedule {

using Json = nlohmann::ordered_json;

/// One scratchpad size: a schedule, or why there is none, and what the baselines cost.
struct SizeResult {
  struct BaselineCost {
    std::string name;
    bool addresses = true;
    uint64_t noncompulsory_bytes = 0;
  };

  uint64_t scratchpad_bytes = 0;
  Checked solved;
  std::vector<BaselineCost> baselines;  ///< empty if no schedule fits
};

/// One graph, with one size or a sweep of them.
struct ScheduleReport {
  std::string command;
  std::string version;
  graph::Graph graph;
  bool addresses = true;
  bool sweep = false;
  std::vector<SizeResult> sizes;      ///< ascending; one unless `sweep`
  std::optional<graph::Graph> whole;  ///< before operators were fused or split
};

/// Solves one size, and runs and checks the baselines.
[[nodiscard]] SizeResult solve_size(const graph::Graph& graph, uint64_t capacity, const std::string& solver,
                                    const Limits& limits);

/// The fraction of a baseline's bytes that the schedule does without; null if the baseline moves none.
[[nodiscard]] Json reduction(uint64_t cost, uint64_t baseline);
/// (cost - bound) / cost; 0 if the cost is 0.
[[nodiscard]] double gap_of(const Outcome& outcome);

/// All numbers of a size; with its order and residencies if `schedule`.
[[nodiscard]] Json size_to_json(const SizeResult& size, bool schedule);

[[nodiscard]] std::string to_text(const ScheduleReport& report);
/// Schema 1, docs/scheduler.md.
[[nodiscard]] Json to_json(const ScheduleReport& report);
/// A page with the traffic, the memory map and the table of every size, and the graph before and after; for a
/// sweep with traffic against size.
[[nodiscard]] std::string to_html(const ScheduleReport& report);
/// The schedule of a single size, step by step and by name.
[[nodiscard]] std::string to_yaml(const ScheduleReport& report);

}  // namespace vernier::schedule
