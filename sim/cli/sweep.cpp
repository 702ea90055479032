// SPDX-License-Identifier: Apache-2.0
// `vernier sweep`: many design points, kept as they finish.
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/output.h"
#include "sim/cli/sweep_progress.h"
#include "sim/cli/sweep_setup.h"
#include "sim/cli/sweep_slurm.h"
#include "sim/sweep/export.h"
#include "sim/sweep/file_lock.h"
#include "sim/sweep/sample.h"

namespace vernier::cli {
namespace {

namespace fs = std::filesystem;

struct SweepOptions {
  std::string file;
  std::string out;
  std::optional<int64_t> jobs;
  bool quiet = false;
  bool slurm = false;
  int64_t chunk = 0;
};

std::string counts_text(const std::map<std::string, uint64_t>& counts) {
  std::string out;
  for (const auto& [status, count] : counts)
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, status);
  return out.empty() ? "none finished" : out;
}

void sweep_command(const SweepOptions& options) {
  if (options.file.empty()) {
    throw InputError("CLI021", "sweep: a sweep file is due", {}, "`vernier sweep --help` has examples");
  }
  if (options.out.empty()) {
    throw InputError("CLI021", "sweep: --out DIR is due, the folder that keeps the results", {},
                     "`vernier sweep plan FILE` looks at a sweep without running it");
  }
  sweep::RunnerOptions runner;
  runner.jobs = jobs_of(options.jobs);
  if (options.slurm)
    return submit_sweep({options.file, options.out, options.chunk, options.jobs.value_or(1)});
  if (options.chunk != 0) throw InputError("CLI021", "--chunk: only --slurm cuts a sweep into tasks");
  const sweep::Space space = load_space(options.file);
  const std::vector<uint64_t> points = sweep::sample(space);
  make_folder(options.out);
  const std::string file = (fs::path(options.out) / sweep::kDatabaseFile).string();
  const sweep::FileLock lock(file + ".lock");
  sweep::Tally tally;
  {
    sweep::Database database(file, space, points.size(), this_program());
    SweepProgress progress(options.quiet);
    runner.progress = [&progress](const sweep::Tally& now) { progress.show(now); };
    tally = sweep::run_points(space, points, database, runner);
  }
  const sweep::Results results(file);
  if (!options.quiet && tally.run > 0) {
    fmt::print(stderr, "{} points in {}: {:.0f} per minute, peak memory of a process {:.0f} MB\n",
               tally.run + tally.same, duration_text(tally.seconds),
               60 * static_cast<double>(tally.run + tally.same) / tally.seconds,
               static_cast<double>(tally.peak_bytes) / 1e6);
  }
  print_out(fmt::format("{}: {} points of a grid of {}: {}\n{}results in {}\n", space.sweep().name,
                        points.size(), space.grid_size(), counts_text(results.counts()), front_table(results),
                        file));
  const std::map<std::string, uint64_t> counts = results.counts();
  if (counts.count("failed") != 0 && counts.at("failed") == points.size()) {
    throw CheckFailed("every point failed; `vernier sweep export` has the errors");
  }
}

/// The first points run here, to say how long all of them take: at most so many, and no longer.
constexpr size_t kMostTried = 16;
constexpr double kTrySeconds = 2;

void plan_command(const SweepOptions& options) {
  const size_t jobs = jobs_of(options.jobs);
  const sweep::Space space = load_space(options.file);
  const std::vector<uint64_t> points = sweep::sample(space);
  std::string out =
      fmt::format("{}: {} points of a grid of {}\n", space.sweep().name, points.size(), space.grid_size());
  for (const sweep::Axis& axis : space.sweep().axes) {
    std::string labels;
    constexpr size_t kMostLabels = 8;
    for (size_t i = 0; i < axis.values.size() && i < kMostLabels; ++i)
      labels += fmt::format("{}{}", i == 0 ? "" : ", ", axis.values[i].label);
    if (axis.values.size() > kMostLabels) labels += fmt::format(", ... {}", axis.values.back().label);
    out += fmt::format("  {}: {} value{}: {}\n", axis.name, axis.values.size(),
                       axis.values.size() == 1 ? "" : "s", labels);
  }
  for (const sweep::Constraint& constraint : space.sweep().constraints) {
    out += fmt::format("  {}: {}\n", constraint.expression.needs_run() ? "after the run" : "constraint",
                       constraint.expression.text());
  }
  constexpr size_t kFirst = 5;
  out += "the first points:\n";
  for (size_t point = 0; point < points.size() && point < kFirst; ++point) {
    std::string text;
    for (size_t axis = 0; axis < space.sweep().axes.size(); ++axis) {
      text += fmt::format("{}{} = {}", axis == 0 ? "" : ", ", space.sweep().axes[axis].name,
                          space.value(axis, points[point]).label);
    }
    out += fmt::format("  {}: {}\n", point, text);
  }
  print_out(out);
  if (options.quiet) return;
  double seconds = 0;
  size_t tried = 0;
  while (tried < std::min(kMostTried, points.size()) && seconds < kTrySeconds) {
    const uint64_t point = tried * points.size() / std::min(kMostTried, points.size());
    seconds += sweep::evaluate(space, point, points[point]).wall_seconds;
    ++tried;
  }
  const double all =
      seconds / static_cast<double>(tried) * static_cast<double>(points.size()) / static_cast<double>(jobs);
  fmt::print(stderr, "about {} with --jobs {}, as {} point{} took {:.0f} ms each here\n", duration_text(all),
             jobs, tried, tried == 1 ? "" : "s", 1000 * seconds / static_cast<double>(tried));
}

void export_command(const std::string& folder, bool csv, bool jsonl, bool times) {
  if (csv == jsonl) {
    throw InputError("CLI021", "sweep export: either --csv or --jsonl is due", {},
                     "`vernier sweep --help` has examples");
  }
  const sweep::Results results(sweep::database_of(folder));
  sweep::export_rows(results, {csv ? sweep::ExportForm::csv : sweep::ExportForm::jsonl, times},
                     [](std::string_view text) { print_out(text); });
}

void add_plan(CLI::App& sweep, Action& action) {
  CLI::App* command = sweep.add_subcommand("plan", "Number of points, the first few, and how long it takes");
  auto options = std::make_shared<SweepOptions>();
  command->add_option("FILE", options->file, "a sweep file, or the name of a shipped sweep")->required();
  command->add_option("--jobs", options->jobs, "processes to plan for (default: one per core)");
  command->add_flag("--quiet", options->quiet, "run no point, so no time is said");
  command->callback([options, &action] { action = [options] { plan_command(*options); }; });
}

void add_export(CLI::App& sweep, Action& action) {
  CLI::App* command = sweep.add_subcommand("export", "The results as text, on standard output");
  struct Options {
    std::string folder;
    bool csv = false, jsonl = false, times = false;
  };
  auto options = std::make_shared<Options>();
  command->add_option("DIR", options->folder, "the folder of --out, or its results.sqlite")->required();
  command->add_flag("--csv", options->csv, "comma-separated values, with a heading");
  command->add_flag("--jsonl", options->jsonl, "one JSON object per line");
  command->add_flag("--times", options->times, "also what differs from run to run: time, memory, session");
  command->callback([options, &action] {
    action = [options] { export_command(options->folder, options->csv, options->jsonl, options->times); };
  });
}

}  // namespace

