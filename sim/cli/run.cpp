// SPDX-License-Identifier: Apache-2.0
// `vernier run`: one configuration, one workload.
#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "models/isa/program_binary.h"
#include "models/isa/program_text.h"
#include "sim/cli/commands.h"
#include "sim/cli/job.h"
#include "sim/energy/reference_tables.h"
#include "sim/report/chrome_trace.h"
#include "sim/report/html.h"
#include "sim/report/json.h"
#include "sim/report/text.h"
#include "workloads/graph/graph_file.h"

namespace vernier::cli {
namespace {

void run_command(const std::string& config, const JobOptions& options) {
  check_options(options);
  ResultFolder folder(options.out);
  const JobResult result = run_job(config, options, folder);
  if (!options.trace.empty() && !std::filesystem::exists(folder.staged("trace." + options.trace))) {
    throw InputError("CLI012", fmt::format("--trace: the {} fidelity recorded nothing", options.fidelity), {},
                     "run it without --trace");
  }
  const std::string json = report::json_text(report::to_json(result.run), 2) + "\n";
  if (folder.wanted()) {
    folder.write("accelerator.yaml", result.resolved);
    folder.write("result.json", json);
    folder.write("layers.csv", report::to_csv({result.run}));
    folder.write("timeline.json", report::to_chrome_trace(result.run));
    folder.write("report.html", report::to_html({result.run}));
    if (result.run.energy) {
      folder.write("ERT.yaml", energy::ert_text(*result.run.energy));
      folder.write("ART.yaml", energy::art_text(*result.run.energy));
    }
    if (result.program) {
      folder.write("program.txt", isa::write_text(*result.program));
      folder.write("program.vprog", isa::write_binary(*result.program));
    }
    if (result.schedule) {
      folder.write("graph.json", graph::to_json(result.schedule->graph));
      folder.write("schedule.json", report::json_text(schedule::to_json(*result.schedule), 2) + "\n");
      folder.write("schedule.html", schedule::to_html(*result.schedule));
    }
    folder.commit();
  }
  if (options.json) return print_out(json);
  print_out(
      fmt::format("{}\n{}\n\n{}", result.accelerator_line, result.work_line, report::run_table(result.run)));
  if (folder.wanted()) print_out(fmt::format("results in {}\n", options.out));
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("run", "Simulate a workload on an accelerator");
  auto config = std::make_shared<std::string>();
  auto options = std::make_shared<JobOptions>();
  command->add_option("CONFIG", *config, "accelerator: a YAML file, or the name of a shipped one")
      ->required();
  command
      ->add_option(
          "WORKLOAD", options->workload,
          "a YAML file, a Hugging Face config.json, the name of a shipped workload, a program file (.txt, "
          ".vprog), or a graph: an ONNX file, a graph file (.json), a SCALE-Sim topology (.csv), or the name "
          "of "
          "a built network (`vernier list network`)")
      ->required();
  add_job_options(*command, *options);
  command
      ->add_option("--weights", options->weights,
                   "with --values: a .vqt file of `vernier quantize` in place of random weights, several "
                   "times for more (docs/quantize.md)")
      ->allow_extra_args(false);
  command->add_option("--trace", options->trace, "fst or vcd; systemc, rtl: record waveforms into --out");
  command->add_option("--trace-window", options->trace_window, "A:B, cycles to record (default: all)");
  command->footer(
      "Examples:\n"
      "  vernier run bitmod llama-2-7b --phase decode\n"
      "  vernier run configs/accelerators/bitmod.yaml workloads/llm/llama-2-7b.yaml --phase prefill --tokens "
      "512 \\\n"
      "      --set array.lanes=8 --out results/lanes8\n"
      "  vernier run results/lanes8/accelerator.yaml llama-2-7b --phase prefill --tokens 512\n"
      "  vernier run results/lanes8/accelerator.yaml results/lanes8/program.vprog\n"
      "  vernier run bitmod gemm-2x2x4 --fidelity systemc --values\n"
      "  vernier run int8_mac model.onnx --dim batch=1 --scratchpad 512KiB --fuse\n"
      "  vernier run bitmod resnet-18 --no-prefetch\n"
      "  vernier run bitmod gemms.yaml --fidelity systemc --values --weights packed/q_proj.bitmod4_g128.vqt\n"
      "\n"
      "--out writes accelerator.yaml (resolved: repeats the run), result.json, layers.csv, timeline.json "
      "(for\n"
      "ui.perfetto.dev), report.html, ERT.yaml and ART.yaml (energies and areas as Accelergy has them) and "
      "the\n"
      "program that ran: program.txt (readable) and program.vprog.\n"
      "A graph is scheduled in the pool of the scratchpads (docs/scheduler.md, Execution); --out then has "
      "the\n"
      "schedule and its memory map too: graph.json, schedule.json, schedule.html.\n"
      "A file is run as a program if it begins like one or ends in .txt or .vprog (docs/program.md).");
  command->callback(
      [config, options, &action] { action = [config, options] { run_command(*config, *options); }; });
}

}  // namespace vernier::cli
