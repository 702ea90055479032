// SPDX-License-Identifier: Apache-2.0
// Why this is fast: the shared exponent E of a group depends on the activations of a column only, so all
// rows share the alignment. Between two changes of E the group sum grows by an exact integer dot product
// (docs/array.md), whatever the order of terms, and that is a 16-bit multiply-add over K.
#include "models/pe/bitmod/bitmod_kernel.h"

#include <algorithm>
#include <array>

#include "base/simd.h"
#include "models/pe/bitmod/bitmod.h"

namespace vernier::pe::bitmod {
namespace {

constexpr uint32_t kNan32 = 0x7fc00000;

/// A stretch of K over which the exponent of a column does not change.
struct Stretch {
  int begin;  // along K
  int end;
  int shift;  // of the group sum before the stretch is added
};

/// One column's activations, aligned, and how its exponent evolves.
struct Column {
  std::vector<int16_t> aligned;  // K
  std::vector<Stretch> stretches;
  std::vector<int> group_stretches;  // per group: end of its stretches
  std::vector<int> group_exponents;  // E at the end of each group
  bool nan = false;
};

void align_column(const PassOperands& operands, int col, Column& column) {
  const int lanes = operands.lanes;
  column.aligned.resize(static_cast<size_t>(operands.steps() * lanes));
  column.stretches.clear();
  column.group_stretches.clear();
  column.group_exponents.clear();
  column.nan = false;
  int step = 0;
  for (const int group_end : operands.group_ends) {
    int exponent = 0;
    for (; step < group_end; ++step) {
      std::array<Activation, 64> activations;
      int largest = exponent;
      for (int lane = 0; lane < lanes; ++lane) {
        const int index = (step * operands.cols + col) * lanes + lane;
        Activation& a = activations[static_cast<size_t>(lane)];
        a = activation(operands.acts[static_cast<size_t>(index)]);
        largest = std::max(largest, a.exponent);
        column.nan = column.nan || a.special;
      }
      const int k = step * lanes;
      if (exponent == 0 || largest > exponent) {
        column.stretches.push_back({k, k, largest - exponent});
        exponent = largest;
      }
      column.stretches.back().end = k + lanes;
      for (int lane = 0; lane < lanes; ++lane) {
        const Activation& a = activations[static_cast<size_t>(lane)];
        const int magnitude = align(a.significand, exponent - a.exponent);
        column.aligned[static_cast<size_t>(k + lane)] =
            static_cast<int16_t>(a.negative ? -magnitude : magnitude);
      }
    }
    column.group_stretches.push_back(static_cast<int>(column.stretches.size()));
    column.group_exponents.push_back(exponent);
  }
}

/// Integer weights of all active rows, K contiguous.
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
  weights.resize(static_cast<size_t>(operands.active_rows * k_extent));
  for (int row = 0; row < operands.active_rows; ++row) {
    int16_t* out = &weights[static_cast<size_t>(row * k_extent)];
    int step = 0;
    for (size_t group = 0; group < operands.group_ends.size(); ++group) {
      const size_t selector_index = group * static_cast<size_t>(operands.rows) + static_cast<size_t>(row);
      const auto& values = table[operands.selectors[selector_index] & 3U];
      for (; step < operands.group_ends[group]; ++step) {
        const uint16_t* slots = &operands.weights[static_cast<size_t>((step * operands.rows + row) * lanes)];
        for (int lane = 0; lane < lanes; ++lane) *out++ = values[slots[lane] & 255U];
      }
    }
  }
}

/// Group sums of one PE: sums[g] for every group.
VERNIER_SIMD
void group_sums(const int16_t* weights, const int16_t* aligned, const Stretch* stretches,
                const int* group_stretches, size_t groups, int32_t* sums) {
  int index = 0;
  for (size_t group = 0; group < groups; ++group) {
    int32_t sum = 0;
    for (; index < group_stretches[group]; ++index) {
      const Stretch& stretch = stretches[index];
      int32_t dot = 0;
      for (int k = stretch.begin; k < stretch.end; ++k) {
        dot += static_cast<int32_t>(weights[k]) * static_cast<int32_t>(aligned[k]);
      }
      sum = (sum >> std::min(stretch.shift, 31)) + dot;
    }
    sums[group] = sum;
  }
}

}  // namespace

void pass_kernel(const PassOperands& operands, uint32_t* result) {
  thread_local std::vector<int16_t> weights;
  thread_local std::vector<int32_t> sums;
  thread_local Column column;
  decode_weights(operands, weights);
  const size_t groups = operands.group_ends.size();
  const auto k_extent = static_cast<size_t>(operands.steps() * operands.lanes);
  const auto rows = static_cast<size_t>(operands.rows);
  sums.resize(groups);
  for (int col = 0; col < operands.active_cols; ++col) {
    align_column(operands, col, column);
    for (size_t row = 0; row < static_cast<size_t>(operands.active_rows); ++row) {
      uint32_t& out = result[static_cast<size_t>(col) * rows + row];
      if (column.nan) {
        out = kNan32;
        continue;
      }
      group_sums(&weights[row * k_extent], column.aligned.data(), column.stretches.data(),
                 column.group_stretches.data(), groups, sums.data());
      int64_t total = 0;
      int exponent = 0;
      for (size_t group = 0; group < groups; ++group) {
        const int64_t product = int64_t{sums[group]} * operands.scales[group * rows + row];
        const int group_exponent = column.group_exponents[group];
        const int larger = std::max(exponent, group_exponent);
        total = (total >> (larger - exponent)) + (product >> (larger - group_exponent));
        exponent = larger;
      }
      out = fixed_to_fp32(total, exponent - 29);
    }
  }
}

}  // namespace vernier::pe::bitmod
