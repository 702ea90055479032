// SPDX-License-Identifier: Apache-2.0
// `vernier schedule`: the order of a graph's operators and the place of its tensors in a scratchpad.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include "base/atomic_file.h"
#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/graph_options.h"
#include "sim/cli/job_options.h"
#include "sim/cli/output.h"
#include "sim/report/format.h"
#include "sim/schedule/baseline/baseline.h"
#include "sim/schedule/ilp/program.h"
#include "sim/schedule/report/schedule_report.h"
#include "workloads/graph/dot.h"
#include "workloads/graph/graph_file.h"

namespace vernier::cli {
namespace {

using schedule::ScheduleReport;

constexpr int kMostPoints = 1000;

struct ScheduleOptions {
  std::string graph, name, scratchpad, solver = "auto", time_limit = "60s", out, lp, mps, dot;
  int points = 0;
  workloads::GraphOptions source;
  bool no_addresses = false, json = false, quiet = false;
};

/// The sizes of a range: doubled from the first, or `points` with equal ratios; both ends included.
std::vector<uint64_t> sizes_of(const ScheduleOptions& options) {
  const size_t colon = options.scratchpad.find(':');
  if (colon == std::string::npos) {
    if (options.points != 0)
      throw InputError("SCH002", "--points: there is one size only", {},
                       "give a range: --scratchpad 64KiB:4MiB");
    return {scratchpad_bytes(options.scratchpad)};
  }
  const uint64_t first = scratchpad_bytes(options.scratchpad.substr(0, colon));
  const uint64_t last = scratchpad_bytes(options.scratchpad.substr(colon + 1));
  if (first >= last) {
    throw InputError("SCH002",
                     fmt::format("--scratchpad: '{}' does not begin below its end", options.scratchpad), {},
                     "write the smaller size first");
  }
  if (options.points != 0 && (options.points < 2 || options.points > kMostPoints))
    throw InputError("SCH002", fmt::format("--points: {} is not in 2..{}", options.points, kMostPoints));
  std::vector<uint64_t> sizes;
  if (options.points == 0) {
    for (uint64_t size = first; size < last; size *= 2) {
      sizes.push_back(size);
      if (size > last / 2) break;
    }
  }
  for (int i = 0; i + 1 < options.points; ++i) {
    const double ratio = std::log(static_cast<double>(last) / static_cast<double>(first));
    const double exact = static_cast<double>(first) * std::exp(ratio * i / (options.points - 1));
    const auto size = static_cast<uint64_t>(std::llround(exact));
    if (sizes.empty() || size > sizes.back()) sizes.push_back(size);
  }
  if (sizes.back() < last) sizes.push_back(last);
  return sizes;
}

/// FILE#NAME and --graph NAME are the same.
std::string source_of(const ScheduleOptions& options) {
  std::error_code ignored;
  if (options.name.empty()) return options.graph;
  const size_t hash =
      std::filesystem::exists(options.graph, ignored) ? std::string::npos : options.graph.rfind('#');
  if (hash == std::string::npos) return options.graph + "#" + options.name;
  if (options.name != options.graph.substr(hash + 1))
    throw InputError(
        "GRA002",
        fmt::format("--graph: '{}', but GRAPH says '{}'", options.name, options.graph.substr(hash + 1)), {},
        "name the graph once");
  return options.graph;
}

void write_program(const ScheduleOptions& options, const graph::Graph& graph, uint64_t capacity) {
  if (options.lp.empty() && options.mps.empty()) return;
  if (const std::string reason = schedule::too_large(graph, capacity); !reason.empty()) return;
  if (schedule::program_is_too_large(graph, !options.no_addresses)) {
    throw InputError("SCH004",
                     "--lp, --mps: the integer program of this graph has more than 20 million terms", {},
                     options.no_addresses ? "" : "with --no-addresses it is smaller");
  }
  const schedule::IntegerProgram program = schedule::build_program(graph, capacity, !options.no_addresses);
  if (!options.lp.empty()) write_atomically(options.lp, schedule::to_lp(program));
  if (!options.mps.empty()) write_atomically(options.mps, schedule::to_mps(program));
}

/// Best cost and bound so far, on a terminal only: one line that is written over, and cleared at the end.
class Progress {
 public:
  explicit Progress(bool shown) : shown_(shown && isatty(STDERR_FILENO) != 0) {}
  ~Progress() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  [[nodiscard]] std::function<void(uint64_t, uint64_t)> callback(uint64_t capacity) {
    if (!shown_) return {};
    return [this, capacity](uint64_t cost, uint64_t bound) {
      const auto now = std::chrono::steady_clock::now();
      if (now - last_ < std::chrono::milliseconds(100)) return;
      last_ = now;
      const bool none = cost == std::numeric_limits<uint64_t>::max();
      fmt::print(stderr, "\r{} bytes: cost {}, lower bound {}\033[K", report::thousands(capacity),
                 none ? "-" : report::thousands(cost), report::thousands(bound));
    };
  }

