// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/sweep_slurm.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "base/atomic_file.h"
#include "base/error.h"
#include "sim/cli/output.h"
#include "sim/cli/sweep_setup.h"
#include "sim/sweep/file_lock.h"
#include "sim/sweep/sample.h"
#include "sim/sweep/task_file.h"
#include "sim/sweep/task_plan.h"

namespace vernier::cli {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostTasks = 1000;  // Slurm's MaxArraySize is 1001 unless set otherwise

/// A word of a shell command, whatever is in it.
std::string shell_word(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

struct Said {
  int status = -1;
  std::string text;  ///< on both outputs
};

Said run_shell(const std::string& command) {
  Said said;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return said;
  std::array<char, 4096> buffer{};
  for (size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    said.text.append(buffer.data(), got);
  const int status = ::pclose(pipe);
  said.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  while (!said.text.empty() && said.text.back() == '\n') said.text.pop_back();
  return said;
}

/// Tasks that wait or run, with their state in Slurm's words. Nothing is known without Slurm.
std::map<uint64_t, std::string> queued_tasks(const sweep::TaskPlan& plan) {
  std::map<uint64_t, std::string> tasks;
  if (plan.jobs.empty()) return tasks;
  // Jobs that Slurm has forgotten make it complain; the others are listed all the same.
  for (const std::string& job : plan.jobs) {
    const Said said = run_shell("squeue --noheader --array --format='%K %T' --jobs=" + shell_word(job));
    if (said.status != 0) continue;
    size_t begin = 0;
    while (begin < said.text.size()) {
      const size_t end = std::min(said.text.find('\n', begin), said.text.size());
      unsigned long task = 0;
      std::array<char, 32> state{};
      const std::string line = said.text.substr(begin, end - begin);
      if (std::sscanf(line.c_str(), "%lu %31s", &task, state.data()) == 2) tasks[task] = state.data();
      begin = end + 1;
    }
  }
  return tasks;
}

/// "0-3,7,9-10"
std::string ranges(const std::vector<uint64_t>& tasks) {
  std::string out;
  for (size_t i = 0; i < tasks.size();) {
    size_t last = i;
    while (last + 1 < tasks.size() && tasks[last + 1] == tasks[last] + 1) ++last;
    out += fmt::format("{}{}", out.empty() ? "" : ",", tasks[i]);
    if (last > i) out += fmt::format("-{}", tasks[last]);
    i = last + 1;
  }
  return out;
}

std::string job_script(const std::string& folder, const sweep::TaskPlan& plan, int64_t cpus) {
  return fmt::format("#!/bin/sh\ncd {} && exec {} sweep task {} --task \"$SLURM_ARRAY_TASK_ID\" --jobs {}\n",
                     shell_word(plan.working_folder), shell_word(fs::read_symlink("/proc/self/exe").string()),
                     shell_word(folder), cpus);
}

sweep::TaskPlan plan_of(const SlurmOptions& options, const sweep::Space& space, uint64_t points,
                        const std::string& folder) {
  const uint64_t chunk =
      options.chunk > 0 ? static_cast<uint64_t>(options.chunk) : (points + kMostTasks - 1) / kMostTasks;
  const sweep::Writer writer = this_program();
  if (fs::exists(sweep::plan_file(folder))) {
    sweep::TaskPlan plan = sweep::read_plan(folder);
    sweep::check_plan(plan, folder, space, writer);
    if (options.chunk == 0 || plan.chunk == chunk) return plan;
    throw InputError("SWP040",
                     fmt::format("--chunk: the tasks in '{}' have {} points each", folder, plan.chunk), {},
                     "leave --chunk out, or choose another folder");
  }
  std::error_code error;
  fs::create_directories(fs::path(folder) / "tasks", error);
  if (error)
    throw InputError("OUT002", fmt::format("--out: '{}' cannot be made: {}", folder, error.message()));
  return {fs::absolute(space.sweep().file).string(),
          fs::current_path().string(),
          space.digest(),
          writer,
          points,
          chunk,
          {}};
}

void task_command(const std::string& folder, int64_t task, int64_t jobs) {
  const sweep::TaskPlan plan = sweep::read_plan(folder);
  if (task < 0 || static_cast<uint64_t>(task) >= plan.tasks())
    throw InputError("SWP040", fmt::format("--task: {} is not in 0..{}", task, plan.tasks() - 1));
  const sweep::Space space = load_space(plan.file);
  sweep::check_plan(plan, folder, space, this_program());
  const std::vector<uint64_t> points = sweep::sample(space);
  const std::string file = sweep::task_file(folder, static_cast<uint64_t>(task));
  const sweep::FileLock lock(file + ".lock");
  sweep::TaskFile store(file, points.size());
  sweep::RunnerOptions runner;
  runner.jobs = static_cast<size_t>(std::max<int64_t>(1, jobs));
  runner.which = plan.points_of(static_cast<uint64_t>(task));
  const sweep::Tally tally = sweep::run_points(space, points, store, runner);
  print_out(fmt::format("task {}: {} points, {} run now, {:.1f} s\n", task, tally.points, tally.run,
                        tally.seconds));
}

void merge_command(const std::string& folder) {
  const sweep::TaskPlan plan = sweep::read_plan(folder);
  const sweep::Space space = load_space(plan.file);
  const sweep::Writer writer = this_program();
  sweep::check_plan(plan, folder, space, writer);
  const std::vector<uint64_t> points = sweep::sample(space);
  const std::string file = (fs::path(folder) / sweep::kDatabaseFile).string();
  const sweep::FileLock lock(file + ".lock");
  {
    sweep::Database database(file, space, points.size(), writer);
    (void)sweep::merge_tasks(folder, plan, points, database);
  }
  const sweep::Results results(file);
  uint64_t rows = 0;
  for (const auto& [status, count] : results.counts()) rows += count;
  std::string text = fmt::format("{}: {} of {} points\n", space.sweep().name, rows, points.size());
  if (rows < points.size()) text += "submit the sweep again with --slurm for the rest\n";
  print_out(text + front_table(results) + fmt::format("results in {}\n", file));
}

void status_command(const std::string& folder) {
  const sweep::TaskPlan plan = sweep::read_plan(folder);
  const std::vector<uint64_t> finished = sweep::finished_points(folder, plan);
  const std::map<uint64_t, std::string> queued = queued_tasks(plan);
  uint64_t points = 0, complete = 0;
  std::map<std::string, std::vector<uint64_t>> others;
  for (uint64_t task = 0; task < finished.size(); ++task) {
    points += finished[task];
    if (finished[task] == plan.points_of(task).size()) {
      ++complete;
      continue;
    }
    const auto state = queued.find(task);
    others[state != queued.end() ? state->second
           : finished[task] > 0  ? "STOPPED"
                                 : "NOT STARTED"]
        .push_back(task);
  }
  std::string text = fmt::format("{} of {} points, {} of {} tasks complete\n", points, plan.points, complete,
                                 finished.size());
  for (const auto& [state, tasks] : others) text += fmt::format("  {}: tasks {}\n", state, ranges(tasks));
  print_out(text);
}

}  // namespace

void submit_sweep(const SlurmOptions& options) {
  constexpr int64_t kMost = 1'000'000;
  if (options.chunk < 0 || options.chunk > kMost)
    throw InputError("CLI022", fmt::format("--chunk: {} is not in 1..{}", options.chunk, kMost));
  const sweep::Space space = load_space(options.file);
  const std::vector<uint64_t> points = sweep::sample(space);
  const std::string folder = fs::absolute(options.out).string();
  sweep::TaskPlan plan = plan_of(options, space, points.size(), folder);
  const std::vector<uint64_t> finished = sweep::finished_points(folder, plan);
  const std::map<uint64_t, std::string> queued = queued_tasks(plan);
  std::vector<uint64_t> open;
  for (uint64_t task = 0; task < finished.size(); ++task) {
    if (finished[task] < plan.points_of(task).size() && queued.count(task) == 0) open.push_back(task);
  }
  sweep::write_plan(folder, plan);
  if (open.empty()) {
    return print_out(
        fmt::format("no task to submit: {} are in the queue, the others complete\n", queued.size()));
  }
  const std::string script = (fs::path(folder) / "tasks" / "job.sh").string();
  write_atomically(script, job_script(folder, plan, options.cpus));
  const Said said = run_shell(
      fmt::format("sbatch --parsable --array={} --cpus-per-task={} --job-name={} --output={} {}",
                  ranges(open), options.cpus, shell_word(space.sweep().name),
                  shell_word((fs::path(folder) / "tasks" / "%a.log").string()), shell_word(script)));
  if (said.status != 0) {
    throw InputError("SWP041", fmt::format("sbatch: {}", said.text), {},
                     "is this a machine that submits to Slurm? Without it, `vernier sweep FILE --out DIR` "
                     "uses this machine");
  }
  plan.jobs.push_back(said.text.substr(0, said.text.find(';')));
  sweep::write_plan(folder, plan);
  print_out(
      fmt::format("job {}: {} of {} tasks of {} points\n`vernier sweep status {}` says how far they are, "
                  "`vernier sweep merge {}` "
                  "puts their results together\n",
                  plan.jobs.back(), open.size(), finished.size(), plan.chunk, options.out, options.out));
}

void add_slurm_commands(CLI::App& sweep, Action& action) {
  struct Options {
    std::string folder;
    int64_t task = 0, jobs = 1;
  };
  auto options = std::make_shared<Options>();
  CLI::App* task = sweep.add_subcommand("task", "Run one task of --slurm: what the job array starts");
  task->add_option("DIR", options->folder, "the folder of --slurm")->required();
  task->add_option("--task", options->task, "number of the task")->required();
  task->add_option("--jobs", options->jobs, "processes")->capture_default_str();
  task->callback([options, &action] {
    action = [options] { task_command(options->folder, options->task, options->jobs); };
  });
  CLI::App* merge =
      sweep.add_subcommand("merge", "Put the results of the tasks of --slurm into one database");
  merge->add_option("DIR", options->folder, "the folder of --slurm")->required();
  merge->callback([options, &action] { action = [options] { merge_command(options->folder); }; });
  CLI::App* status = sweep.add_subcommand("status", "How far the tasks of --slurm are");
  status->add_option("DIR", options->folder, "the folder of --slurm")->required();
  status->callback([options, &action] { action = [options] { status_command(options->folder); }; });
}

}  // namespace vernier::cli
