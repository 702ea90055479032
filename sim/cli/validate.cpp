// SPDX-License-Identifier: Apache-2.0
// `vernier validate`: the record of what was found exact, for every PE, format and shape. docs/validation.md
// is its output; it holds no date and no time, so that the same sources give the same bytes.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <thread>

#include "base/atomic_file.h"
#include "base/digest.h"
#include "base/error.h"
#include "models/array/weight_stationary/ws_rules.h"
#include "models/pe/registry.h"
#include "sim/cli/commands.h"
#include "sim/cli/job.h"
#include "sim/cli/rtl_blocks.h"
#include "sim/cli/run_units.h"

namespace vernier::cli {
namespace {

struct ValidateOptions {
  std::vector<std::string> blocks;
  int64_t seed = 1;
  int64_t vectors = 3000;
  int64_t long_vectors = 0;
  int64_t jobs = std::max<int64_t>(1, std::thread::hardware_concurrency());
  std::string out;
};

void progress(const std::string& text) {
  if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r{}\x1b[K", text);
}

/// A table row: cells that are right-aligned numbers or plain text.
template <typename... Cells>
std::string row(const Cells&... cells) {
  std::string text = "|";
  ((text += fmt::format(" {} |", cells)), ...);
  return text + "\n";
}

/// Arrays of one PE and dataflow, between which its vectors are divided.
std::string family_of(const machine::ArrayParams& array) {
  return array.pe + (array.weight_stationary() ? ", weight-stationary" : "");
}

/// The arrays, each to run an equal part of the vectors of its family, rounded up.
std::vector<cosim::Unit> sharing_vectors(const std::vector<cosim::Unit>& arrays) {
  std::map<std::string, uint64_t> members;
  for (const cosim::Unit& unit : arrays) ++members[family_of(*unit.array)];
  std::vector<cosim::Unit> sharing = arrays;
  for (cosim::Unit& unit : sharing) {
    unit.run = [run = unit.run, share = members[family_of(*unit.array)]](cosim::Options options,
                                                                         const cosim::Progress& done) {
      options.vectors = (options.vectors + share - 1) / share;
      return run(options, done);
    };
  }
  return sharing;
}

std::string arrays_section(const std::vector<cosim::Unit>& arrays, const cosim::Options& options,
                           uint64_t jobs) {
  std::string text =
      "## PE arrays: RTL = SystemC model = golden functions\n\n"
      "Every output pin in every cycle, every result bit.\n\n" +
      row("array", "weights", "activations", "vectors", "values", "exact", "digest") +
      row("---", "---", "---", "---:", "---:", "---", "---");
  run_units(sharing_vectors(arrays), options, jobs, [&text](const cosim::BlockResult& result) {
    if (result.mismatch) throw CheckFailed(result.mismatch->text());
    for (const auto& [formats, tally] : result.formats) {
      text += row(result.name, formats.first, formats.second, tally.vectors, tally.outputs, "yes",
                  tally.digest.text());
    }
  });
  return text;
}

/// The same with many more vectors, in one line per family.
std::string long_section(const std::vector<cosim::Unit>& arrays, const cosim::Options& options,
                         uint64_t jobs) {
  struct Total {
    uint64_t arrays = 0, vectors = 0, values = 0;
    Digest digest;
  };
  std::map<std::string, std::string> family;  // of an array
  for (const cosim::Unit& unit : arrays) family[unit.name] = family_of(*unit.array);
  std::map<std::string, Total> totals;
  run_units(sharing_vectors(arrays), options, jobs, [&](const cosim::BlockResult& result) {
    if (result.mismatch) throw CheckFailed(result.mismatch->text());
    Total& total = totals[family.at(result.name)];
    ++total.arrays;
    for (const auto& [formats, tally] : result.formats) {
      total.vectors += tally.vectors;
      total.values += tally.outputs;
      total.digest.add(tally.digest.text());
    }
  });
  std::string text = "## Long run of the arrays\n\n" +
                     row("PE", "arrays", "vectors", "values", "exact", "digest") +
                     row("---", "---:", "---:", "---:", "---", "---");
  for (const auto& [pe, total] : totals) {
    text += row(pe, total.arrays, total.vectors, total.values, "yes", total.digest.text());
  }
  return text;
}

/// The settings with which a configuration of the PE becomes this array with these formats.
std::vector<std::string> settings(const machine::ArrayParams& array, const std::string& weights,
                                  formats::ActivationFormat activations) {
  std::vector<std::string> sets{
      fmt::format("array.rows={}", array.rows),
      fmt::format("array.cols={}", array.cols),
      fmt::format("array.lanes={}", array.lanes),
      fmt::format("array.delivery={}",
                  array.delivery == machine::Delivery::systolic ? "systolic" : "broadcast"),
      fmt::format("array.dataflow={}", array.weight_stationary() ? "weight_stationary" : "output_stationary"),
      fmt::format("formats.weight={}", weights),
      fmt::format("formats.kv={}", weights),
  };
  const pe::PeDescriptor& pe = pe::pe(array.pe);
  if (formats::is_table(activations)) {
    sets.emplace_back("lut.precompute=fused");
    sets.push_back(
        fmt::format("lut.table={}", activations == formats::ActivationFormat::table_fp16 ? "fp16" : "int8"));
    return sets;
  }
  if (pe.takes(formats::ActivationFormat::table_fp16)) sets.emplace_back("lut.precompute=in_array");
  sets.push_back(fmt::format("formats.activation={}", formats::name_of(activations)));
  return sets;
}

/// Everything of a run that the fidelities must agree on.
std::string account(const report::RunResult& run) {
  std::string text;
  for (const report::LayerRow& layer : run.layers) {
    text += fmt::format("{}: {} = {} {} {} {} {} {} {} {}; {} MACs, {} bytes", layer.name, layer.cycles,
                        layer.compute, layer.fill, layer.drain, layer.operand_stall, layer.load_stall,
                        layer.store_stall, layer.vector, layer.idle, layer.macs, layer.dram_bytes());
    for (const auto& [name, count] : layer.events) text += fmt::format(", {} {}", name, count);
    text += "\n";
  }
  return text;
}

std::string program_row(const std::string& name, const machine::ArrayParams& array,
                        const std::string& weights, formats::ActivationFormat activations, uint64_t seed) {
  JobOptions job;
  job.workload = "validation";
  job.quiet = true;
  job.seed = seed;
  job.sets = settings(array, weights, activations);
  std::string reference;
  uint64_t cycles = 0;
  for (const char* fidelity : {"fast", "systemc", "rtl"}) {
    job.fidelity = fidelity;
    job.values = job.fidelity != "fast";  // compared with the golden functions bit by bit
    const JobResult result = run_job(array.pe, job, ResultFolder(""));
    const std::string found = account(result.run);
    if (job.fidelity == "fast") {
      reference = found;
      cycles = result.run.totals.cycles;
    } else if (found != reference) {
      throw CheckFailed(fmt::format("{}, {} x {}: {} differs from fast\nfast:\n{}{}:\n{}", name, weights,
                                    formats::name_of(activations), fidelity, reference, fidelity, found));
    }
  }
  Digest digest;
  digest.add(reference);
  return row(name, weights, formats::name_of(activations), cycles, "yes", "yes", digest.text());
}

std::string programs_section(const std::vector<cosim::Unit>& arrays, uint64_t seed) {
  std::string text =
      "## Programs: fast = SystemC = RTL\n\n"
      "The GEMMs of workloads/gemm/validation.yaml (1x40x96, 5x9x200, 33x17x64) through mapper and engines: "
      "cycles of "
      "every operator and\ntheir parts, event counts and traffic equal in three fidelities; values of "
      "SystemC and RTL "
      "equal to the golden functions.\n\n" +
      row("array", "weights", "activations", "cycles", "cycles and events exact", "values exact", "digest") +
      row("---", "---", "---", "---:", "---", "---", "---");
  for (const cosim::Unit& unit : arrays) {
    const machine::ArrayParams& array = *unit.array;
    const pe::PeDescriptor& pe = pe::pe(array.pe);
    for (const std::string& example : pe.example_formats) {
      if (array.weight_stationary() && array::ws_reject_format(formats::group_format(example))) continue;
      std::string weights = cosim::family_name(example);
      if (weights.back() == 'G') {
        weights.pop_back();
        weights += std::to_string(16 * array.lanes);
      }
      for (const formats::ActivationFormat activations : pe.activations) {
        progress(fmt::format("{}: {} x {}", unit.name, weights, formats::name_of(activations)));
        text += program_row(unit.name, array, weights, activations, seed);
      }
    }
  }
  return text;
}

void validate_command(const ValidateOptions& options) {
  cosim::Options run;
  run.seed = at_least(0, "--seed", options.seed);
  run.vectors = at_least(1, "--vectors", options.vectors);
  const uint64_t long_vectors = at_least(0, "--long", options.long_vectors);
  const uint64_t jobs = at_least(1, "--jobs", options.jobs);
  const std::vector<cosim::Unit> arrays = cosim::select(arrays_with_rtl(), options.blocks);
  if (!options.out.empty()) check_writable(options.out);
  std::string command = "vernier validate";
  for (const std::string& block : options.blocks) command += " " + block;
  command += fmt::format(" --seed {} --vectors {}", options.seed, options.vectors);
  if (long_vectors > 0) command += fmt::format(" --long {}", long_vectors);
  std::string text = fmt::format(
      "# Validation record\n\nMade by `{}`. Each line was exact when this was written; a digest is that of "
      "all values, "
      "cycles and events behind\nthe line, so that a rerun of the same sources gives the same "
      "bytes.\n\n{}\n{}",
      command, arrays_section(arrays, run, jobs), programs_section(arrays, run.seed));
  if (long_vectors > 0) {
    run.vectors = long_vectors;
    text += "\n" + long_section(arrays, run, jobs);
  }
  progress("");
  if (options.out.empty()) return print_out(text);
  write_atomically(options.out, text);
}

}  // namespace

void add_validate(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "validate", "Record what is exact: every PE and format, RTL against models, fidelity against fidelity");
  auto options = std::make_shared<ValidateOptions>();
  command->add_option("BLOCK", options->blocks, "arrays, or PE types for all of their arrays (default: all)");
  command->add_option("--seed", options->seed, "seed of the vectors")->capture_default_str();
  command
      ->add_option("--vectors", options->vectors,
                   "vectors (passes) per PE and dataflow, shared by its arrays")
      ->capture_default_str();
  command
      ->add_option("--long", options->long_vectors,
                   "a second run with so many vectors per PE, in totals; 0 = none")
      ->capture_default_str();
  command->add_option("--jobs", options->jobs, "arrays that run at a time")->capture_default_str();
  command->add_option("--out", options->out, "write the record to this file instead of standard output");
  command->footer(
      "Examples:\n"
      "  vernier validate --long 1000000 --out docs/validation.md\n"
      "  vernier validate bitmod --vectors 100000");
  command->callback([options, &action] { action = [options] { validate_command(*options); }; });
}

}  // namespace vernier::cli
