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
  check_options(options);
  ResultFolder folder(options.out);
  std::vector<report::RunResult> runs;
  std::vector<std::string> names;
  std::string heading;
  for (const std::string& config : configs) {
    if (!options.quiet) fmt::print(stderr, "{} of {}: {}\n", runs.size() + 1, configs.size(), config);
    JobResult result = run_job(config, options, folder);
    if (folder.wanted()) {
      folder.write(fmt::format("accelerator-{}-{}.yaml", runs.size() + 1, result.run.configuration),
                   result.resolved);
    }
    names.push_back(result.run.configuration);
    if (runs.empty()) heading = result.work_line + "\n";
    heading += result.accelerator_line + "\n";
    runs.push_back(std::move(result.run));
  }
  const bool is_llm = runs.front().phase == "prefill" || runs.front().phase == "decode";
  const std::string command = canonical_command("compare", names, options, runs.front().network, is_llm);
  const std::string json = report::json_text(report::comparison_to_json(runs, command), 2) + "\n";
  if (folder.wanted()) {
    folder.write("result.json", json);
    folder.write("layers.csv", report::to_csv(runs));
    folder.write("report.html", report::to_html(runs));
    folder.commit();
  }
  if (options.json) return print_out(json);
  print_out(heading + "\n" + report::comparison_table(runs));
  if (folder.wanted()) print_out(fmt::format("results in {}\n", options.out));
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("compare", "Simulate a workload on several accelerators, side by side");
  auto configs = std::make_shared<std::vector<std::string>>();
  auto options = std::make_shared<JobOptions>();
  command->add_option("CONFIG", *configs, "accelerators, as for `run`; the first is the reference")
      ->required();
  command->add_option("--workload", options->workload, "workload, as for `run`")->required();
  add_job_options(*command, *options);
  command->footer(
      "Examples:\n"
      "  vernier compare fp16_mac bitmod --workload llama-2-7b --phase decode --out results/decode\n"
      "  vernier compare paper_fp16 paper_ant paper_olive paper_bitmod_lossy --workload llama-2-7b "
      "--fidelity analytical");
  command->callback(
      [configs, options, &action] { action = [configs, options] { compare_command(*configs, *options); }; });
}

}  // namespace vernier::cli
