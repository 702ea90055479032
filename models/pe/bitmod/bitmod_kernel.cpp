// SPDX-License-Identifier: Apache-2.0
// Why this is fast: the shared exponent E of a group depends on the activations of a column only, so all
// rows share the alignment. Between two changes of E the group sum grows by an exact integer dot product
// (docs/array.md), whatever the order of terms, and that is a 16-bit multiply-add over K.
#include "models/pe/bitmod/bitmod_kernel.h"

#include <algorithm>
#include <array>

#include "base/simd.h"
#include "models/pe/bitmod/bitmod.h"
#include "models/pe/common/aligned_fp16.h"

namespace vernier::pe::bitmod {
namespace {

constexpr uint32_t kNan32 = 0x7fc00000;
constexpr int kRowBlock = 4;  // rows whose dot products share the loads of the activations

/// A stretch of K over which the exponent of a column does not change.
struct Stretch {
  int begin;  // along K
  int end;
  int shift;  // of the group sum before the stretch is added
};

/// One column's activations, aligned, and how its exponent evolves.
struct Column {
  std::vector<uint16_t> acts;    // K
  std::vector<int16_t> aligned;  // K
  std::vector<Stretch> stretches;
  std::vector<int> group_stretches;  // per group: end of its stretches
  std::vector<int> group_exponents;  // E at the end of each group
  bool nan = false;
};

/// aligned[k] = signed q of every activation of a stretch with exponent E.
VERNIER_SIMD
void align_stretch(const uint16_t* acts, int count, int exponent, int16_t* aligned) {
  for (int k = 0; k < count; ++k) {
    const Fp16Parts a = fp16_parts(acts[k]);
    const int sign = (acts[k] & 0x8000U) != 0 ? -1 : 1;  // as a.negative, but GCC 12 makes vectors of this
    aligned[k] = static_cast<int16_t>(sign * align(a.significand, exponent - a.exponent));
  }
}

void align_column(const PassOperands& operands, int col, Column& column) {
  const int lanes = operands.lanes;
  const int steps = operands.steps();
  column.acts.resize(static_cast<size_t>(steps * lanes));
  column.aligned.resize(static_cast<size_t>(steps * lanes));
  column.stretches.clear();
  column.group_stretches.clear();
  column.group_exponents.clear();
  uint16_t largest = 0;  // magnitude
  int step = 0;
  for (const int group_end : operands.group_ends) {
    int exponent = 0;
    for (; step < group_end; ++step) {
      const uint16_t* in = &operands.acts[static_cast<size_t>((step * operands.cols + col) * lanes)];
      uint16_t* out = &column.acts[static_cast<size_t>(step * lanes)];
      uint16_t step_largest = 0;
      for (int lane = 0; lane < lanes; ++lane) {
        out[lane] = in[lane];
        step_largest = std::max(step_largest, static_cast<uint16_t>(in[lane] & 0x7fffU));
      }
      largest = std::max(largest, step_largest);
      // The exponent of an activation grows with its magnitude.
      const int step_exponent = fp16_parts(step_largest).exponent;
      if (step_exponent > exponent) {
        column.stretches.push_back({step * lanes, 0, step_exponent - exponent});
        exponent = step_exponent;
      }
      column.stretches.back().end = (step + 1) * lanes;
    }
    column.group_stretches.push_back(static_cast<int>(column.stretches.size()));
    column.group_exponents.push_back(exponent);
  }
  column.nan = fp16_parts(largest).special;
  int exponent = 0;
  size_t group = 0;
  for (size_t i = 0; i < column.stretches.size(); ++i) {
    const Stretch& stretch = column.stretches[i];
    if (static_cast<int>(i) == column.group_stretches[group]) {
      ++group;
      exponent = 0;
    }
    exponent += stretch.shift;
    align_stretch(&column.acts[static_cast<size_t>(stretch.begin)], stretch.end - stretch.begin, exponent,
                  &column.aligned[static_cast<size_t>(stretch.begin)]);
  }
}

/// Integer weights of all active rows, K contiguous, then zero rows up to a whole block.
void decode_weights(const PassOperands& operands, std::vector<int16_t>& weights) {
  const int lanes = operands.lanes;
  const int k_extent = operands.steps() * lanes;
  std::array<std::array<int16_t, 256>, 4> table;
  for (int selector = 0; selector < 4; ++selector) {
    for (int slot = 0; slot < 256; ++slot) {
      table[static_cast<size_t>(selector)][static_cast<size_t>(slot)] = static_cast<int16_t>(
          weight_value(static_cast<Format>(operands.format), static_cast<uint16_t>(slot), selector));
    }
  }
  const int padded_rows = (operands.active_rows + kRowBlock - 1) / kRowBlock * kRowBlock;
  weights.assign(static_cast<size_t>(padded_rows * k_extent), 0);
  for (int row = 0; row < operands.active_rows; ++row) {
    int16_t* out = &weights[static_cast<size_t>(row * k_extent)];
    int step = 0;
    for (size_t group = 0; group < operands.group_ends.size(); ++group) {
      const size_t selector_index = group * static_cast<size_t>(operands.rows) + static_cast<size_t>(row);
      const auto& values = table[operands.tags[selector_index] & 3U];
      for (; step < operands.group_ends[group]; ++step) {
        const uint16_t* slots = &operands.weights[static_cast<size_t>((step * operands.rows + row) * lanes)];
        for (int lane = 0; lane < lanes; ++lane) *out++ = values[slots[lane] & 255U];
      }
    }
  }
}

/// sums[r] = dot product of row r of the weights with the activations, for a block of rows at a time: it
/// reads the activations once.
VERNIER_SIMD
void dot_products(const int16_t* weights, size_t stride, const int16_t* aligned, int count, int32_t* sums) {
  const int16_t* w0 = weights;
  const int16_t* w1 = w0 + stride;
  const int16_t* w2 = w1 + stride;
  const int16_t* w3 = w2 + stride;
  int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  for (int k = 0; k < count; ++k) {
    s0 += w0[k] * aligned[k];
    s1 += w1[k] * aligned[k];
    s2 += w2[k] * aligned[k];
    s3 += w3[k] * aligned[k];
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

/// Accumulators of one column, a block of rows at a time.
void accumulate_block(const PassOperands& operands, const Column& column, const int16_t* weights, size_t row0,
                      uint32_t* result) {
  const auto rows = static_cast<size_t>(operands.rows);
  const auto k_extent = static_cast<size_t>(operands.steps() * operands.lanes);
  const size_t block = std::min<size_t>(kRowBlock, static_cast<size_t>(operands.active_rows) - row0);
  std::array<int64_t, kRowBlock> totals{};
  int exponent = 0;
  size_t index = 0;
  for (size_t group = 0; group < operands.group_ends.size(); ++group) {
    std::array<int32_t, kRowBlock> sums{};
    for (; index < static_cast<size_t>(column.group_stretches[group]); ++index) {
      const Stretch& stretch = column.stretches[index];
      std::array<int32_t, kRowBlock> dots;
      dot_products(weights + row0 * k_extent + stretch.begin, k_extent,
                   &column.aligned[static_cast<size_t>(stretch.begin)], stretch.end - stretch.begin,
                   dots.data());
      for (size_t r = 0; r < kRowBlock; ++r) sums[r] = (sums[r] >> std::min(stretch.shift, 31)) + dots[r];
    }
    const int group_exponent = column.group_exponents[group];
    const int larger = std::max(exponent, group_exponent);
    for (size_t r = 0; r < block; ++r) {
      const int64_t product = int64_t{sums[r]} * (operands.scales[group * rows + row0 + r] & 0xff);
      totals[r] = (totals[r] >> (larger - exponent)) + (product >> (larger - group_exponent));
    }
    exponent = larger;
  }
  for (size_t r = 0; r < block; ++r)
    result[row0 + r] = column.nan ? kNan32 : fixed_to_fp32(totals[r], exponent - 29);
}

}  // namespace

void pass_kernel(const PassOperands& operands, uint32_t* result) {
  thread_local std::vector<int16_t> weights;
  thread_local Column column;
  decode_weights(operands, weights);
  for (int col = 0; col < operands.active_cols; ++col) {
    align_column(operands, col, column);
    uint32_t* out = result + static_cast<size_t>(col) * static_cast<size_t>(operands.rows);
    for (int row = 0; row < operands.active_rows; row += kRowBlock) {
      accumulate_block(operands, column, weights.data(), static_cast<size_t>(row), out);
    }
  }
}

}  // namespace vernier::pe::bitmod
