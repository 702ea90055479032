// SPDX-License-Identifier: Apache-2.0
// The codes of olive4: outlier-victim pairs. Elements 2i and 2i + 1 of a group are a pair of neighbours.
//
//   normal   int4, -7..7, if its neighbour is not 1000
//   victim   1000: reads as 0 and makes its neighbour an outlier
//   outlier  abfloat e2m1 with bias 2: sign (bit 3), e (bits 2..1), m (bit 0): +-(2 + m) << (e + 2),
//   magnitudes
//            12, 16, 24, 32, 48, 64, 96. e = m = 0 is not used: 1000 would be no outlier's code but another
//            victim, and 0000 reads as 8, by the formula.
//
// The last element of a row of odd length has no neighbour and is normal. Source: OliVe (ISCA 2023).
#pragma once

#include <cstdint>

#include "models/formats/value_set.h"

namespace vernier::formats {

constexpr uint32_t kOliveVictim = 8;
constexpr int kOliveLargest = 96;  ///< largest |olive_value|

/// Value of a code, 0..15, beside that of the other element of its pair (0 if there is none).
constexpr int olive_value(uint32_t code, uint32_t neighbour) {
  if (code == kOliveVictim) return 0;
  if (neighbour != kOliveVictim) return static_cast<int>(code ^ 8U) - 8;
  const int magnitude = static_cast<int>((2 + (code & 1U)) << ((code >> 1 & 3U) + 2));
  return (code & 8U) != 0 ? -magnitude : magnitude;
}

/// Whether the code is not written beside this neighbour: see above.
constexpr bool olive_unused(uint32_t code, uint32_t neighbour) {
  return neighbour == kOliveVictim && (code & 7U) == 0;
}

/// Codes of a group and its scale by least squared error.
///
/// Scales tried, in this order: max|x| / d, clamped as all scales are, for d = 7 (nothing is an outlier),
/// then 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96: the magnitudes of the outliers and their
/// midpoints, and what leaves max|x| to be cut to 7. For each scale a pair takes the best of three codings:
/// both normal; the first an outlier and the second its victim; the second an outlier and the first its
/// victim. Values are the nearest to x / scale, at a midpoint the lower. The error of a group is the sum of
/// those of its pairs in order; the least wins, of scales and codings the first on a tie.
class OliveEncoder {
 public:
  OliveEncoder();
  void encode(const float* x, int64_t count, GroupResult& result) const;

 private:
  struct Pair {
    uint16_t first = 0, second = 0;
    double squared_error = 0;
  };
  [[nodiscard]] Pair best_pair(double first, double second, double scale) const;

  ValueSet normal_, outlier_;
};

}  // namespace vernier::formats