void add_sweep(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("sweep", "Run many design points; starts or resumes (docs/sweeps.md)");
  auto options = std::make_shared<SweepOptions>();
  command->add_option("FILE", options->file, "a sweep file, or the name of a shipped sweep");
  command->add_option("--out", options->out,
                      "folder that keeps the results; if it has some, the rest is run");
  command->add_option("--jobs", options->jobs, "processes (default: one per core)");
  command->add_flag("--quiet", options->quiet, "no progress");
  command->add_flag("--slurm", options->slurm,
                    "submit it as a job array of Slurm; --jobs is then processes per task (default: 1)");
  command->add_option("--chunk", options->chunk,
                      "with --slurm: points per task (default: 1000 tasks at most)");
  command->footer(
      "Examples:\n"
      "  vernier sweep plan bitmod_lanes\n"
      "  vernier sweep bitmod_lanes --out results/lanes\n"
      "  vernier sweep export results/lanes --csv > lanes.csv\n"
      "  vernier sweep pe_decode --out /shared/pe --slurm --jobs 4\n"
      "  vernier sweep merge /shared/pe");
  command->require_subcommand(0, 1);
  command->callback([options, command, &action] {
    if (command->get_subcommands().empty()) action = [options] { sweep_command(*options); };
  });
  add_plan(*command, action);
  add_export(*command, action);
  add_slurm_commands(*command, action);
}

}  // namespace vernier::cli
