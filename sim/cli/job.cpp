// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/job.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>

#include "base/atomic_file.h"
#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/netlist.h"

namespace vernier::cli {
namespace {

/// `--set key=value` belongs to the accelerator if its key does, else to the workload. A key of neither is
/// reported by the accelerator's reader, which knows more names.
void split_sets(const std::vector<std::string>& sets, std::vector<std::string>& accelerator,
                workloads::Overrides& workload) {
  for (const std::string& set : sets) {
    const size_t equals = set.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw InputError("CLI001", fmt::format("--set: '{}' is not of the form key.path=value", set));
    }
    const std::string key = set.substr(0, equals);
    if (!config::is_key(key) && workloads::is_workload_key(key)) {
      workload.emplace_back(key, set.substr(equals + 1));
    } else {
      accelerator.push_back(set);
    }
  }
}

uint64_t cycle_number(const std::string& text, const std::string& window) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    throw InputError("CLI002",
                     fmt::format("--trace-window: '{}' is not of the form A:B with cycles A < B", window));
  }
  return value;
}

engine::TraceOptions trace_options(const JobOptions& options) {
  engine::TraceOptions trace;
  if (options.trace.empty()) {
    if (!options.trace_window.empty()) {
      throw InputError("CLI003", "--trace-window needs --trace fst or --trace vcd");
    }
    return trace;
  }
  if (options.out.empty())
    throw InputError("CLI004", "--trace needs --out DIR, where the waveform is written");
  if (options.fidelity != "systemc" && options.fidelity != "rtl") {
    throw InputError("CLI005", fmt::format("--trace: the {} fidelity has no signals", options.fidelity), {},
                     "use --fidelity systemc or rtl");
  }
  trace.path = (std::filesystem::path(options.out) / "trace").string();
  trace.fst = options.trace == "fst";
  if (options.trace_window.empty()) return trace;
  const size_t colon = options.trace_window.find(':');
  if (colon == std::string::npos) (void)cycle_number("", options.trace_window);
  trace.begin = cycle_number(options.trace_window.substr(0, colon), options.trace_window);
  trace.end = cycle_number(options.trace_window.substr(colon + 1), options.trace_window);
  if (trace.begin >= trace.end) (void)cycle_number("", options.trace_window);
  return trace;
}

/// Cycles reached, on a terminal only: one line that is written over.
std::function<void(uint64_t)> progress_line(const JobOptions& options, const std::string& what) {
  if (options.quiet || isatty(STDERR_FILENO) == 0) return {};
  return [what](uint64_t cycle) {
    fmt::print(stderr, "\r{}: {:.1f} M cycles", what, static_cast<double>(cycle) / 1e6);
  };
}

}  // namespace

void add_job_options(CLI::App& command, JobOptions& options) {
  command.add_option("--fidelity", options.fidelity, "fast, systemc, rtl or analytical")
      ->capture_default_str();
  command.add_option("--phase", options.phase, "prefill or decode (language models)")
      ->check(CLI::IsMember({"prefill", "decode"}))
      ->capture_default_str();
  command.add_option("--tokens", options.tokens, "prompt length in tokens (prefill)")->capture_default_str();
  command.add_option("--context", options.context, "tokens attended to, the new one included (decode)")
      ->capture_default_str();
  command.add_option("--batch", options.batch, "sequences")->capture_default_str();
  command
      .add_option("--set", options.sets,
                  "key.path=value: override a key of the accelerator or of the workload")
      ->allow_extra_args(false);
  command.add_flag("--no-skip", options.no_skip, "fast: visit every DRAM burst (same result, slower)");
  command.add_flag(
      "--values", options.values,
      "systemc, rtl: compute on random data and compare with the golden model (small workloads)");
  command.add_flag("--no-check", options.no_check, "with --values: do not compare with the golden model");
  command.add_option("--seed", options.seed, "seed of --values")->capture_default_str();
  command.add_option("--timeline", options.timeline, "instructions kept for the timeline")
      ->capture_default_str();
  command.add_flag("--json", options.json, "print the result as JSON on standard output");
  command.add_flag("--quiet", options.quiet, "no progress");
  command.add_option("--out", options.out, "folder for the results");
}

JobResult run_job(const std::string& config, const JobOptions& options) {
  std::vector<std::string> accelerator_sets;
  workloads::Overrides workload_sets;
  split_sets(options.sets, accelerator_sets, workload_sets);
  const workloads::Workload workload = workloads::load_workload(options.workload, workload_sets);
  const std::string phase = workload.is_llm() ? options.phase : "gemm";
  const config::AcceleratorConfig accelerator = config::load_accelerator(config, {phase, accelerator_sets});

  workloads::LlmOptions llm;
  llm.phase = options.phase == "prefill" ? workloads::Phase::prefill : workloads::Phase::decode;
  llm.tokens = options.tokens;
  llm.context = options.context;
  llm.batch = options.batch;
  const workloads::Network network =
      workloads::build_network(workload, llm, {accelerator.formats.weight, accelerator.formats.kv});

  run::SimulateOptions simulate;
  simulate.fidelity = run::fidelity_from(options.fidelity);
  simulate.skip = !options.no_skip;
  if (options.values) simulate.values_seed = options.seed;
  simulate.check_values = !options.no_check;
  simulate.timeline_limit = options.timeline;
  simulate.trace = trace_options(options);
  simulate.progress = progress_line(options, accelerator.machine.name);
  if (!simulate.trace.path.empty()) std::filesystem::create_directories(options.out);

  JobResult result;
  result.run = run::simulate(accelerator, network, simulate, netlist_engine());
  if (simulate.progress) fmt::print(stderr, "\r\033[K");
  result.run.command = canonical_command("run", {accelerator.machine.name}, options, workload);
  result.run.version = version();
  result.run.configuration_digest = config::digest(accelerator);
  result.run.tokens = static_cast<int>(!workload.is_llm() || options.phase == "decode" ? 1 : options.tokens);
  result.resolved = config::write_resolved(accelerator);
  return result;
}

std::string canonical_command(const std::string& verb, const std::vector<std::string>& configurations,
                              const JobOptions& options, const workloads::Workload& workload) {
  std::string command = "vernier " + verb;
  for (const std::string& name : configurations) command += " " + name;
  command += (verb == "compare" ? " --workload " : " ") + workload.name();
  if (workload.is_llm()) {
    command += " --phase " + options.phase;
    command += options.phase == "prefill" ? fmt::format(" --tokens {}", options.tokens)
                                          : fmt::format(" --context {}", options.context);
    command += fmt::format(" --batch {}", options.batch);
  }
  command += " --fidelity " + options.fidelity;
  if (options.no_skip) command += " --no-skip";
  if (options.values) command += fmt::format(" --values --seed {}", options.seed);
  // What overrides the accelerator is in the resolved configuration already.
  std::vector<std::string> accelerator_sets;
  workloads::Overrides workload_sets;
  split_sets(options.sets, accelerator_sets, workload_sets);
  for (const auto& [key, value] : workload_sets) command += fmt::format(" --set {}={}", key, value);
  return command;
}

void write_results(const std::string& out, const std::vector<std::pair<std::string, std::string>>& files) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::create_directories(out, error);
  if (error) throw InputError("OUT002", fmt::format("cannot make the folder '{}': {}", out, error.message()));
  std::vector<fs::path> written;
  try {
    for (const auto& [name, content] : files) {
      const fs::path path = fs::path(out) / name;
      write_atomically(path.string(), content);
      written.push_back(path);
    }
  } catch (...) {
    for (const fs::path& path : written) fs::remove(path, error);
    throw;
  }
}

}  // namespace vernier::cli
