// SPDX-License-Identifier: Apache-2.0
// `vernier cosim`: every block that has RTL in lockstep with its SystemC model and the golden functions.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/output.h"
#include "sim/cli/rtl_blocks.h"
#include "sim/cosim/regression.h"

namespace vernier::cli {
namespace {

struct CosimOptions {
  std::vector<std::string> blocks;
  // The parser takes a negative number for a large one where the type has no sign.
  int64_t seed = 1;
  int64_t first = 0;
  int64_t vectors = static_cast<int64_t>(cosim::Options{}.vectors);
  std::string waves = ".";
  bool list = false;
  bool json = false;
};

/// One block after the other; on a terminal with a line that shows how far it is.
cosim::BlockResult run_one(const cosim::Block& block, const cosim::Options& options) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const uint64_t stride = options.vectors / 100 + 1;
  cosim::BlockResult result = cosim::run_block(block, options, [&](uint64_t done) {
    if (terminal && done % stride == 0)
      fmt::print(stderr, "\r{}: {} of {} vectors\x1b[K", block.name(), done, options.vectors);
  });
  if (terminal) fmt::print(stderr, "\r\x1b[K");
  return result;
}

uint64_t at_least(int64_t low, const char* option, int64_t value) {
  if (value >= low) return static_cast<uint64_t>(value);
  throw InputError("COS002", fmt::format("{}: {} is less than {}", option, value, low));
}

void cosim_command(const CosimOptions& options) {
  const cosim::Options run{at_least(0, "--seed", options.seed), at_least(0, "--first", options.first),
                           at_least(1, "--vectors", options.vectors), options.waves};
  const std::vector<cosim::Block> blocks = cosim::select(blocks_with_rtl(), options.blocks);
  if (options.list) {
    std::string names;
    for (const cosim::Block& block : blocks) names += block.name() + "\n";
    return print_out(names);
  }
  std::vector<cosim::BlockResult> results;
  for (const cosim::Block& block : blocks) {
    results.push_back(run_one(block, run));
    if (options.json) continue;
    print_out(cosim::line(results.back()) + "\n");
    if (results.back().mismatch) print_out(results.back().mismatch->text());
  }
  if (options.json) print_out(cosim::to_json(run, results).dump(2) + "\n");
  cosim::check(results);
}

}  // namespace

void add_cosim(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("cosim", "Check RTL, SystemC model and golden functions against each other");
  auto options = std::make_shared<CosimOptions>();
  command->add_option("BLOCK", options->blocks, "blocks, or PE types for all of their arrays (default: all)");
  command->add_option("--seed", options->seed, "seed of the vectors")->capture_default_str();
  command->add_option("--vectors", options->vectors, "vectors (passes) per block")->capture_default_str();
  command->add_option("--first", options->first, "index of the first vector")->capture_default_str();
  command->add_option("--waves", options->waves, "folder for the waveform of a mismatch; '' writes none")
      ->capture_default_str();
  command->add_flag("--list", options->list, "print the names of the blocks and run nothing");
  command->add_flag("--json", options->json, "print the result as JSON on standard output");
  command->footer(
      "Examples:\n"
      "  vernier cosim\n"
      "  vernier cosim bitmod --seed 7 --vectors 10000\n"
      "  vernier cosim bitmod_2x2x4_broadcast --seed 7 --first 123 --vectors 1");
  command->callback([options, &action] { action = [options] { cosim_command(*options); }; });
}

}  // namespace vernier::cli
