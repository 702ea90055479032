// SPDX-License-Identifier: Apache-2.0
// The codes of bitmod3 and bitmod4: sign and magnitude index, with -0 given to one special value per group.
//
// Values are in integer units: 1 for bitmod3, one half for bitmod4 (e2m1 x 2). Source: BitMoD (HPCA 2025),
// section III; code layout: docs/array.md.
#pragma once

#include <array>
#include <cstdint>

namespace vernier::formats {

constexpr int kBitmodSelectors = 4;  ///< er+, er-, ea+, ea- in this order
constexpr std::array<int, 4> kBitmod3Magnitudes{0, 1, 2, 4};
constexpr std::array<int, 8> kBitmod4Magnitudes{0, 1, 2, 3, 4, 6, 8, 12};
constexpr std::array<int, kBitmodSelectors> kBitmod3Specials{3, -3, 6, -6};
constexpr std::array<int, kBitmodSelectors> kBitmod4Specials{10, -10, 16, -16};

/// Integer value of a code; bits is 3 or 4, code < 2^bits, selector 0..3.
constexpr int bitmod_value(int bits, uint32_t code, int selector) {
  const uint32_t special = 1U << (bits - 1);
  const uint32_t index = code & (special - 1);
  if (code == special) {
    return bits == 4 ? kBitmod4Specials[static_cast<size_t>(selector)]
                     : kBitmod3Specials[static_cast<size_t>(selector)];
  }
  const int magnitude = bits == 4 ? kBitmod4Magnitudes[index] : kBitmod3Magnitudes[index];
  return (code & special) != 0 ? -magnitude : magnitude;
}

}  // namespace vernier::formats
