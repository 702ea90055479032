// SPDX-License-Identifier: Apache-2.0
// A mismatch once more: with the shortest command that shows it, and recorded.
#pragma once

#include <cstdint>
#include <string>

#include "sim/cosim/regression.h"

namespace vernier::cosim {

struct Reproduction {
  std::string command;
  PublishedWaveform waveform = {};
};

/// Cycles of a waveform, up to the mismatch.
constexpr uint64_t kWindowCycles = 2000;

/// Vector `vector` differs in `cycle` when it runs behind the vectors from options.first on. The command runs
/// it alone if it differs alone too. The waveform ends with the mismatch.
template <class Dataflow>
[[nodiscard]] Reproduction reproduce(const ArrayBlock<Dataflow>& block, const Options& options,
                                     uint64_t vector, uint64_t cycle);

/// "vernier cosim bitmod_2x2x4_broadcast --seed 1 --first 2 --vectors 1".
[[nodiscard]] std::string command_for(const std::string& block, const Options& options);
/// The name of the waveform, without folder and extension.
[[nodiscard]] std::string waveform_name(const std::string& block, uint64_t seed, uint64_t vector);

}  // namespace vernier::cosim
