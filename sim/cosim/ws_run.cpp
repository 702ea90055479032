// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/ws_run.h"

#include <fmt/format.h>

#include "models/array/weight_stationary/ws_array_model.h"
#include "sim/cosim/reproduce.h"
#include "sim/cosim/ws_lockstep.h"

namespace vernier::cosim {
namespace {

/// Both sides of a block, in reset state.
struct WsPair {
  explicit WsPair(const WsBlock& block)
      : rtl(block.make_rtl()),
        systemc(block.array, ws_formats(block.array)),
        lockstep(block.array, *rtl, systemc) {}

  std::unique_ptr<array::IWsArray> rtl;
  array::WsArrayModel systemc;
  WsLockstep lockstep;
};

/// The command that shows the difference again: the vector alone if it fails alone.
std::string command_to_reproduce(const WsBlock& block, const Options& options, uint64_t vector) {
  Options shortest{options.seed, vector, 1};
  if (!WsPair(block).lockstep.run(make_ws_vector(block.array, options.seed, vector))) {
    shortest = {options.seed, options.first, vector - options.first + 1};
  }
  return command_for(block.name(), shortest);
}

}  // namespace

std::string WsBlock::name() const {
  return fmt::format("{}_{}x{}_weight_stationary", array.pe, array.rows, array.cols);
}

BlockResult run_block(const WsBlock& block, const Options& options, const Progress& progress) {
  BlockResult result{block.name(), block.array.pe, {}, {}, {}};
  WsPair pair(block);
  for (uint64_t done = 0; done < options.vectors && !result.mismatch; ++done) {
    if (progress) progress(done);
    const uint64_t index = options.first + done;
    const WsVector vector = make_ws_vector(block.array, options.seed, index);
    const auto difference = pair.lockstep.run(vector);
    if (!difference) continue;
    result.mismatch = Mismatch{block.name(),
                               options.seed,
                               index,
                               vector.text(),
                               *difference,
                               pair.lockstep.rtl_events(),
                               pair.lockstep.systemc_events(),
                               command_to_reproduce(block, options, index),
                               options.waves.empty() ? "" : "none for weight-stationary arrays"};
  }
  result.tally = pair.lockstep.tally();
  return result;
}

Unit unit_of(const WsBlock& block) {
  return {block.name(), block.array.pe, [block](const Options& options, const Progress& progress) {
            return run_block(block, options, progress);
          }};
}

}  // namespace vernier::cosim
