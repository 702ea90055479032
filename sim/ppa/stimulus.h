// SPDX-License-Identifier: Apache-2.0
// What the pins of a bench's array get in every cycle: passes over quantized layers, one after the other and
// without gaps, then idle cycles in which nothing changes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/ppa/block_list.h"
#include "sim/quantize/container.h"

namespace vernier::ppa {

struct PinWidth {
  std::string name;
  size_t bits = 0;
};

/// Bits of one cycle, the first pin's low bit first.
using CycleBits = std::vector<uint8_t>;

struct StimulusChoice {
  uint64_t seed = 1;
  uint64_t cycles = 2000;                     ///< at least; the last pass is finished
  std::vector<quantize::StoredTensor> layer;  ///< weights; empty: random ones
};

struct Stimulus {
  std::vector<PinWidth> pins;     ///< inputs of the array but for clock and reset
  std::vector<CycleBits> cycles;  ///< 0 or 1 per bit
  size_t idle = 0;                ///< the last of them, in which nothing changes
  uint64_t steps = 0;             ///< accepted
  std::string kind;               ///< "random" or "layer"
  std::string format;             ///< of the weights
  std::string activations;
  std::string digest;
};

/// Weights are quantized from a normal distribution, or windows of the layer; activations are normal, in half
/// of the passes with outlier channels; both by the code that runs real networks. Throws InputError PPA007 if
/// the PE does not take the layer's format.
[[nodiscard]] Stimulus make_stimulus(const Bench& bench, const StimulusChoice& choice);

}  // namespace vernier::ppa
