// SPDX-License-Identifier: Apache-2.0
// `vernier run` as a user starts it: wall time, processor time and peak memory of the process.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace vernier::bench {
namespace {

struct Usage {
  bool ok = false;
  double cpu_ms = 0;
  double peak_mib = 0;  // resident set
};

/// Runs the program without output.
Usage run_vernier(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), VERNIER_BINARY);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) return {};
  const auto milliseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return {true, milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime),
          static_cast<double>(usage.ru_maxrss) / 1024};
}

void job(benchmark::State& state, const std::string& config, const std::string& workload,
         const std::vector<std::string>& options) {
  const std::string root = VERNIER_SOURCE_DIR;
  std::vector<std::string> arguments = {"run", root + "/configs/accelerators/" + config + ".yaml",
                                        root + "/workloads/" + workload + ".yaml", "--quiet"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  Usage usage;
  for ([[maybe_unused]] auto unused : state) {
    usage = run_vernier(arguments);
    if (!usage.ok) {
      state.SkipWithError("vernier failed");
      return;
    }
  }
  state.counters["cpu_ms"] = usage.cpu_ms;
  state.counters["peak_MiB"] = usage.peak_mib;
}

void usual(benchmark::internal::Benchmark* b) {
  b->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1)->Repetitions(5)->ReportAggregatesOnly();
}

using Options = std::vector<std::string>;
const char* const kLlama = "llm/llama-2-7b";
const char* const kGemm = "gemm/gemm-256x4096x4096";

BENCHMARK_CAPTURE(job, bitmod_llama_2_7b_decode, "bitmod", kLlama, Options{"--phase", "decode"})
    ->Apply(usual);
BENCHMARK_CAPTURE(job, bitmod_llama_2_7b_prefill, "bitmod", kLlama, Options{"--phase", "prefill"})
    ->Apply(usual);
BENCHMARK_CAPTURE(job, fp16_mac_llama_2_7b_decode, "fp16_mac", kLlama, Options{"--phase", "decode"})
    ->Apply(usual);
BENCHMARK_CAPTURE(job, fp16_mac_llama_2_7b_prefill, "fp16_mac", kLlama, Options{"--phase", "prefill"})
    ->Apply(usual);
BENCHMARK_CAPTURE(job, fp16_mac_gemm_fast, "fp16_mac_32x32", kGemm, Options{})->Apply(usual);
BENCHMARK_CAPTURE(job, fp16_mac_gemm_systemc_values, "fp16_mac_32x32", kGemm,
                  Options{"--fidelity", "systemc", "--values", "--no-check"})
    ->Apply(usual)
    ->Repetitions(3);

}  // namespace
}  // namespace vernier::bench
