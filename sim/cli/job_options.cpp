// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/job_options.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/error.h"
#include "sim/cli/graph_options.h"
#include "sim/config/keys.h"
#include "sim/config/load.h"
#include "sim/run/simulate.h"
#include "sim/schedule/solvers.h"
#include "workloads/llm_formats.h"

namespace vernier::cli {
namespace {

uint64_t cycle_number(const std::string& text, const std::string& window) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    throw InputError("CLI002",
                     fmt::format("--trace-window: '{}' is not of the form A:B with cycles A < B", window));
  }
  return value;
}

std::vector<std::string> workload_key_names() {
  std::vector<std::string> names;
  for (const workloads::KeyRecord& key : workloads::llm_keys()) names.push_back(key.name);
  for (const std::string& key : workloads::format_keys()) names.push_back("formats." + key);
  return names;
}

void refuse_unknown_key(const std::string& key) {
  if (key.rfind("formats.layers.", 0) == 0) {
    const std::string last = key.substr(key.rfind('.') + 1);
    throw InputError(
        "CLI007",
        fmt::format("--set: {}: allowed: formats.layers.R.KEY, R the index of a layer or a range "
                    "such as 0-3, KEY one of {}",
                    key, fmt::join(workloads::layer_format_keys(), ", ")),
        {}, workloads::layer_range(last) ? "" : suggestion(last, workloads::layer_format_keys()));
  }
  std::vector<std::string> accelerator;
  for (const config::Key& known : config::keys()) accelerator.push_back(known.path);
  const std::string nearest = nearest_name(key, workload_key_names());
  if (nearest.empty() || !nearest_name(key, accelerator).empty()) return;
  throw InputError("CLI007",
                   fmt::format("--set: {}: neither the accelerator nor the workload has this key", key), {},
                   fmt::format("did you mean '{}'?", nearest));
}

/// CLI11 turns a negative number into a huge unsigned one; this refuses it before.
std::string not_negative(const std::string& text) {
  return text.empty() || text[0] != '-' ? "" : fmt::format("'{}' is not a whole number from 0", text);
}

}  // namespace

void add_work_options(CLI::App& command, JobOptions& options) {
  command.add_option("--phase", options.phase, "prefill or decode (language models)")
      ->capture_default_str()
      ->each([&options](const std::string&) { options.phase_given = true; });
  command.add_option("--tokens", options.tokens, "prompt length in tokens (prefill)")->capture_default_str();
  command.add_option("--context", options.context, "tokens attended to, the new one included (decode)")
      ->capture_default_str();
  command.add_option("--batch", options.batch, "sequences")->capture_default_str();
  command
      .add_option("--set", options.sets,
                  "key.path=value: override a key of the accelerator or of the workload")
      ->allow_extra_args(false);
}

workloads::LlmOptions llm_options(const JobOptions& options) {
  const auto phase = options.phase == "prefill" ? workloads::Phase::prefill : workloads::Phase::decode;
  return {phase, options.tokens, options.context, options.batch};
}

void add_graph_run_options(CLI::App& command, JobOptions& options) {
  add_graph_options(command, options.graph);
  command.add_option("--scratchpad", options.scratchpad,
                     "graphs: bytes of the pool of scratchpads that the schedule may use (default: all)");
  command
      .add_option("--solver", options.solver,
                  fmt::format("graphs: who schedules: {}", fmt::join(schedule::solver_names(), ", ")))
      ->capture_default_str();
  command.add_flag("--no-prefetch", options.no_prefetch,
                   "graphs: loads of an operator wait for the operator before");
}

run::GraphRunOptions graph_run_options(const JobOptions& options) {
  run::GraphRunOptions graph;
  if (!options.scratchpad.empty()) graph.scratchpad_bytes = scratchpad_bytes(options.scratchpad);
  check_choice("--solver", options.solver, schedule::solver_names());
  graph.solver = options.solver;
  graph.limits.seconds = time_limit_seconds(options.time_limit);
  graph.fit = options.graph.split.empty();
  graph.prefetch = !options.no_prefetch;
  return graph;
}

void add_job_options(CLI::App& command, JobOptions& options) {
  command
      .add_option("--fidelity", options.fidelity,
                  "fast, systemc, rtl (all the same cycles) or analytical (roofline estimate)")
      ->capture_default_str();
  add_work_options(command, options);
  command.add_flag("--no-skip", options.no_skip, "fast: visit every DRAM burst (same result, slower)");
  command.add_flag(
      "--explain", options.explain,
      "what lies between max(compute, DRAM) and this run, by mechanism (docs/analytical-gap.md)");
  command.add_flag(
      "--values", options.values,
      "systemc, rtl: compute on random data and compare with the golden model (small workloads)");
  command.add_flag("--no-check", options.no_check, "with --values: do not compare with the golden model");
  command.add_option("--seed", options.seed, "seed of --values")->check(not_negative)->capture_default_str();
  command.add_option("--timeline", options.timeline, "instructions kept for the timeline in --out")
      ->check(not_negative)
      ->capture_default_str();
  add_graph_run_options(command, options);
  command.add_option("--time-limit", options.time_limit, "graphs: of the schedule")->capture_default_str();
  command.add_flag("--json", options.json, "print the result as JSON on standard output");
  command.add_flag("--quiet", options.quiet, "no progress");
  command.add_option("--out", options.out, "folder for the results");
}

