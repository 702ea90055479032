// SPDX-License-Identifier: Apache-2.0
// `vernier run`: one configuration, one workload.
#include <fmt/format.h>

#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/job.h"
#include "sim/report/chrome_trace.h"
#include "sim/report/html.h"
#include "sim/report/json.h"
#include "sim/report/text.h"

namespace vernier::cli {
namespace {

void run_command(const std::string& config, const JobOptions& options) {
  const JobResult result = run_job(config, options);
  const std::string json = report::to_json(result.run).dump(2) + "\n";
  if (!options.out.empty()) {
    write_results(options.out, {{"accelerator.yaml", result.resolved},
                                {"result.json", json},
                                {"layers.csv", report::to_csv({result.run})},
                                {"timeline.json", report::to_chrome_trace(result.run)},
                                {"report.html", report::to_html({result.run})}});
  }
  if (options.json) {
    fmt::print("{}", json);
    return;
  }
  fmt::print("{}", report::run_table(result.run));
  if (!options.out.empty()) fmt::print("results in {}\n", options.out);
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("run", "Simulate a workload on an accelerator");
  auto config = std::make_shared<std::string>();
  auto options = std::make_shared<JobOptions>();
  command->add_option("CONFIG", *config, "accelerator (YAML)")->required();
  command->add_option("WORKLOAD", options->workload, "workload (YAML, or a Hugging Face config.json)")
      ->required();
  add_job_options(*command, *options);
  command->add_option("--trace", options->trace, "systemc, rtl: record waveforms into --out")
      ->check(CLI::IsMember({"fst", "vcd"}));
  command->add_option("--trace-window", options->trace_window, "A:B, cycles to record (default: all)");
  command->footer(
      "Examples:\n"
      "  vernier run configs/accelerators/bitmod.yaml workloads/llm/llama-2-7b.yaml --phase decode\n"
      "  vernier run configs/accelerators/bitmod.yaml workloads/llm/llama-2-7b.yaml --phase prefill --tokens "
      "512 \\\n"
      "      --set array.lanes=8 --out results/lanes8\n"
      "  vernier run configs/accelerators/tiny.yaml workloads/gemm/tiny.yaml --fidelity rtl --values\n"
      "  vernier run results/lanes8/accelerator.yaml workloads/llm/llama-2-7b.yaml --phase prefill --tokens "
      "512\n"
      "--out writes accelerator.yaml (resolved: repeats the run), result.json, layers.csv, timeline.json "
      "(for\n"
      "ui.perfetto.dev) and report.html.");
  command->callback(
      [config, options, &action] { action = [config, options] { run_command(*config, *options); }; });
}

}  // namespace vernier::cli
