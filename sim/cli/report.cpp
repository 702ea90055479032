// SPDX-License-Identifier: Apache-2.0
// `vernier report`: results written earlier as one HTML page.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/atomic_file.h"
#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/output.h"
#include "sim/report/html.h"
#include "sim/report/json.h"
#include "sim/sweep/page.h"

namespace vernier::cli {
namespace {

std::string read_result(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path file = fs::is_directory(path, ignored) ? fs::path(path) / "result.json" : fs::path(path);
  std::ifstream in(file, std::ios::binary);
  if (!in || !fs::is_regular_file(file, ignored)) {
    throw InputError("RPT020", fmt::format("cannot read '{}'", file.string()), {},
                     "give a folder written by `vernier run --out`, `compare --out` or `sweep --out`, or its "
                     "result.json or "
                     "results.sqlite");
  }
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void report_command(const std::vector<std::string>& inputs, const std::string& out) {
  std::vector<std::string> databases;
  for (const std::string& input : inputs) {
    if (const auto database = sweep::find_database(input)) databases.push_back(*database);
  }
  if (!databases.empty()) {
    if (inputs.size() > 1) {
      throw InputError("RPT021",
                       fmt::format("'{}' is a sweep, which has a page of its own", databases.front()), {},
                       "give it alone; `vernier diff` compares two sweeps");
    }
    write_atomically(out, sweep::to_html(sweep::Results(databases.front())));
    print_out(out + "\n");
    return;
  }
  std::vector<report::RunResult> runs;
  for (const std::string& input : inputs) {
    for (report::RunResult& run : report::runs_from_json(read_result(input), input))
      runs.push_back(std::move(run));
  }
  write_atomically(out, report::to_html(runs));
  print_out(out + "\n");
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("report", "Write results as one self-contained HTML page");
  auto inputs = std::make_shared<std::vector<std::string>>();
  auto out = std::make_shared<std::string>("report.html");
  command
      ->add_option("RUN", *inputs,
                   "folders or result.json files of `run` and `compare`, or one results.sqlite of a sweep")
      ->required();
  command->add_option("--out", *out, "the page")->capture_default_str();
  command->footer(
      "Examples:\n"
      "  vernier report results/decode results/prefill --out report.html\n"
      "  vernier report results/lanes --out lanes.html");
  command->callback([inputs, out, &action] { action = [inputs, out] { report_command(*inputs, *out); }; });
}

}  // namespace vernier::cli
