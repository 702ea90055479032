// SPDX-License-Identifier: Apache-2.0
// `vernier search`: the Pareto front of a sweep without the whole grid.
#include "sim/sweep/search.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/output.h"
#include "sim/cli/shipped.h"
#include "sim/cli/sweep_progress.h"
#include "sim/cli/sweep_setup.h"
#include "sim/sweep/file_lock.h"
#include "sim/sweep/sample.h"

namespace vernier::cli {
namespace {

struct SearchCommand {
  std::string file, out;
  std::optional<int64_t> jobs;
  int64_t patience = 3;
  bool quiet = false;
};

void search_command(const SearchCommand& command) {
  constexpr int64_t kMostPatience = 1'000'000;
  if (command.patience < 1 || command.patience > kMostPatience)
    throw InputError("CLI022",
                     fmt::format("--patience: {} is not in 1..{}", command.patience, kMostPatience));
  sweep::SearchOptions options;
  options.runner.jobs = jobs_of(command.jobs);
  options.patience = static_cast<size_t>(command.patience);
  const sweep::Sweep file = sweep::load_sweep(resolve_file(command.file, FileKind::sweep));
  const sweep::Space space(file, shipped_names());
  const sweep::Space estimates(sweep::estimating(file), shipped_names());
  const std::vector<uint64_t> points = sweep::sample(space);
  make_folder(command.out);
  const std::string path = (std::filesystem::path(command.out) / sweep::kDatabaseFile).string();
  const sweep::FileLock lock(path + ".lock");
  sweep::SearchResult found;
  {
    sweep::Database database(path, space, points.size(), this_program());
    SweepProgress progress(command.quiet);
    options.estimate_progress = [&progress](const sweep::Tally& now) { progress.show(now); };
    found = sweep::search(space, estimates, points, database, options);
  }
  const sweep::Results results(path);
  const size_t run = found.evaluated.size();
  print_out(
      fmt::format("{}: {} points estimated in {} layers; {} layers run: {} points, {:.1f} % fewer than all "
                  "{}\n{}results in {}\n",
                  space.sweep().name, found.estimated, found.layers, found.layers_run, run,
                  100 - 100 * static_cast<double>(run) / static_cast<double>(points.size()), points.size(),
                  front_table(results), path));
}

}  // namespace

void add_search(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("search", "The Pareto front of a sweep, with few of its points run");
  auto options = std::make_shared<SearchCommand>();
  command->add_option("FILE", options->file, "a sweep file with objectives, or the name of a shipped sweep")
      ->required();
  command
      ->add_option("--out", options->out,
                   "folder that keeps the results; `vernier sweep` there runs the rest")
      ->required();
  command->add_option("--jobs", options->jobs, "processes (default: one per core)");
  command->add_option("--patience", options->patience, "layers that may change nothing before it ends")
      ->capture_default_str();
  command->add_flag("--quiet", options->quiet, "no progress");
  command->footer("Example:\n  vernier search pe_decode --out results/search");
  command->callback([options, &action] { action = [options] { search_command(*options); }; });
}

}  // namespace vernier::cli
