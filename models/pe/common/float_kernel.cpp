// SPDX-License-Identifier: Apache-2.0
#include "models/pe/common/float_kernel.h"

#include <algorithm>
#include <cstring>

#include "base/simd.h"
#include "models/formats/ieee.h"

namespace vernier::pe {
namespace {

constexpr int kRowBlock = 16;  // rows per register block: two 256-bit vectors
constexpr int kColBlock = 4;

/// sums[c][r] += acts[k][c] * weights[k][r] for a block, over all k, in order.
VERNIER_SIMD
void multiply_block(const float* weights, size_t weight_stride, const float* acts, size_t act_stride,
                    int terms, float* sums) {
  float block[kColBlock][kRowBlock] = {};
  for (int k = 0; k < terms; ++k) {
    const float* w = weights + static_cast<size_t>(k) * weight_stride;
    const float* a = acts + static_cast<size_t>(k) * act_stride;
    for (int c = 0; c < kColBlock; ++c) {
      for (int r = 0; r < kRowBlock; ++r) block[c][r] += a[c] * w[r];
    }
  }
  std::memcpy(sums, block, sizeof(block));
}

size_t round_up(int value, int multiple) {
  return static_cast<size_t>((value + multiple - 1) / multiple * multiple);
}

}  // namespace

void FloatOperands::reshape(const PassOperands& operands, size_t terms_per_step) {
  terms = static_cast<size_t>(operands.steps()) * terms_per_step;
  padded_rows = round_up(operands.active_rows, kRowBlock);
  padded_cols = round_up(operands.active_cols, kColBlock);
  weights.assign(terms * padded_rows, 0.0F);
  acts.assign(terms * padded_cols, 0.0F);
}

void float_sums(const PassOperands& operands, const FloatOperands& floats, uint32_t* result) {
  const auto rows = static_cast<size_t>(operands.active_rows);
  const auto cols = static_cast<size_t>(operands.active_cols);
  for (size_t c0 = 0; c0 < cols; c0 += kColBlock) {
    for (size_t r0 = 0; r0 < rows; r0 += kRowBlock) {
      float sums[kColBlock * kRowBlock];
      multiply_block(&floats.weights[r0], floats.padded_rows, &floats.acts[c0], floats.padded_cols,
                     static_cast<int>(floats.terms), sums);
      for (size_t c = c0; c < std::min(c0 + kColBlock, cols); ++c) {
        for (size_t r = r0; r < std::min(r0 + kRowBlock, rows); ++r) {
          result[c * static_cast<size_t>(operands.rows) + r] =
              formats::fp32_canonical_bits(sums[(c - c0) * kRowBlock + (r - r0)]);
        }
      }
    }
  }
}

}  // namespace vernier::pe
