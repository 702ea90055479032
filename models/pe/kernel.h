// SPDX-License-Identifier: Apache-2.0
// One whole pass of operands as the vectorised PE kernels of the SystemC array see it. A kernel computes
// what the golden accumulator of its PE computes, for all PEs of the array at once (models/pe/<pe>/).
#pragma once

#include <cstdint>
#include <vector>

namespace vernier::pe {

/// The operands of a pass, in the order in which they reached the array; of one group if the PE has its
/// dequantizer at the array's edge (group_ends then has one entry and the result is the group sum).
struct PassOperands {
  int rows = 0;                   ///< R: a step in `weights` has rows * lanes slots
  int cols = 0;                   ///< C: a step in `acts` has cols * lanes values
  int lanes = 0;                  ///< L
  int active_rows = 0;            ///< n
  int active_cols = 0;            ///< m
  uint8_t format = 0;             ///< PeDescriptor::format_code
  std::vector<uint16_t> weights;  ///< steps x R x L weight slots
  std::vector<uint16_t> acts;     ///< steps x C x L x act_slot_words
  std::vector<int> group_ends;    ///< per group: steps from the start of the pass to its end
  std::vector<uint16_t> scales;   ///< groups x R
  std::vector<uint8_t> tags;      ///< groups x R

  [[nodiscard]] int steps() const { return group_ends.empty() ? 0 : group_ends.back(); }
};

/// Writes the accumulators as fp32 bits: result[c * R + r] for active rows and columns.
using PassKernel = void (*)(const PassOperands& operands, uint32_t* result);

}  // namespace vernier::pe
