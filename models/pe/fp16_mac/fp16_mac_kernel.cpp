// SPDX-License-Identifier: Apache-2.0
// The product of two fp16 numbers is exact in fp32, so the machine's own fp32 multiply and add give the
// IEEE result that docs/array.md asks for; only NaN needs care (one pattern for all).
#include "models/pe/fp16_mac/fp16_mac_kernel.h"

#include <cmath>
#include <cstring>

#include "base/simd.h"
#include "models/formats/ieee.h"

namespace vernier::pe::fp16_mac {
namespace {

constexpr int kRowBlock = 16;  // rows per register block: two 256-bit vectors
constexpr int kColBlock = 4;
constexpr uint32_t kNan32 = 0x7fc00000;

/// sums[c][r] += acts[k][c] * weights[k][r] for a block, over all k, in order.
VERNIER_SIMD
void multiply_block(const float* weights, size_t weight_stride, const float* acts, size_t act_stride,
                    int steps, float* sums) {
  float block[kColBlock][kRowBlock] = {};
  for (int k = 0; k < steps; ++k) {
    const float* w = weights + static_cast<size_t>(k) * weight_stride;
    const float* a = acts + static_cast<size_t>(k) * act_stride;
    for (int c = 0; c < kColBlock; ++c) {
      for (int r = 0; r < kRowBlock; ++r) block[c][r] += a[c] * w[r];
    }
  }
  std::memcpy(sums, block, sizeof(block));
}

/// fp16 [steps][extent] to float [steps][padded], zero beyond the active part.
void to_float(const std::vector<uint16_t>& from, size_t steps, size_t extent, size_t active, size_t padded,
              std::vector<float>& to) {
  to.assign(steps * padded, 0.0F);
  for (size_t step = 0; step < steps; ++step) {
    for (size_t i = 0; i < active; ++i)
      to[step * padded + i] = formats::fp16_to_float(from[step * extent + i]);
  }
}

size_t round_up(int value, int multiple) {
  return static_cast<size_t>((value + multiple - 1) / multiple * multiple);
}

}  // namespace

void pass_kernel(const PassOperands& operands, uint32_t* result) {
  thread_local std::vector<float> weights;
  thread_local std::vector<float> acts;
  const auto steps = static_cast<size_t>(operands.steps());
  const auto rows = static_cast<size_t>(operands.rows);
  const size_t padded_rows = round_up(operands.active_rows, kRowBlock);
  const size_t padded_cols = round_up(operands.active_cols, kColBlock);
  to_float(operands.weights, steps, rows, static_cast<size_t>(operands.active_rows), padded_rows, weights);
  to_float(operands.acts, steps, static_cast<size_t>(operands.cols),
           static_cast<size_t>(operands.active_cols), padded_cols, acts);
  for (size_t c0 = 0; c0 < padded_cols; c0 += kColBlock) {
    for (size_t r0 = 0; r0 < padded_rows; r0 += kRowBlock) {
      float sums[kColBlock * kRowBlock];
      multiply_block(&weights[r0], padded_rows, &acts[c0], padded_cols, static_cast<int>(steps), sums);
      for (size_t c = c0; c < std::min(c0 + kColBlock, static_cast<size_t>(operands.active_cols)); ++c) {
        for (size_t r = r0; r < std::min(r0 + kRowBlock, static_cast<size_t>(operands.active_rows)); ++r) {
          const float sum = sums[(c - c0) * kRowBlock + (r - r0)];
          uint32_t bits = kNan32;
          if (!std::isnan(sum)) std::memcpy(&bits, &sum, sizeof(bits));
          result[c * rows + r] = bits;
        }
      }
    }
  }
}

}  // namespace vernier::pe::fp16_mac
