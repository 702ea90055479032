// SPDX-License-Identifier: Apache-2.0
// `vernier sweep` as a user starts it, on two processes: points per minute, processor time of a point, and
// the largest memory of a process that ran points.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace vernier::bench {
namespace {

struct Usage {
  bool ok = false;
  double cpu_seconds = 0, wall_seconds = 0, peak_mib = 0;
};

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Standard output goes to `out`.
Usage run_sweep(std::vector<std::string> arguments, const std::string& out) {
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    const int file = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    dup2(file, STDOUT_FILENO);
    arguments.insert(arguments.begin(), {VERNIER_BINARY, "sweep"});
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) return {};
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  return {true, seconds(usage.ru_utime) + seconds(usage.ru_stime), wall.count(),
          static_cast<double>(usage.ru_maxrss) / 1024};
}

size_t lines_of(const std::string& path) {
  std::ifstream in(path);
  size_t lines = 0;
  for (std::string line; std::getline(in, line);) ++lines;
  return lines;
}

void sweep(benchmark::State& state, const std::string& name) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("vernier-sweep-benchmark-" + std::to_string(getpid()));
  const std::string file = std::string(VERNIER_SOURCE_DIR) + "/configs/sweeps/" + name + ".yaml";
  Usage usage;
  size_t points = 0;
  for ([[maybe_unused]] auto unused : state) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    const std::string out = (folder / "out.txt").string(), results = (folder / "results").string();
    usage = run_sweep({file, "--out", results, "--jobs", "2", "--quiet"}, out);
    if (!usage.ok || !run_sweep({"export", results, "--jsonl"}, out).ok) {
      state.SkipWithError("vernier failed");
      break;
    }
    points = lines_of(out);
  }
  std::filesystem::remove_all(folder);
  if (points == 0) return;
  const auto count = static_cast<double>(points);
  state.counters["points"] = count;
  state.counters["per_minute"] = 60 * count / usage.wall_seconds;
  state.counters["cpu_ms_per_point"] = 1000 * usage.cpu_seconds / count;
  state.counters["per_minute_of_2_free_cores"] = 2 * 60 * count / usage.cpu_seconds;
  state.counters["peak_MiB"] = usage.peak_mib;
}

BENCHMARK_CAPTURE(sweep, bitmod_lanes, std::string("bitmod_lanes"))
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(sweep, pe_decode, std::string("pe_decode"))->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vernier::bench
