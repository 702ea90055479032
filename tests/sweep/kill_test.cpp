// SPDX-License-Identifier: Apache-2.0
// A sweep that is killed and started again, at random moments: nothing lost, nothing done twice, and the same
// export as that of the sweep that nobody disturbed. VERNIER_LONG=1 kills it 20 times, else 3.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "tests/sweep/sweep_program.h"

namespace vernier::sweep::testing {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Rows = std::set<std::vector<std::string>>;

class SweepKill : public SweepProgram {
 protected:
  /// What tells one execution of a point from another.
  [[nodiscard]] Rows rows(const std::string& folder) const {
    if (!fs::exists(database(folder))) return {};
    if (query(database(folder), "SELECT 1 FROM sqlite_master WHERE name = 'points'").empty()) return {};
    const auto list =
        query(database(folder), "SELECT point, session, wall_seconds, peak_bytes, cycles FROM points");
    return {list.begin(), list.end()};
  }
};

/// Processes whose parent this was have ended with it.
bool anybody_works_in(const fs::path& folder) {
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
    std::error_code error;
    const std::string at = fs::read_symlink(entry.path() / "cwd", error).string();
    if (!error && at == folder.string() && entry.path().filename() != std::to_string(::getpid())) return true;
  }
  return false;
}

TEST_F(SweepKill, nothing_lost_nothing_twice) {
  const int kills = std::getenv("VERNIER_LONG") != nullptr ? 20 : 3;
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  write_sweep(kManyPoints);
  const auto begin = Clock::now();
  ASSERT_EQ(call({"sweep", "sweep.yaml", "--out", "whole", "--quiet", "--jobs", "2"}).status, 0);
  const std::chrono::duration<double> undisturbed = Clock::now() - begin;
  const auto again = Clock::now();
  ASSERT_EQ(call({"sweep", "sweep.yaml", "--out", "whole", "--quiet", "--jobs", "2"}).status, 0);
  const std::chrono::duration<double> start_up = Clock::now() - again;  // nothing is left to run

  Rows before;
  size_t killed_inside = 0;
  for (int kill = 0; kill < kills; ++kill) {
    // Each life is long enough for a part of the sweep only.
    const double share = std::uniform_real_distribution<>(0.0, 1.4 / kills)(random);
    const pid_t child = start({"sweep", "sweep.yaml", "--out", "results", "--jobs", "2"});
    std::this_thread::sleep_for(start_up * 0.7 + undisturbed * share +
                                std::chrono::milliseconds(random() % 20));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    for (int wait = 0; anybody_works_in(folder_) && wait < 1000; ++wait) ::usleep(1000);
    EXPECT_FALSE(anybody_works_in(folder_));
    killed_inside += WIFSIGNALED(status) ? 1 : 0;
    const Rows now = rows("results");
    for (const auto& row : before)
      EXPECT_EQ(now.count(row), 1U) << "point " << row[0] << " was lost or done again";
    before = now;
  }
  EXPECT_GT(killed_inside, 0U);
  EXPECT_GT(before.size(), 0U);
  ASSERT_EQ(call({"sweep", "sweep.yaml", "--out", "results", "--quiet"}).status, 0);
  const Rows now = rows("results");
  for (const auto& row : before)
    EXPECT_EQ(now.count(row), 1U) << "point " << row[0] << " was lost or done again";
  EXPECT_EQ(now.size(), 1000U);
  EXPECT_EQ(query(database("results"), "SELECT count(*) FROM points WHERE wall_seconds > 0")[0][0], "400");
  EXPECT_EQ(exported("results"), exported("whole"));
  fmt::print("{} of {} kills before the end, {} rows by then\n", killed_inside, kills, before.size());
}

// A worker that is killed costs no point: it runs again.
TEST_F(SweepKill, killed_worker) {
  write_sweep(kManyPoints);
  ASSERT_EQ(call({"sweep", "sweep.yaml", "--out", "whole", "--quiet"}).status, 0);
  const pid_t parent = start({"sweep", "sweep.yaml", "--out", "results", "--jobs", "2"});
  const fs::path children = fmt::format("/proc/{0}/task/{0}/children", parent);
  size_t killed = 0;
  int status = 0;
  while (::waitpid(parent, &status, WNOHANG) == 0) {
    std::istringstream list(read_file(children));
    pid_t worker = 0;
    // One only: a point that two workers die of has failed.
    if (killed == 0 && list >> worker && worker > 1 && ::kill(worker, SIGKILL) == 0) ++killed;
    ::usleep(20000);
  }
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_GT(killed, 0U);
  EXPECT_EQ(exported("results"), exported("whole"));
}

}  // namespace
}  // namespace vernier::sweep::testing