void check_options(const JobOptions& options) {
  (void)run::fidelity_from(options.fidelity);
  check_choice("--phase", options.phase, {"prefill", "decode"});
  (void)split_sets(options.sets);
  if (!options.weights.empty() &&
      (!options.values || (options.fidelity != "systemc" && options.fidelity != "rtl"))) {
    throw InputError("CLI013", "--weights: only runs that compute values read weights", {},
                     "add --values and --fidelity systemc or rtl");
  }
  if (options.explain && options.fidelity == "analytical") {
    throw InputError("CLI014", "--explain: the analytical fidelity is what the others are held against", {},
                     "use --fidelity fast");
  }
  if (!options.trace.empty()) check_choice("--trace", options.trace, {"fst", "vcd"});
  if (options.trace.empty() && !options.trace_window.empty()) {
    throw InputError("CLI003", "--trace-window needs --trace fst or --trace vcd");
  }
  if (options.trace.empty()) return;
  if (options.out.empty())
    throw InputError("CLI004", "--trace needs --out DIR, where the waveform is written");
  if (options.fidelity != "systemc" && options.fidelity != "rtl") {
    throw InputError("CLI005", fmt::format("--trace: the {} fidelity has no signals", options.fidelity), {},
                     "use --fidelity systemc or rtl");
  }
  (void)trace_options(options, "");
}

engine::TraceOptions trace_options(const JobOptions& options, const std::string& stem) {
  engine::TraceOptions trace;
  if (options.trace.empty()) return trace;
  trace.path = stem;
  trace.fst = options.trace == "fst";
  if (options.trace_window.empty()) return trace;
  const size_t colon = options.trace_window.find(':');
  if (colon == std::string::npos) (void)cycle_number("", options.trace_window);
  trace.begin = cycle_number(options.trace_window.substr(0, colon), options.trace_window);
  trace.end = cycle_number(options.trace_window.substr(colon + 1), options.trace_window);
  if (trace.begin >= trace.end) (void)cycle_number("", options.trace_window);
  return trace;
}

Sets split_sets(const std::vector<std::string>& sets) {
  Sets split;
  for (const std::string& set : sets) {
    const size_t equals = set.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw InputError("CLI001", fmt::format("--set: '{}' is not of the form key.path=value", set), {},
                       "write for example --set array.rows=16");
    }
    const std::string key = set.substr(0, equals);
    if (config::is_key(key)) {
      split.accelerator.push_back(set);
    } else if (workloads::is_workload_key(key)) {
      split.workload.emplace_back(key, set.substr(equals + 1));
    } else {
      refuse_unknown_key(key);
      split.accelerator.push_back(set);
    }
  }
  return split;
}

void check_choice(const std::string& option, const std::string& value,
                  const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  throw InputError("CLI010", fmt::format("{}: '{}' is not one of {}", option, value, fmt::join(known, ", ")),
                   {}, suggestion(value, known));
}

std::string graph_text(const JobOptions& options) {
  const JobOptions usual;
  std::string text = text_of(options.graph);
  if (!options.scratchpad.empty()) text += " --scratchpad " + options.scratchpad;
  if (options.solver != usual.solver) text += " --solver " + options.solver;
  if (options.time_limit != usual.time_limit) text += " --time-limit " + options.time_limit;
  if (options.no_prefetch) text += " --no-prefetch";
  return text;
}

void refuse_workload_keys(const Sets& sets) {
  if (sets.workload.empty()) return;
  throw InputError("CLI008", fmt::format("--set: {}: a graph has no keys", sets.workload.front().first), {},
                   "override keys of the accelerator");
}

void refuse_graph_options(const JobOptions& options) {
  const std::string given = graph_text(options);
  if (given.empty()) return;
  throw InputError(
      "CLI015", fmt::format("{} is for graphs (ONNX files, graph files, built networks), which '{}' is not",
                            given.substr(1, given.find(' ', 1) - 1), options.workload));
}

std::string phase_text(const JobOptions& options) {
  const bool prefill = options.phase == "prefill";
  return fmt::format(" --phase {} --{} {} --batch {}", options.phase, prefill ? "tokens" : "context",
                     prefill ? options.tokens : options.context, options.batch);
}

std::string sets_text(const JobOptions& options) {
  std::string text;
  for (const auto& [key, value] : split_sets(options.sets).workload)
    text += fmt::format(" --set {}={}", key, value);
  return text;
}

std::string canonical_command(const std::string& verb, const std::vector<std::string>& configurations,
                              const JobOptions& options, const std::string& work, bool is_llm) {
  std::string command = "vernier " + verb;
  for (const std::string& name : configurations) command += " " + name;
  command += (verb == "compare" ? " --workload " : " ") + work;
  if (is_llm) command += phase_text(options);
  command += graph_text(options);
  command += " --fidelity " + options.fidelity;
  if (options.no_skip) command += " --no-skip";
  if (options.explain) command += " --explain";
  if (options.values) command += fmt::format(" --values --seed {}", options.seed);
  if (options.values && options.no_check) command += " --no-check";
  for (const std::string& file : options.weights)
    command += " --weights " + std::filesystem::path(file).filename().string();
  return command + sets_text(options);
}

}  // namespace vernier::cli
