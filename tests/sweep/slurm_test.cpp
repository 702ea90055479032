// SPDX-License-Identifier: Apache-2.0
// A sweep as a job array of a real Slurm (slurmctld, slurmd and munge on loopback), with a task that is
// killed in mid-run, against the same sweep in one process.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "sim/sweep/task_file.h"
#include "tests/sweep/sweep_program.h"

namespace vernier::sweep::testing {
namespace {

namespace fs = std::filesystem;

class SweepTasks : public SweepProgram {
 protected:
  /// The plan that --slurm writes, by way of an sbatch that only says a number.
  void submit_nowhere(const std::string& folder, const std::string& chunk) const {
    fs::create_directories(folder_ / "bin");
    write_file(folder_ / "bin/sbatch", "#!/bin/sh\necho \"$@\" >> ../sbatch.txt\necho 17\n");
    write_file(folder_ / "bin/squeue", "#!/bin/sh\nexit 1\n");
    for (const char* name : {"bin/sbatch", "bin/squeue"}) fs::permissions(folder_ / name, fs::perms::all);
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", ((folder_ / "bin").string() + ":" + path).c_str(), 1);
    const Outcome outcome = call({"sweep", "sweep.yaml", "--out", folder, "--slurm", "--chunk", chunk});
    ::setenv("PATH", path.c_str(), 1);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    said_ = outcome.out;
  }
  mutable std::string said_;
};

TEST_F(SweepTasks, tasks_make_the_same_database_in_any_order) {
  write_sweep(kManyPoints);
  ASSERT_EQ(call({"sweep", "sweep.yaml", "--out", "whole", "--quiet"}).status, 0);
  submit_nowhere("shared", "300");
  EXPECT_EQ(said_.rfind("job 17: 4 of 4 tasks of 300 points\n", 0), 0U) << said_;
  EXPECT_EQ(expect_done({"sweep", "status", "shared"}).out,
            "0 of 1000 points, 0 of 4 tasks complete\n  NOT STARTED: tasks 0-3\n");
  expect_done({"sweep", "task", "shared", "--task", "3"});
  expect_done({"sweep", "task", "shared", "--task", "1", "--jobs", "2"});
  // A part of a task, and a line that was not finished.
  const std::string all = read_file(folder_ / "shared/tasks/1.jsonl");
  size_t half = all.find('\n', all.size() / 2) + 1;
  write_file(folder_ / "shared/tasks/1.jsonl", all.substr(0, half + 20));
  EXPECT_EQ(
      expect_done({"sweep", "status", "shared"}).out.find("  NOT STARTED: tasks 0,2\n  STOPPED: tasks 1\n") ==
          std::string::npos,
      false);
  EXPECT_EQ(expect_done({"sweep", "merge", "shared"}).out.find("submit the sweep again with --slurm") ==
                std::string::npos,
            false);
  // Once more: what is missing only.
  submit_nowhere("shared", "300");
  EXPECT_EQ(said_.rfind("job 17: 3 of 4 tasks of 300 points\n", 0), 0U) << said_;
  for (const char* task : {"0", "1", "2"}) expect_done({"sweep", "task", "shared", "--task", task});
  EXPECT_EQ(read_file(folder_ / "shared/tasks/1.jsonl").substr(0, half), all.substr(0, half))
      << "was done again";
  expect_done({"sweep", "merge", "shared"});
  EXPECT_EQ(exported("shared"), exported("whole"));
  submit_nowhere("shared", "300");
  EXPECT_EQ(said_, "no task to submit: 0 are in the queue, the others complete\n");
}

TEST_F(SweepTasks, wrong_folders_bad) {
  write_sweep("axes:\n  array.rows: [4, 8]\n");
  submit_nowhere("shared", "1");
  expect_refused({"sweep", "merge", "nowhere"},
                 "error[SWP040]: there is no 'nowhere/tasks/plan.json'\n"
                 "  help: give the folder of `vernier sweep FILE --out DIR --slurm`\n");
  expect_refused({"sweep", "task", "shared", "--task", "2"}, "error[SWP040]: --task: 2 is not in 0..1\n");
  expect_refused({"sweep", "sweep.yaml", "--out", "x", "--chunk", "2"},
                 "error[CLI021]: --chunk: only --slurm cuts a sweep into tasks\n");
  write_sweep("axes:\n  array.rows: [4, 9]\n");
  const Outcome changed = call({"sweep", "task", "shared", "--task", "0"});
  EXPECT_EQ(changed.status, 2);
  EXPECT_EQ(changed.err.rfind("error[SWP034]: 'shared/tasks/plan.json' is of another sweep", 0), 0U)
      << changed.err;
}

TEST_F(SweepTasks, lines_of_rows_survive_exactly) {
  Row row;
  row.point = 7;
  row.status = Status::excluded;
  row.error = "error[X]: \"quoted\"\n  help: \xff";
  row.identity = {"abc", "def"};
  row.values = {report::Value(), uint64_t{9007199254740993}, 0.1, 1e300, 3.0};
  row.objectives = {std::nullopt, 1.0 / 3.0};
  const std::string line = to_line(row);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const std::optional<Row> back = from_line(line);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->values, row.values);
  EXPECT_EQ(back->objectives, row.objectives);
  EXPECT_EQ(back->point, 7U);
  EXPECT_EQ(back->status, Status::excluded);
  EXPECT_EQ(back->identity.work, "def");
  for (size_t length = 0; length < line.size(); ++length) EXPECT_FALSE(from_line(line.substr(0, length)));
}

/// The cluster of cluster.sh.
class SweepSlurm : public SweepProgram {
 protected:
  void TearDown() override {
    if (started_) (void)cluster("stop");
    ::unsetenv("SLURM_CONF");
    SweepProgram::TearDown();
  }
  int cluster(const std::string& verb) {
    return std::system(fmt::format("'{}/tests/sweep/cluster.sh' {} '{}' {} 2>'{}'", VERNIER_SOURCE_DIR, verb,
                                   state_.string(), 20000 + ::getpid() % 20000, (folder_ / "why").string())
                           .c_str());
  }
  void start_cluster() {
    state_ = folder_.parent_path() / "slurm";
    fs::create_directories(state_);
    fs::permissions(folder_.parent_path(), fs::perms(0755));  // munge wants to reach its socket
    if (cluster("start") != 0) GTEST_SKIP() << read_file(folder_ / "why");
    started_ = true;
    ::setenv("SLURM_CONF", (state_ / "slurm.conf").c_str(), 1);
  }
  /// Waits until no task is in the queue, half a minute at most.
  [[nodiscard]] bool wait_for_queue() const {
    for (int i = 0; i < 300; ++i) {
      if (std::system("test -z \"$(squeue --noheader)\"") == 0) return true;
      ::usleep(100000);
    }
    return false;
  }
  /// kill -9 of the processes of a task, which are those with its number in this folder. Returns how many.
  [[nodiscard]] int kill_task(const std::string& task) const {
    const std::string mark = std::string("--task") + '\0' + task + '\0';
    int killed = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
      std::error_code error;
      if (fs::read_symlink(entry.path() / "cwd", error) != folder_ || error) continue;
      if (read_file(entry.path() / "cmdline").find(mark) == std::string::npos) continue;
      killed += ::kill(std::stoi(entry.path().filename()), SIGKILL) == 0 ? 1 : 0;
    }
    return killed;
  }
  fs::path state_;
  bool started_ = false;
};