 private:
  bool shown_;
  std::chrono::steady_clock::time_point last_;
};

void write_results(const ScheduleReport& report, const std::string& json, ResultFolder& folder) {
  if (!folder.wanted()) return;
  folder.write("graph.json", graph::to_json(report.graph));
  folder.write("graph.dot", graph::to_dot(report.graph));
  if (report.whole) folder.write("graph_before.dot", graph::to_dot(*report.whole));
  folder.write(report.sweep ? "sweep.json" : "schedule.json", json);
  if (!report.sweep) folder.write("schedule.yaml", schedule::to_yaml(report));
  folder.write("report.html", schedule::to_html(report));
  folder.commit();
}

void schedule_command(const ScheduleOptions& options) {
  const std::vector<uint64_t> sizes = sizes_of(options);
  schedule::Limits limits;
  limits.seconds = time_limit_seconds(options.time_limit);
  limits.addresses = !options.no_addresses;
  check_choice("--solver", options.solver, schedule::solver_names());
  for (const std::string& path : {options.lp, options.mps, options.dot}) {
    if (!path.empty()) check_writable(path);
  }
  if (sizes.size() > 1 && !(options.lp.empty() && options.mps.empty()))
    throw InputError("SCH002", "--lp, --mps: a program is that of one size", {}, "give one --scratchpad");
  ScheduleReport report;
  report.command = fmt::format("vernier schedule {}{} --scratchpad {}", options.graph,
                               text_of(options.source), options.scratchpad);
  report.version = version();
  workloads::LoadedGraph loaded = workloads::load_graph(source_of(options), options.source);
  report.graph = std::move(loaded.graph);
  report.whole = std::move(loaded.whole);
  report.addresses = limits.addresses;
  report.sweep = options.scratchpad.find(':') != std::string::npos;
  ResultFolder folder(options.out);
  if (!options.dot.empty()) write_atomically(options.dot, graph::to_dot(report.graph));
  write_program(options, report.graph, sizes.front());
  {
    Progress progress(!options.quiet);
    for (const uint64_t size : sizes) {
      limits.progress = progress.callback(size);
      report.sizes.push_back(schedule::solve_size(report.graph, size, options.solver, limits));
    }
  }
  const std::string json =
      schedule::to_json(report).dump(2, ' ', false, schedule::Json::error_handler_t::replace) + "\n";
  const bool infeasible =
      !report.sweep && report.sizes.front().solved.outcome.status == schedule::Status::infeasible;
  if (!infeasible) write_results(report, json, folder);
  if (options.json) print_out(json);
  if (infeasible) {
    throw InputError("SCH001", schedule::too_large(report.graph, sizes.front()), {options.graph, 0, 0},
                     "give it a larger --scratchpad, or split the operator");
  }
  if (options.json) return;
  print_out(schedule::to_text(report));
  if (folder.wanted()) print_out(fmt::format("results in {}\n", options.out));
}

}  // namespace

void add_schedule(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("schedule", "Schedule a graph of operators in a scratchpad");
  auto options = std::make_shared<ScheduleOptions>();
  command->add_option("GRAPH", options->graph, kGraphSources)->required();
  command->add_option("--graph", options->name, "one graph of several, by name");
  add_graph_options(*command, options->source);
  command
      ->add_option("--scratchpad", options->scratchpad,
                   "size, for example 512KiB; or a range, 64KiB:4MiB, in doubling steps")
      ->required();
  command->add_option("--points", options->points, "sizes in a range, with equal ratios instead of doubling");
  command
      ->add_option("--solver", options->solver, fmt::format("{}", fmt::join(schedule::solver_names(), ", ")))
      ->capture_default_str();
  command->add_option("--time-limit", options->time_limit, "of each size: 500ms, 60s, 5min")
      ->capture_default_str();
  command->add_flag("--no-addresses", options->no_addresses, "only the sum of the tensors has to fit");
  command->add_option("--lp", options->lp, "file for the integer program, in LP format");
  command->add_option("--mps", options->mps, "file for the integer program, in MPS format");
  command->add_option("--dot", options->dot, "file for the graph, for Graphviz");
  command->add_flag("--json", options->json, "print the result as JSON on standard output");
  command->add_flag("--quiet", options->quiet, "no progress");
  command->add_option("--out", options->out, "folder for the results");
  command->footer(
      "Examples:\n"
      "  vernier schedule network.json --scratchpad 512KiB --out results/schedule\n"
      "  vernier schedule graphs.json#darts3 --scratchpad 64KiB:4MiB --points 13 --time-limit 10s\n"
      "  vernier schedule resnet-18 --split rows=2 --scratchpad 2MiB:8MiB\n"
      "  vernier schedule network.json --scratchpad 512KiB --no-addresses --lp network.lp --json\n"
      "\n"
      "--out writes report.html (memory map, traffic against size), schedule.yaml (readable), schedule.json\n"
      "and graph.json (the graph with the numbers that they use); for a range, sweep.json.\n"
      "A time limit that is reached is no failure: the status is 'feasible', with a lower bound and the "
      "gap.");
  command->callback([options, &action] { action = [options] { schedule_command(*options); }; });
}

}  // namespace vernier::cli
