// SPDX-License-Identifier: Apache-2.0
// Sweeps as job arrays of Slurm over a shared folder.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "sim/cli/commands.h"

namespace vernier::cli {

struct SlurmOptions {
  std::string file, out;
  int64_t chunk = 0;  ///< points per task; 0 = so that there are at most 1000 tasks
  int64_t cpus = 1;   ///< per task
};

/// Cuts the sweep into tasks and submits those that are neither complete nor in the queue.
void submit_sweep(const SlurmOptions& options);

/// `sweep task`, `sweep merge` and `sweep status`.
void add_slurm_commands(CLI::App& sweep, Action& action);

}  // namespace vernier::cli
