// SPDX-License-Identifier: Apache-2.0
// `vernier diff`: what moved between two results, and by how much.
#include "sim/sweep/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/output.h"

namespace vernier::cli {
namespace {

namespace fs = std::filesystem;

struct DiffOptions {
  std::string first, second;
  double threshold = 0;  ///< percent
  bool json = false;
};

std::vector<sweep::Place> places_of(const std::string& text) {
  if (const auto database = sweep::find_database(text))
    return sweep::places_of_sweep(sweep::Results(*database));
  std::error_code ignored;
  const fs::path file = fs::is_directory(text, ignored) ? fs::path(text) / "result.json" : fs::path(text);
  std::ifstream in(file, std::ios::binary);
  if (!in || !fs::is_regular_file(file, ignored)) {
    throw InputError("DIF001", "cannot be read", {file.string(), 0, 0},
                     "give the folder of --out, its result.json, or the results.sqlite of a sweep");
  }
  return sweep::places_of_json({std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()},
                               file.string());
}

std::string percent(const std::optional<double>& relative) {
  return relative ? fmt::format("{:+.4g} %", 100 * *relative) : std::string();
}

constexpr size_t kMostShown = 40;

std::string names_text(const char* heading, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  const std::vector<std::string> shown(
      names.begin(), names.begin() + static_cast<ptrdiff_t>(std::min(names.size(), kMostShown)));
  return fmt::format(
      "{}: {}{}\n", heading, fmt::join(shown, "; "),
      names.size() > kMostShown ? fmt::format("; and {} more", names.size() - kMostShown) : "");
}

std::string as_text(const DiffOptions& options, const sweep::Difference& result) {
  std::string out = fmt::format("{} -> {}: {} of {} numbers moved\n", options.first, options.second,
                                result.changes.size(), result.numbers);
  const size_t shown = std::min(result.changes.size(), kMostShown);
  size_t place = 0, metric = 0, before = 0, after = 0;
  for (size_t i = 0; i < shown; ++i) {
    const sweep::Change& change = result.changes[i];
    place = std::max(place, change.place.size());
    metric = std::max(metric, change.metric.size());
    before = std::max(before, change.before.size());
    after = std::max(after, change.after.size());
  }
  for (size_t i = 0; i < shown; ++i) {
    const sweep::Change& change = result.changes[i];
    std::string line =
        fmt::format("  {:<{}}  {:<{}}  {:>{}} -> {:>{}}  {}", change.place, place, change.metric, metric,
                    change.before, before, change.after, after, percent(change.relative));
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  if (result.changes.size() > shown) out += fmt::format("  and {} more\n", result.changes.size() - shown);
  return out + names_text("only in the first", result.only_first) +
         names_text("only in the second", result.only_second) +
         names_text("metrics of the first only, not compared", result.metrics_only_first) +
         names_text("metrics of the second only, not compared", result.metrics_only_second);
}

std::string as_json(const DiffOptions& options, const sweep::Difference& result, size_t beyond) {
  nlohmann::ordered_json json{{"schema", 1},
                              {"command", "vernier diff"},
                              {"version", version()},
                              {"first", options.first},
                              {"second", options.second},
                              {"threshold_percent", options.threshold},
                              {"numbers", result.numbers},
                              {"beyond_threshold", beyond}};
  json["changes"] = nlohmann::ordered_json::array();
  for (const sweep::Change& change : result.changes) {
    nlohmann::ordered_json one{{"place", change.place},
                               {"metric", change.metric},
                               {"before", change.before},
                               {"after", change.after}};
    one["relative"] = change.relative ? nlohmann::ordered_json(*change.relative) : nlohmann::ordered_json();
    json["changes"].push_back(std::move(one));
  }
  json["only_first"] = result.only_first;
  json["only_second"] = result.only_second;
  json["metrics_only_first"] = result.metrics_only_first;
  json["metrics_only_second"] = result.metrics_only_second;
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void diff_command(const DiffOptions& options) {
  if (!(options.threshold >= 0) || !std::isfinite(options.threshold))
    throw InputError("CLI022", "--threshold: a number of percent from 0 is due");
  const sweep::Difference result = sweep::difference(places_of(options.first), places_of(options.second));
  const size_t beyond = result.beyond(options.threshold / 100);
  print_out(options.json ? as_json(options, result, beyond) : as_text(options, result));
  if (beyond > 0) throw CheckFailed(fmt::format("{} differences beyond {} %", beyond, options.threshold));
}

}  // namespace

void add_diff(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("diff", "What moved between two results, and by how much");
  auto options = std::make_shared<DiffOptions>();
  command
      ->add_option("RUN1", options->first,
                   "folder of `run`, `compare` or `sweep` --out, result.json or results.sqlite")
      ->required();
  command->add_option("RUN2", options->second, "the same, of what is compared with it")->required();
  command->add_option("--threshold", options->threshold, "percent that a number may move")
      ->capture_default_str();
  command->add_flag("--json", options->json, "print the differences as JSON");
  command->footer(
      "Examples:\n"
      "  vernier diff results/before results/after\n"
      "  vernier diff before.sqlite after.sqlite --threshold 0.5 --json\n"
      "\n"
      "Ends with 0 if nothing moved beyond the threshold, 1 if something did, 2 if a file cannot be read.\n"
      "For `git bisect run`: vernier run ... --out now && vernier diff good now; s=$?; [ $s -lt 2 ] || "
      "s=125; exit $s");
  command->callback([options, &action] { action = [options] { diff_command(*options); }; });
}

}  // namespace vernier::cli
