// SPDX-License-Identifier: Apache-2.0
// Random passes of a weight-stationary array with the results that docs/weight-stationary.md asks for.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "models/formats/ieee.h"
#include "models/machine/machine.h"

namespace vernier::ws_test {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  uint64_t bits() { return engine_(); }
  int pick(int low, int high) {
    return low + static_cast<int>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  bool chance(int percent) { return pick(0, 99) < percent; }

 private:
  std::mt19937_64 engine_;
};

struct Pass {
  int k = 1, n = 1;
  uint32_t m = 1;
  bool final = true, accumulate = false;
  std::vector<std::vector<uint16_t>> weights;   // k x C
  std::vector<std::vector<uint16_t>> acts;      // m x R
  std::vector<uint16_t> channel_scales;         // C
  std::vector<std::vector<uint32_t>> old;       // m x C
  std::vector<std::vector<uint32_t>> expected;  // m x n

  [[nodiscard]] std::string text() const {
    return fmt::format("m={} n={} k={}{}{}", m, n, k, final ? " final" : "", accumulate ? " accumulate" : "");
  }
};

/// Floats on this machine are IEEE fp32, products of two fp16 exact: the sum is written out here and shares
/// no code with the PE.
inline uint32_t expected_result(const Pass& pass, uint32_t token, size_t channel) {
  float acc = 0;
  for (size_t i = 0; i < static_cast<size_t>(pass.k); ++i) {
    const float product =
        formats::fp16_to_float(pass.acts[token][i]) * formats::fp16_to_float(pass.weights[i][channel]);
    acc = acc + product;
  }
  const float y = acc + (pass.accumulate ? formats::fp32_from_bits(pass.old[token][channel]) : 0.0F);
  // fp16 weights have no channel scale: whatever the pins say, fp16_mac's output units do not multiply.
  return pass.final ? formats::fp16_from_float(y) : formats::fp32_canonical_bits(y);
}

/// fp16 by class: 0 moderate, 1 finite, 2 subnormal or zero, 3 anything, infinities and NaN included.
inline uint16_t random_fp16(Random& random, int kind) {
  const auto bits = static_cast<uint16_t>(random.bits());
  if (kind == 0) return static_cast<uint16_t>((bits & 0x8fffU) | 0x3000U);
  if (kind == 1) return (bits & 0x7c00U) == 0x7c00U ? static_cast<uint16_t>(bits ^ 0x4000U) : bits;
  if (kind == 2) return bits & 0x83ffU;
  return bits;
}

inline Pass random_pass(Random& random, int rows, int cols, int longest) {
  Pass pass;
  pass.k = random.chance(40) ? rows : random.pick(1, rows);
  pass.n = random.chance(40) ? cols : random.pick(1, cols);
  pass.m = static_cast<uint32_t>(random.chance(20) ? 1 : random.pick(1, longest));
  pass.final = random.chance(50);
  pass.accumulate = random.chance(50);
  const int act_kind = random.pick(0, 3);
  const int weight_kind = random.pick(0, 2);
  const auto values = [&random](int count, int kind) {
    std::vector<uint16_t> all;
    for (int i = 0; i < count; ++i) all.push_back(random_fp16(random, kind));
    return all;
  };
  for (int i = 0; i < pass.k; ++i) pass.weights.push_back(values(cols, weight_kind));
  pass.channel_scales.assign(static_cast<size_t>(cols), formats::kFp16One);
  for (uint32_t t = 0; t < pass.m; ++t) {
    // Rows beyond the tile may be fed anything.
    pass.acts.push_back(values(pass.k, act_kind));
    for (int i = pass.k; i < rows; ++i) pass.acts.back().push_back(static_cast<uint16_t>(random.bits()));
    std::vector<uint32_t> old;
    for (int c = 0; c < cols; ++c) {
      // What an earlier tile may have left: a multiple of 2^-48.
      const float value = formats::fp16_to_float(random_fp16(random, act_kind)) *
                          formats::fp16_to_float(random_fp16(random, weight_kind));
      old.push_back(formats::fp32_canonical_bits(value));
    }
    pass.old.push_back(old);
  }
  for (uint32_t t = 0; t < pass.m; ++t) {
    pass.expected.emplace_back();
    for (size_t c = 0; c < static_cast<size_t>(pass.n); ++c) {
      pass.expected.back().push_back(expected_result(pass, t, c));
    }
  }
  return pass;
}

}  // namespace vernier::ws_test