TEST_F(SweepSlurm, job_array_with_a_killed_task) {
  start_cluster();
  if (IsSkipped()) return;
  write_sweep(
      "axes:\n  gemms.0.n: {from: 200000, to: 580000, step: 2000}\n  array.rows: [4, 8]\n"
      "objectives: [minimize: cycles]\n");
  const Outcome submitted = call({"sweep", "sweep.yaml", "--out", "shared", "--slurm", "--chunk", "100"});
  ASSERT_EQ(submitted.status, 0) << submitted.err;
  EXPECT_NE(submitted.out.find(": 4 of 4 tasks of 100 points\n"), std::string::npos) << submitted.out;
  // Kill a task as soon as it has results.
  const fs::path victim = folder_ / "shared/tasks/0.jsonl";
  for (int i = 0; i < 3000 && (!fs::exists(victim) || fs::file_size(victim) == 0); ++i) ::usleep(10000);
  const std::string before = read_file(victim);
  EXPECT_GT(kill_task("0"), 0);
  ASSERT_TRUE(wait_for_queue());
  const std::string status = expect_done({"sweep", "status", "shared"}).out;
  EXPECT_NE(status.find("3 of 4 tasks complete\n  STOPPED: tasks 0\n"), std::string::npos) << status;
  // The same command submits what is missing.
  const Outcome again = call({"sweep", "sweep.yaml", "--out", "shared", "--slurm"});
  EXPECT_NE(again.out.find(": 1 of 4 tasks of 100 points\n"), std::string::npos) << again.out << again.err;
  ASSERT_TRUE(wait_for_queue());
  EXPECT_EQ(read_file(victim).rfind(before.substr(0, before.rfind('\n') + 1), 0), 0U) << "was done again";
  EXPECT_EQ(expect_done({"sweep", "status", "shared"}).out, "382 of 382 points, 4 of 4 tasks complete\n");
  expect_done({"sweep", "merge", "shared"});
  ASSERT_EQ(call({"sweep", "sweep.yaml", "--out", "whole", "--quiet"}).status, 0);
  EXPECT_EQ(exported("shared"), exported("whole"));
}

}  // namespace
}  // namespace vernier::sweep::testing
