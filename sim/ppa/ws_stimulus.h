// SPDX-License-Identifier: Apache-2.0
// Stimulus of a weight-stationary bench: tiles of a layer, one after the other.
#pragma once

#include <vector>

#include "sim/ppa/stimulus.h"

namespace vernier::ppa {

/// Fills pins, cycles (as many as the choice asks for, before those at rest) and steps; returns the pins at
/// rest. K tiles of windows of the tensors, each with kWsTokens tokens; every row of weights, every token and
/// every result is taken at once.
[[nodiscard]] CycleBits add_ws_passes(const Bench& bench, const StimulusChoice& choice,
                                      const std::vector<quantize::StoredTensor>& tensors, Stimulus& stimulus);

}  // namespace vernier::ppa
