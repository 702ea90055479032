// SPDX-License-Identifier: Apache-2.0
// `vernier allocate-bits`: a weight format for each layer.
#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "base/error.h"
#include "sim/allocate/allocate.h"
#include "sim/allocate/layers.h"
#include "sim/cli/commands.h"
#include "sim/cli/graph_options.h"
#include "sim/cli/job_options.h"
#include "sim/cli/output.h"
#include "sim/cli/shipped.h"
#include "sim/config/load.h"

namespace vernier::cli {
namespace {

constexpr const char* kTimeLimit = "20s";  // allocate::kSolveSeconds

struct AllocateOptions {
  std::string config, minimise = "cycles", share = "1", time_limit = kTimeLimit;
  allocate::Request request;
  JobOptions work;  ///< workload, phase, --set, --json and --out
};

/// `work`: the workload, with what it is that is run of it.
std::string allocate_command_line(const AllocateOptions& options, const std::string& configuration,
                                  const std::string& work, bool is_llm) {
  std::string text = fmt::format("vernier allocate-bits {} {}", configuration, work);
  for (const std::string& format : options.request.formats) text += " --format " + format;
  text += " --budget " + options.request.budget;
  if (options.minimise != "cycles") text += " --minimise " + options.minimise;
  if (is_llm && options.share != "1") text += " --share " + options.share;
  if (options.time_limit != kTimeLimit) text += " --time-limit " + options.time_limit;
  const allocate::SensitivitySource& source = options.request.sensitivity;
  const auto file = [](const std::string& path) { return std::filesystem::path(path).filename().string(); };
  if (!source.file.empty()) text += " --sensitivity " + file(source.file);
  for (const std::string& path : source.weights) text += " --weights " + file(path);
  if (source.seed != 1) text += fmt::format(" --seed {}", source.seed);
  return text + sets_text(options.work);
}

/// Consecutive layers with one format; 0: all.
int64_t layers_that_share(const std::string& text) {
  if (text == "all") return 0;
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc() && end == text.data() + text.size() && count >= 1) return count;
  throw InputError("ALC008",
                   fmt::format("--share: '{}' is neither a number of layers from 1 nor 'all'", text));
}

void refuse_share(const AllocateOptions& options) {
  if (options.share == "1") return;
  throw InputError("ALC008", fmt::format("--share: of the layers of language models, which '{}' is not",
                                         options.work.workload));
}

/// A report, and the workload with the formats in it as the text of a file.
struct Allocated {
  allocate::AllocationReport report;
  std::string workload;
};

Allocated allocate_workload(const AllocateOptions& options) {
  refuse_graph_options(options.work);
  const Sets sets = split_sets(options.work.sets);
  const std::string file = resolve_file(options.work.workload, FileKind::workload);
  const workloads::Workload workload = workloads::load_workload(file, sets.workload);
  if (!workload.is_llm()) refuse_share(options);
  const std::string phase = workload.is_llm() ? options.work.phase : "gemm";
  const config::AcceleratorConfig accelerator = config::load_accelerator(
      resolve_file(options.config, FileKind::accelerator), {phase, sets.accelerator});
  Allocated done;
  done.report = allocate::allocate(accelerator, workload, llm_options(options.work), options.request);
  done.report.command = allocate_command_line(
      options, accelerator.machine.name,
      workload.name() + (workload.is_llm() ? phase_text(options.work) : ""), workload.is_llm());
  done.report.configuration_digest = config::digest(accelerator);
  done.workload = allocate::file_with_formats(file, done.report.chosen, sets.workload);
  return done;
}

Allocated allocate_graph(const AllocateOptions& options) {
  const JobOptions& work_options = options.work;
  refuse_share(options);
  const Sets sets = split_sets(work_options.sets);
  refuse_workload_keys(sets);
  const config::AcceleratorConfig accelerator = config::load_accelerator(
      resolve_file(options.config, FileKind::accelerator), {"gemm", sets.accelerator});
  workloads::GraphOptions whole = work_options.graph;
  whole.fuse = false;
  whole.split.clear();
  workloads::LoadedGraph loaded = workloads::load_graph(work_options.workload, whole);
  workloads::GraphWorkload file = workloads::as_workload(work_options.workload, whole);
  JobOptions schedules = work_options;
  schedules.time_limit = options.time_limit;
  const allocate::GraphWork work{std::move(loaded.graph), work_options.graph, graph_run_options(schedules)};
  Allocated done;
  done.report = allocate::allocate(accelerator, work, loaded.report ? file.source : "", options.request);
  done.report.command = allocate_command_line(options, accelerator.machine.name,
                                              work.graph.name + graph_text(work_options), false);
  done.report.configuration_digest = config::digest(accelerator);
  file.name = work.graph.name;
  file.formats = allocate::choices_of(work.graph, done.report.problem, done.report.solution.best);
  done.workload = "# The formats are those of `vernier allocate-bits`.\n" +
                  workloads::write_graph_workload(file, work_options.out + "/workload.yaml");
  return done;
}

void allocate_command(AllocateOptions& options) {
  check_choice("--phase", options.work.phase, {"prefill", "decode"});
  check_choice("--minimise", options.minimise, {"cycles", "energy", "weight_bytes"});
  options.request.objective = allocate::objective_named(options.minimise);
  options.request.share = layers_that_share(options.share);
  options.request.seconds = time_limit_seconds(options.time_limit);
  ResultFolder folder(options.work.out);
  Allocated done = workloads::is_graph_source(options.work.workload) ? allocate_graph(options)
                                                                     : allocate_workload(options);
  done.report.version = version();
  const std::string json = allocate::to_json(done.report);
  if (folder.wanted()) {
    folder.write("workload.yaml", done.workload);
    folder.write("allocation.json", json);
    folder.write("allocation.lp", schedule::to_lp(allocate::program_of(done.report.problem)));
    folder.commit();
  }
  if (options.work.json) return print_out(json);
  print_out(allocate::to_text(done.report));
  if (folder.wanted())
    print_out(fmt::format("workload with these formats in {}/workload.yaml\n", options.work.out));
}

}  // namespace

