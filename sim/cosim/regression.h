// SPDX-License-Identifier: Apache-2.0
// The co-simulation regression: blocks that have RTL, each against its SystemC model and the golden
// functions. The RTL comes through a factory, so that this library needs none.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "models/machine/machine.h"
#include "sim/cosim/format_tally.h"
#include "sim/cosim/lockstep.h"
#include "sim/cosim/two_sided_vcd.h"

namespace vernier::cosim {

class Coverage;

/// An array with RTL.
template <class Dataflow>
struct ArrayBlock {
  machine::ArrayParams array;
  std::function<std::unique_ptr<typename Dataflow::Array>()> make_rtl;  ///< in reset state

  [[nodiscard]] std::string name() const { return Dataflow::name(array); }
};
using Block = ArrayBlock<OutputStationary>;
using WsBlock = ArrayBlock<WeightStationary>;

/// Vectors first .. first + vectors - 1 of a seed run one after the other on one array.
struct Options {
  uint64_t seed = 1;
  uint64_t first = 0;
  uint64_t vectors = 5000;
  std::string waves = {};        ///< folder for the waveform of a mismatch; empty: none is written
  Coverage* coverage = nullptr;  ///< receives what the RTL reached; null: not wanted
  std::vector<quantize::StoredTensor> weights = {};  ///< layers are cut from them
};

/// Everything needed to look at a difference.
struct Mismatch {
  std::string block;
  uint64_t seed = 0;
  uint64_t vector = 0;
  std::string vector_text;
  Difference difference;
  std::vector<std::string> rtl_events;    ///< the last of the vector
  std::vector<std::string> other_events;  ///< the same of the model, or of the golden function
  std::string command;                    ///< reproduces it
  PublishedWaveform waveform;             ///< empty if none was wanted

  /// What the RTL was compared with: "systemc", or "golden" for blocks below the array.
  [[nodiscard]] std::string other_side() const { return difference.systemc.empty() ? "golden" : "systemc"; }
  [[nodiscard]] std::string text() const;
};

struct BlockResult {
  std::string name;
  std::string pe;  ///< the PE type it belongs to, or "common"
  Tally tally;
  std::optional<Mismatch> mismatch;
  FormatTallies formats = {};  ///< of the vectors without a difference
};

/// Called before each vector with the number of those that are done.
using Progress = std::function<void(uint64_t)>;

/// Runs the vectors up to the first mismatch.
[[nodiscard]] BlockResult run_block(const Block& block, const Options& options,
                                    const Progress& progress = {});
[[nodiscard]] BlockResult run_block(const WsBlock& block, const Options& options,
                                    const Progress& progress = {});

/// Anything with RTL that can be run: an array, or a block below it.
struct Unit {
  std::string name;
  std::string pe;  ///< as BlockResult::pe
  std::function<BlockResult(const Options&, const Progress&)> run;
  std::optional<machine::ArrayParams> array = {};  ///< none: a block below the array
};
[[nodiscard]] Unit unit_of(const Block& block);
[[nodiscard]] Unit unit_of(const WsBlock& block);

/// Those of `units` that are named, by name or by PE type, in the order of `units`; all if none is named.
/// Throws InputError COS001 for an unknown name.
[[nodiscard]] std::vector<Unit> select(const std::vector<Unit>& units, const std::vector<std::string>& names);

/// One line: name, what was done, "ok" or "MISMATCH".
[[nodiscard]] std::string line(const BlockResult& result);
[[nodiscard]] nlohmann::ordered_json to_json(const Options& options, const std::vector<BlockResult>& results);

/// Throws CheckFailed, naming the blocks, if one has a mismatch.
void check(const std::vector<BlockResult>& results);

}  // namespace vernier::cosim
