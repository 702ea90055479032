// SPDX-License-Identifier: Apache-2.0
// One run as the command line describes it: a configuration and a workload, or a program file.
#pragma once

#include <optional>
#include <string>

#include "models/isa/instruction.h"
#include "sim/cli/job_options.h"
#include "sim/cli/output.h"
#include "sim/report/run_result.h"
#include "sim/schedule/report/schedule_report.h"

namespace vernier::cli {

/// A finished run and what repeats it.
struct JobResult {
  report::RunResult run;
  std::string resolved;                              ///< accelerator, YAML text
  std::optional<isa::Program> program;               ///< what ran; none in the analytical fidelity
  std::optional<schedule::ScheduleReport> schedule;  ///< of a graph

  std::string accelerator_line;  ///< what the result's name for the accelerator stands for
  std::string work_line;         ///< the same for the work
};

/// Loads, maps and simulates one configuration. Progress goes to standard error, waveforms to `folder`.
[[nodiscard]] JobResult run_job(const std::string& config, const JobOptions& options,
                                const ResultFolder& folder);

}  // namespace vernier::cli
