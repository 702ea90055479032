// SPDX-License-Identifier: Apache-2.0
// `vernier compare`: several configurations, one workload, normalised to the first.
#include <fmt/format.h>

#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/job.h"
#include "sim/report/html.h"
#include "sim/report/json.h"
#include "sim/report/text.h"

namespace vernier::cli {
namespace {

void compare_command(const std::vector<std::string>& configs, const JobOptions& options) {
  std::vector<report::RunResult> runs;
  std::vector<std::pair<std::string, std::string>> files;
  std::vector<std::string> names;
  for (const std::string& config : configs) {
    if (!options.quiet) fmt::print(stderr, "{}: {} ({})\n", config, options.workload, options.phase);
    JobResult result = run_job(config, options);
    names.push_back(result.run.configuration);
    files.emplace_back(fmt::format("accelerator-{}-{}.yaml", runs.size() + 1, result.run.configuration),
                       result.resolved);
    runs.push_back(std::move(result.run));
  }
  const workloads::Workload workload = workloads::load_workload(options.workload);
  const std::string command = canonical_command("compare", names, options, workload);
  const std::string json = report::comparison_to_json(runs, command).dump(2) + "\n";
  if (!options.out.empty()) {
    files.emplace_back("result.json", json);
    files.emplace_back("layers.csv", report::to_csv(runs));
    files.emplace_back("report.html", report::to_html(runs));
    write_results(options.out, files);
  }
  if (options.json) {
    fmt::print("{}", json);
    return;
  }
  fmt::print("{}", report::comparison_table(runs));
  if (!options.out.empty()) fmt::print("results in {}\n", options.out);
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("compare", "Simulate a workload on several accelerators, side by side");
  auto configs = std::make_shared<std::vector<std::string>>();
  auto options = std::make_shared<JobOptions>();
  command->add_option("CONFIG", *configs, "accelerators (YAML); the first is the reference")->required();
  command->add_option("--workload", options->workload, "workload (YAML, or a Hugging Face config.json)")
      ->required();
  add_job_options(*command, *options);
  command->footer(
      "Example:\n"
      "  vernier compare configs/accelerators/fp16_mac.yaml configs/accelerators/bitmod.yaml \\\n"
      "      --workload workloads/llm/llama-2-7b.yaml --phase decode --out results/decode");
  command->callback(
      [configs, options, &action] { action = [configs, options] { compare_command(*configs, *options); }; });
}

}  // namespace vernier::cli
