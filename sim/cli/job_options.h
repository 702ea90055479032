// SPDX-License-Identifier: Apache-2.0
// The options shared by `run` and `compare`: what to simulate and how.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "sim/engine/trace_options.h"
#include "sim/run/simulate_graph.h"
#include "workloads/graph_source.h"
#include "workloads/workload.h"

namespace vernier::cli {

/// What the user chose.
struct JobOptions {
  std::string workload;  ///< workload, or a program file
  std::string fidelity = "fast";
  std::string phase = "decode";
  bool phase_given = false;  ///< on the command line
  int64_t tokens = 256;
  int64_t context = 256;
  int64_t batch = 1;
  std::vector<std::string> sets;
  bool no_skip = false;
  bool explain = false;
  bool values = false;
  bool no_check = false;
  std::vector<std::string> weights;  ///< .vqt files
  uint64_t seed = 1;
  size_t timeline = 20000;
  std::string trace;         ///< "", "fst" or "vcd"
  std::string trace_window;  ///< "A:B" in cycles
  bool json = false;
  bool quiet = false;
  std::string out;  ///< folder for results

  // Graphs only.
  workloads::GraphOptions graph;
  std::string scratchpad;  ///< "512KiB"; empty = all there is
  std::string solver = "auto";
  std::string time_limit = "60s";
  bool no_prefetch = false;
};

/// Adds --phase, --tokens, --context, --batch and --set.
void add_work_options(CLI::App& command, JobOptions& options);
/// What they say about a language model.
[[nodiscard]] workloads::LlmOptions llm_options(const JobOptions& options);

/// Adds what only graphs have: how one is read, and how it is scheduled, but for --time-limit.
void add_graph_run_options(CLI::App& command, JobOptions& options);
/// The schedule that they ask for. Throws InputError CLI010, SCH002, SCH003.
[[nodiscard]] run::GraphRunOptions graph_run_options(const JobOptions& options);

/// Adds the options. Their values are checked by check_options.
void add_job_options(CLI::App& command, JobOptions& options);

/// Throws InputError for a value or a combination of options that cannot be, before anything runs: CLI001
/// --set, CLI002..CLI005 waveforms, CLI010 a name that is not in the list, CLI013 --weights without values,
/// CLI014
/// --explain of an estimate.
void check_options(const JobOptions& options);

/// Which waveforms to record; `stem` is the path of the file without its ending.
[[nodiscard]] engine::TraceOptions trace_options(const JobOptions& options, const std::string& stem);

/// `--set key=value` by the file whose key it is. A key of neither is CLI007 if the name nearest to it is one
/// of a workload; else it is left to the accelerator's reader, which names the nearest or the sections.
struct Sets {
  std::vector<std::string> accelerator;
  workloads::Overrides workload;
};
[[nodiscard]] Sets split_sets(const std::vector<std::string>& sets);

/// Throws InputError CLI008 if a key of a workload is set: graphs have none.
void refuse_workload_keys(const Sets& sets);
/// Throws InputError CLI015 if an option is given that only graphs have.
void refuse_graph_options(const JobOptions& options);

/// The options that only graphs have, as they are given, each with a blank before it.
[[nodiscard]] std::string graph_text(const JobOptions& options);

/// Throws InputError CLI010 unless `value` is one of `known`.
void check_choice(const std::string& option, const std::string& value, const std::vector<std::string>& known);

/// The options of a language model, " --phase decode --context 256 --batch 1", and those that override keys
/// of the workload; what overrides the accelerator is in the resolved configuration already.
[[nodiscard]] std::string phase_text(const JobOptions& options);
[[nodiscard]] std::string sets_text(const JobOptions& options);

/// The command that repeats the run, with names in place of paths, so that results do not depend on folders.
/// `work` is the name of the workload or of the program; `is_llm` tells whether it has phases.
[[nodiscard]] std::string canonical_command(const std::string& verb,
                                            const std::vector<std::string>& configurations,
                                            const JobOptions& options, const std::string& work, bool is_llm);

}  // namespace vernier::cli
