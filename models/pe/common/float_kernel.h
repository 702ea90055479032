// SPDX-License-Identifier: Apache-2.0
// What the PEs with fp32 accumulators share: exact products of fp16 activations and weights of at most 11
// bits, added in the order of K, every sum rounded to fp32. The products are exact in fp32, so the machine's
// own multiply and add give the bits; only NaN needs care (one pattern for all).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/pe/kernel.h"

namespace vernier::pe {

/// The operands of a pass as floats, [term][row] and [term][column], zero beyond the active ones.
struct FloatOperands {
  size_t terms = 0;
  size_t padded_rows = 0;
  size_t padded_cols = 0;
  std::vector<float> weights;
  std::vector<float> acts;

  /// Room for the terms of all steps of a pass, all zero.
  void reshape(const PassOperands& operands, size_t terms_per_step);
};

/// result[c * R + r] = the sum over all terms, for the active PEs.
void float_sums(const PassOperands& operands, const FloatOperands& floats, uint32_t* result);

}  // namespace vernier::pe
