// SPDX-License-Identifier: Apache-2.0
// Weights by the letter of docs/formats.md and of the layout in weight_block.h, written down once more:
// names, values of codes, and bits in memory. Nothing here calls models/formats.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/exact/numbers.h"

namespace vernier::exact {

enum class Coding { fp16, integer, bitmod, ant, olive, lut };

/// What a format's name says.
struct Spec {
  Coding coding = Coding::fp16;
  int bits = 16;       ///< of a code
  int group_size = 0;  ///< 0: no groups
  int scale_bits = 0;  ///< of a group, stored
  int selector_bits = 0;
  bool asymmetric = false;
  bool integer_scale = false;  ///< 8-bit group scales
  bool channel_scale = false;
  bool dual_grained = false;

  /// Of a weight with the integer value 1.
  [[nodiscard]] Real unit() const {
    return coding == Coding::lut || (coding == Coding::bitmod && bits == 4) ? Real{0.5} : Real{1};
  }
};

/// Throws std::runtime_error if the format is none that this file has a decoder for.
Spec spec_of(const std::string& name);

/// Numbers as they are stored, but for lut the codes u before they are folded.
struct Weights {
  Spec spec;
  int64_t n = 0, k = 0;
  std::vector<uint16_t> codes;                           ///< n x k
  std::vector<uint16_t> scales, selectors, zero_points;  ///< n x groups
  std::vector<uint16_t> channel_scales;                  ///< n

  [[nodiscard]] int64_t groups() const { return spec.group_size == 0 ? 1 : (k - 1) / spec.group_size + 1; }
  [[nodiscard]] size_t group_of(int64_t row, int64_t col) const {
    return static_cast<size_t>(row * groups() + (spec.group_size == 0 ? 0 : col / spec.group_size));
  }
  /// A weight is (integer - zero) * unit * scale * channel scale. Of fp16 the integer is the value itself; of
  /// dual-grained weights it is the code times the group's scale, and the scale 1.
  [[nodiscard]] Real integer(int64_t row, int64_t col) const;
  [[nodiscard]] int zero(int64_t row, int64_t col) const;
  [[nodiscard]] Real scale(int64_t row, int64_t col) const;
  /// fp16 bits.
  [[nodiscard]] uint16_t channel(int64_t row) const {
    return channel_scales.empty() ? uint16_t{0x3c00} : channel_scales[static_cast<size_t>(row)];
  }

 private:
  [[nodiscard]] int code(int64_t row, int64_t col) const {
    return col < k ? codes[static_cast<size_t>(row * k + col)] : 0;
  }
};

/// Any codes, selectors and zero points; dual-grained only what fits int8. With `powers` fp16 group scales
/// are 2^-6..2^-1 and fp16 weights have three significant bits, so that short sums of small integers times
/// weights are exact in fp32.
Weights random_weights(std::mt19937_64& random, const Spec& spec, int64_t n, int64_t k, bool powers);

/// A block of the matrix as it lies in memory.
struct Block {
  int64_t n0 = 0, k0 = 0, n = 0, k = 0;
  int rows = 0, lanes = 0;
  bool with_channel_scales = true;
};
std::vector<uint8_t> pack(const Weights& weights, const Block& block);

}  // namespace vernier::exact
