// SPDX-License-Identifier: Apache-2.0
// One run as the command line describes it: options shared by `run` and `compare`, and carrying it out.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/config/load.h"
#include "sim/report/run_result.h"
#include "sim/run/simulate.h"
#include "workloads/workload.h"

namespace vernier::cli {

/// What the user chose.
struct JobOptions {
  std::string workload;
  std::string fidelity = "fast";
  std::string phase = "decode";
  int64_t tokens = 256;
  int64_t context = 256;
  int64_t batch = 1;
  std::vector<std::string> sets;
  bool no_skip = false;
  bool values = false;
  bool no_check = false;
  uint64_t seed = 1;
  size_t timeline = 20000;
  std::string trace;         ///< "", "fst" or "vcd"
  std::string trace_window;  ///< "A:B" in cycles
  bool json = false;
  bool quiet = false;
  std::string out;  ///< folder for results
};

/// Adds the options that say what to simulate and how.
void add_job_options(CLI::App& command, JobOptions& options);

/// A finished run and the configuration that repeats it.
struct JobResult {
  report::RunResult run;
  std::string resolved;  ///< YAML text
};

/// Loads, maps and simulates one configuration. Progress goes to standard error.
[[nodiscard]] JobResult run_job(const std::string& config, const JobOptions& options);

/// The command that repeats the run, with names in place of paths, so that results do not depend on folders.
[[nodiscard]] std::string canonical_command(const std::string& verb,
                                            const std::vector<std::string>& configurations,
                                            const JobOptions& options, const workloads::Workload& workload);

/// Writes files into the folder `out`, made if needed: all or, if one cannot be written, none.
void write_results(const std::string& out, const std::vector<std::pair<std::string, std::string>>& files);

}  // namespace vernier::cli
