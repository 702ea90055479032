// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/task_plan.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "sim/sweep/task_file.h"

namespace vernier::sweep {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kPlanSchema = 1;

}  // namespace

std::vector<uint64_t> TaskPlan::points_of(uint64_t task) const {
  std::vector<uint64_t> list;
  for (uint64_t point = task * chunk; point < std::min(points, (task + 1) * chunk); ++point)
    list.push_back(point);
  return list;
}

std::string plan_file(const std::string& folder) {
  return (std::filesystem::path(folder) / "tasks" / "plan.json").string();
}

std::string task_file(const std::string& folder, uint64_t task) {
  return (std::filesystem::path(folder) / "tasks" / fmt::format("{}.jsonl", task)).string();
}

void write_plan(const std::string& folder, const TaskPlan& plan) {
  const Json json = {{"schema", kPlanSchema},
                     {"file", plan.file},
                     {"working_folder", plan.working_folder},
                     {"sweep_digest", plan.sweep_digest},
                     {"version", plan.writer.version},
                     {"build", plan.writer.build},
                     {"points", plan.points},
                     {"chunk", plan.chunk},
                     {"jobs", plan.jobs}};
  write_atomically(plan_file(folder), json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

TaskPlan read_plan(const std::string& folder) {
  const std::string path = plan_file(folder);
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw InputError("SWP040", fmt::format("there is no '{}'", path), {},
                     "give the folder of `vernier sweep FILE --out DIR --slurm`");
  }
  try {
    const Json json = Json::parse(in);
    if (json.at("schema") != kPlanSchema)
      throw InputError("SWP040", fmt::format("'{}' has another schema", path));
    TaskPlan plan;
    plan.file = json.at("file");
    plan.working_folder = json.at("working_folder");
    plan.sweep_digest = json.at("sweep_digest");
    plan.writer = {json.at("version"), json.at("build")};
    plan.points = json.at("points");
    plan.chunk = std::max<uint64_t>(1, json.at("chunk"));
    plan.jobs = json.at("jobs").get<std::vector<std::string>>();
    return plan;
  } catch (const Json::exception& error) {
    throw InputError("SWP040", fmt::format("'{}' cannot be read: {}", path, error.what()));
  }
}

void check_plan(const TaskPlan& plan, const std::string& folder, const Space& space, const Writer& writer) {
  if (plan.sweep_digest != space.digest()) {
    throw InputError(
        "SWP034",
        fmt::format("'{}' is of another sweep, or a file of the sweep has changed: digest {}, now {}",
                    plan_file(folder), plan.sweep_digest, space.digest()),
        {}, "choose another folder");
  }
  if (plan.writer.version != writer.version || plan.writer.build != writer.build) {
    throw InputError(
        "SWP035",
        fmt::format("'{}' is of another build of Vernier: {}, digest {}; this one is {}, digest {}",
                    plan_file(folder), plan.writer.version, plan.writer.build, writer.version, writer.build),
        {}, "every machine must have the same program; or choose another folder");
  }
}

std::vector<uint64_t> finished_points(const std::string& folder, const TaskPlan& plan) {
  std::vector<uint64_t> finished(plan.tasks());
  for (uint64_t task = 0; task < finished.size(); ++task)
    finished[task] = read_task_file(task_file(folder, task)).size();
  return finished;
}

uint64_t merge_tasks(const std::string& folder, const TaskPlan& plan, const std::vector<uint64_t>& points,
                     Database& database) {
  const std::vector<bool> present = database.present();
  uint64_t added = 0;
  for (uint64_t task = 0; task < plan.tasks(); ++task) {
    database.begin();  // a task at a time: a merge that is killed goes on with the next
    for (const Row& row : read_task_file(task_file(folder, task))) {
      if (row.point >= points.size() || present[row.point]) continue;
      database.add(row, points[row.point]);
      ++added;
    }
    database.commit();
  }
  return added;
}

}  // namespace vernier::sweep
