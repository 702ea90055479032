// SPDX-License-Identifier: Apache-2.0
// Drives one pass through the pins of a PE array, model or Verilated, the same way for both.
#pragma once

#include <cstdint>
#include <vector>

#include "models/array/array_port.h"
#include "models/machine/machine.h"

namespace vernier::bench {

/// The operands of a pass with all rows and columns active, as they are put on the pins step by step.
struct ArrayPass {
  uint8_t format = 0;  ///< code on the format pin
  int steps = 0;
  int group_steps = 0;                   ///< steps of a group
  std::vector<uint16_t> weights;         ///< steps x R x L
  std::vector<uint16_t> acts;            ///< steps x C x L
  std::vector<uint16_t> scales;          ///< groups x R
  std::vector<uint8_t> tags;             ///< groups x R
  std::vector<uint16_t> channel_scales;  ///< R
};

/// Activations normal with standard deviation 1, everything else uniform. `k` is a multiple of the group
/// size.
[[nodiscard]] ArrayPass random_pass(const machine::ArrayParams& array, const char* format, int k,
                                    uint64_t seed);

struct ArrayResult {
  uint64_t cycles = 0;            ///< clock edges
  std::vector<uint16_t> outputs;  ///< C x R, fp16
};

/// Runs the pass: every step offered at once, every column taken at once.
[[nodiscard]] ArrayResult drive(array::IPeArray& array, const machine::ArrayParams& params,
                                const ArrayPass& pass);

}  // namespace vernier::bench
