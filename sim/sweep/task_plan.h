// SPDX-License-Identifier: Apache-2.0
// A sweep cut into tasks of consecutive points, for many machines with a shared folder:
//   FOLDER/tasks/plan.json       what was cut, and how
//   FOLDER/tasks/<task>.jsonl    results of a task (task_file.h)
#pragma once

#include <string>
#include <vector>

#include "sim/sweep/database.h"

namespace vernier::sweep {

struct TaskPlan {
  std::string file;            ///< of the sweep, absolute
  std::string working_folder;  ///< in which names were looked up
  std::string sweep_digest;
  Writer writer;
  uint64_t points = 0;
  uint64_t chunk = 0;             ///< points per task
  std::vector<std::string> jobs;  ///< ids of the job arrays that were submitted

  [[nodiscard]] uint64_t tasks() const { return (points + chunk - 1) / chunk; }
  /// Points of a task, ascending.
  [[nodiscard]] std::vector<uint64_t> points_of(uint64_t task) const;
};

[[nodiscard]] std::string plan_file(const std::string& folder);
[[nodiscard]] std::string task_file(const std::string& folder, uint64_t task);
void write_plan(const std::string& folder, const TaskPlan& plan);
/// Throws InputError SWP040 if the folder has none, or it cannot be read.
[[nodiscard]] TaskPlan read_plan(const std::string& folder);
/// Throws InputError SWP034 or SWP035 unless the plan is of this sweep and this program.
void check_plan(const TaskPlan& plan, const std::string& folder, const Space& space, const Writer& writer);

/// How many points of each task have a result.
[[nodiscard]] std::vector<uint64_t> finished_points(const std::string& folder, const TaskPlan& plan);

/// Puts the rows of all tasks into the database that has none of them yet; returns how many were added.
uint64_t merge_tasks(const std::string& folder, const TaskPlan& plan, const std::vector<uint64_t>& points,
                     Database& database);

}  // namespace vernier::sweep
