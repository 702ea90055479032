// SPDX-License-Identifier: Apache-2.0
#include "models/pe/common/integer_kernel.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"
#include "base/simd.h"
#include "models/formats/ieee.h"

namespace vernier::pe {
namespace {

constexpr int kRowBlock = 4;  // rows whose dot products share the loads of the activations
constexpr int kLargestActivation = 128;

/// sums[r] = dot product of row r of the weights with the activations.
VERNIER_SIMD
void dot_products(const int16_t* weights, size_t stride, const int16_t* acts, int count, int32_t* sums) {
  const int16_t* w0 = weights;
  const int16_t* w1 = w0 + stride;
  const int16_t* w2 = w1 + stride;
  const int16_t* w3 = w2 + stride;
  int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  for (int k = 0; k < count; ++k) {
    s0 += w0[k] * acts[k];
    s1 += w1[k] * acts[k];
    s2 += w2[k] * acts[k];
    s3 += w3[k] * acts[k];
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

/// Integer weights of the active rows, K contiguous, then zero rows up to a whole block.
void decode_rows(const PassOperands& operands, RowDecoder decode, std::vector<int16_t>& weights) {
  thread_local std::vector<uint16_t> slots;
  const auto lanes = static_cast<size_t>(operands.lanes);
  const auto stride = static_cast<size_t>(operands.rows) * lanes;
  const auto steps = static_cast<size_t>(operands.steps());
  const size_t k_extent = steps * lanes;
  const auto active = static_cast<size_t>(operands.active_rows);
  weights.assign((active + kRowBlock - 1) / kRowBlock * kRowBlock * k_extent, 0);
  slots.resize(k_extent);
  for (size_t row = 0; row < active; ++row) {
    const uint16_t* from = &operands.weights[row * lanes];
    uint16_t* to = slots.data();
    for (size_t step = 0; step < steps; ++step, from += stride) {
      for (size_t lane = 0; lane < lanes; ++lane) *to++ = from[lane];
    }
    decode(operands.format, slots.data(), static_cast<int>(k_extent),
           {operands.scales[row], operands.tags[row]}, &weights[row * k_extent]);
  }
}

/// The activations of a column, K contiguous.
void gather_column(const PassOperands& operands, size_t col, std::vector<int16_t>& acts) {
  const auto lanes = static_cast<size_t>(operands.lanes);
  const auto stride = static_cast<size_t>(operands.cols) * lanes;
  const auto steps = static_cast<size_t>(operands.steps());
  acts.resize(steps * lanes);
  const uint16_t* from = &operands.acts[col * lanes];
  int16_t* to = acts.data();
  for (size_t step = 0; step < steps; ++step, from += stride) {
    for (size_t lane = 0; lane < lanes; ++lane) *to++ = static_cast<int16_t>(int8_activation(from[lane]));
  }
}

}  // namespace

void IntegerAccumulator::step(const uint16_t* acts, const uint16_t* slots, int lanes,
                              const GroupParameters& group) {
  VERNIER_INVARIANT(lanes == 1, "an integer PE has one lane, not {}", lanes);
  add(int8_activation(acts[0]), value_(format_, slots[0], group));
}

void IntegerAccumulator::add(int activation, int weight) {
  sum_ += int64_t{activation} * weight;
  VERNIER_INVARIANT(sum_ >= INT32_MIN && sum_ <= INT32_MAX, "integer group sum {} exceeds 32 bits", sum_);
}

uint32_t IntegerAccumulator::to_fp32() const {
  return formats::fp32_bits(static_cast<float>(sum_));  // nearest even
}

void integer_group_sums(const PassOperands& operands, RowDecoder decode, uint32_t* result) {
  thread_local std::vector<int16_t> weights;
  thread_local std::vector<int16_t> acts;
  decode_rows(operands, decode, weights);
  const int k_extent = operands.steps() * operands.lanes;
  const auto rows = static_cast<size_t>(operands.active_rows);
  for (size_t col = 0; col < static_cast<size_t>(operands.active_cols); ++col) {
    gather_column(operands, col, acts);
    uint32_t* out = result + col * static_cast<size_t>(operands.rows);
    for (size_t row = 0; row < rows; row += kRowBlock) {
      std::array<int32_t, kRowBlock> sums;
      dot_products(&weights[row * static_cast<size_t>(k_extent)], static_cast<size_t>(k_extent), acts.data(),
                   k_extent, sums.data());
      const size_t block = std::min<size_t>(kRowBlock, rows - row);
      for (size_t r = 0; r < block; ++r) out[row + r] = formats::fp32_bits(static_cast<float>(sums[r]));
    }
  }
}

std::optional<std::string> check_group_sum(const std::string& pe, const formats::GroupFormat& format,
                                           int max_weight) {
  const int64_t longest = INT32_MAX / (int64_t{kLargestActivation} * max_weight);
  if (format.group_size <= longest) return std::nullopt;
  return fmt::format("group size {} is not in 1..{} ({}'s 32-bit group sum)", format.group_size, longest, pe);
}

}  // namespace vernier::pe