void add_allocate_bits(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("allocate-bits", "Choose a weight format for each layer");
  auto options = std::make_shared<AllocateOptions>();
  allocate::Request& request = options->request;
  command->add_option("CONFIG", options->config, "accelerator, as for `run`")->required();
  command
      ->add_option("WORKLOAD", options->work.workload, "language model, list of GEMMs or graph, as for `run`")
      ->required();
  command
      ->add_option("--format", request.formats,
                   "weight format to choose from, several times (`vernier list format`)")
      ->required()
      ->allow_extra_args(false);
  command
      ->add_option("--budget", request.budget,
                   "largest sum of sensitivities: a number, or one of the formats for what it has everywhere")
      ->required();
  command->add_option("--minimise", options->minimise, "cycles, energy or weight_bytes")
      ->capture_default_str();
  command
      ->add_option("--share", options->share,
                   "language models: consecutive layers that have the same formats, or all")
      ->capture_default_str();
  command
      ->add_option("--time-limit", options->time_limit,
                   "of the integer program, and of each schedule of a graph: 500ms, 20s, 5min")
      ->capture_default_str();
  command->add_option("--sensitivity", request.sensitivity.file,
                      "YAML file: a factor for each layer, or a sensitivity for each layer and format");
  command
      ->add_option("--weights", request.sensitivity.weights,
                   ".npy or safetensors with the network's weights, several times for more (an ONNX file has "
                   "its own)")
      ->allow_extra_args(false);
  command->add_option("--seed", request.sensitivity.seed, "of random weights, without --weights")
      ->capture_default_str();
  add_work_options(*command, options->work);
  add_graph_run_options(*command, options->work);
  command->add_flag("--json", options->work.json, "print the result as JSON on standard output");
  command->add_option("--out", options->work.out,
                      "folder for workload.yaml, allocation.json and the integer program");
  command->footer(
      "Examples:\n"
      "  vernier allocate-bits bitmod llama-2-7b --format bitmod3_g128 --format bitmod4_g128 --format "
      "int8_s8_g128 "
      "--budget bitmod4_g128\n"
      "  vernier allocate-bits bitmod model.yaml --format bitmod3_g128 --format int8_s8_g128 --budget 0.5 "
      "--sensitivity traces.yaml --weights model.safetensors --out allocated\n"
      "  vernier allocate-bits bitmod detection.onnx --dim batch=1 --format bitmod3_g128 --format "
      "int6_s8_g128 "
      "--budget 40 --out allocated\n"
      "  vernier run bitmod allocated/workload.yaml\n"
      "\n"
      "Each layer is simulated in each format (fast), alone, or of a graph among its neighbours; CBC "
      "chooses; "
      "the\n"
      "whole network is simulated with the choice. docs/allocate-bits.md defines sensitivities and files.");
  command->callback([options, &action] { action = [options] { allocate_command(*options); }; });
}

}  // namespace vernier::cli
