// SPDX-License-Identifier: Apache-2.0
// `vernier cosim`: every block that has RTL in lockstep with its SystemC model and the golden functions.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/output.h"
#include "sim/cli/rtl_blocks.h"
#include "sim/cli/run_units.h"
#include "sim/cli/shipped.h"
#include "sim/cosim/coverage.h"
#include "sim/cosim/layer_tensors.h"
#include "sim/cosim/regression.h"
#if VERNIER_HAS_RTL
#include "sim/rtl_adaptor/rtl_pe_array.h"
#endif

namespace vernier::cli {
namespace {

struct CosimOptions {
  std::vector<std::string> blocks;
  int64_t seed = 1;
  int64_t first = 0;
  int64_t vectors = static_cast<int64_t>(cosim::Options{}.vectors);
  int64_t jobs = std::max<int64_t>(1, std::thread::hardware_concurrency());
  std::string waves = ".";
  std::vector<std::string> weights;  ///< .vqt files
  bool coverage = false;
  bool list = false;
  bool json = false;
};

/// Counting slows the RTL down several times, so that a program of its own does it: vernier_coverage, beside
/// this one. Runs it with the arguments of this process; returns if this is that program.
void become_coverage_program() {
#if VERNIER_HAS_RTL
  if (rtl_adaptor::RtlPeArray::counts_coverage()) return;
#endif
  namespace fs = std::filesystem;
  std::error_code ignored;
  const std::string other =
      fs::read_symlink("/proc/self/exe", ignored).replace_filename("vernier_coverage").string();
  if (fs::exists(other, ignored)) {
    std::vector<std::string> words;
    std::ifstream in("/proc/self/cmdline", std::ios::binary);
    for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execv(other.c_str(), arguments.data());
  }
  throw InputError("COS003", fmt::format("the program that counts coverage is not there: '{}'", other), {},
                   "build it: ninja -C <build folder> vernier_coverage");
}

std::vector<cosim::Exclusion> exclusions() {
  const std::string path = (shipped_root() / "rtl" / "coverage_exclusions.txt").string();
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError("COS004", fmt::format("cannot read the exclusions of coverage, '{}'", path));
  return cosim::parse_exclusions({std::istreambuf_iterator<char>(in), {}}, path);
}

/// Reads the tensors that layers are cut from; each is for one of the arrays among the units at least.
std::vector<quantize::StoredTensor> layers_for(const std::vector<cosim::Unit>& units,
                                               const std::vector<std::string>& files) {
  std::vector<quantize::StoredTensor> tensors = quantize::read_tensors(files);
  std::vector<machine::ArrayParams> arrays;
  for (const cosim::Unit& unit : units) {
    if (unit.array && !unit.array->weight_stationary()) arrays.push_back(*unit.array);
  }
  cosim::check_taken(arrays, tensors);
  return tensors;
}

void cosim_command(const CosimOptions& options) {
  cosim::Options run{at_least(0, "--seed", options.seed), at_least(0, "--first", options.first),
                     at_least(1, "--vectors", options.vectors), options.waves};
  if (options.coverage) become_coverage_program();
  const std::vector<cosim::Unit> units =
      cosim::select(options.coverage ? arrays_with_rtl() : units_with_rtl(), options.blocks);
  if (options.list) {
    std::vector<std::string> names;
    for (const cosim::Unit& unit : units) names.push_back(unit.name);
    if (!options.json) return print_out(fmt::format("{}\n", fmt::join(names, "\n")));
    return print_out(nlohmann::ordered_json{{"schema", 1}, {"blocks", names}}.dump(2) + "\n");
  }
  run.weights = layers_for(units, options.weights);
  std::optional<cosim::Coverage> coverage;
  if (options.coverage) run.coverage = &coverage.emplace(exclusions());
  const std::vector<cosim::BlockResult> results = run_units(units, run, at_least(1, "--jobs", options.jobs),
                                                            [&options](const cosim::BlockResult& result) {
                                                              if (options.json) return;
                                                              print_out(cosim::line(result) + "\n");
                                                              if (result.mismatch)
                                                                print_out(result.mismatch->text());
                                                            });
  if (options.json) {
    nlohmann::ordered_json json = cosim::to_json(run, results);
    if (coverage) json["coverage"] = coverage->to_json();
    print_out(json.dump(2) + "\n");
  } else if (coverage) {
    print_out(coverage->text());
  }
  cosim::check(results);
  if (coverage) coverage->check(options.blocks.empty());
}

}  // namespace

void add_cosim(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("cosim", "Check RTL, SystemC model and golden functions against each other");
  auto options = std::make_shared<CosimOptions>();
  command->add_option("BLOCK", options->blocks,
                      "blocks; a PE type for all of its arrays and blocks; common (default: all)");
  command->add_option("--seed", options->seed, "seed of the vectors")->capture_default_str();
  command->add_option("--vectors", options->vectors, "vectors (passes) per block")->capture_default_str();
  command->add_option("--first", options->first, "index of the first vector")->capture_default_str();
  command->add_option("--jobs", options->jobs, "blocks that run at a time")->capture_default_str();
  command->add_option("--waves", options->waves, "folder for the waveform of a mismatch; '' writes none")
      ->capture_default_str();
  command
      ->add_option(
          "--weights", options->weights,
          "a .vqt file of `vernier quantize`: layer vectors are cut from it in arrays whose PE takes "
          "its format; several times for more")
      ->allow_extra_args(false);
  command->add_flag("--coverage", options->coverage,
                    "count the lines and bits of the RTL that the vectors reach (program vernier_coverage)");
  command->add_flag("--list", options->list, "print the names of the blocks and run nothing");
  command->add_flag("--json", options->json, "print the result as JSON on standard output");
  command->footer(
      "Examples:\n"
      "  vernier cosim\n"
      "  vernier cosim bitmod --seed 7 --vectors 10000\n"
      "  vernier cosim bitmod --weights packed/q_proj.bitmod4_g128.vqt\n"
      "  vernier cosim bitmod_2x2x4_broadcast --seed 7 --first 123 --vectors 1");
  command->callback([options, &action] { action = [options] { cosim_command(*options); }; });
}

}  // namespace vernier::cli
