// SPDX-License-Identifier: Apache-2.0
// Random floating-point operands of blocks.
#pragma once

#include <cstdint>

#include "sim/cosim/operands.h"
#include "sim/cosim/random.h"

namespace vernier::cosim::blocks {

/// Any fp16, zeros, subnormals, infinities and NaN often.
inline uint16_t any_fp16(Random& random) {
  constexpr uint16_t kCorners[] = {0,      0x8000, 1,      0x03ff, 0x0400, 0x3bff,
                                   0x3c00, 0x7bff, 0x7c00, 0x7c01, 0xfe00};
  if (random.chance(10)) return kCorners[random.pick(0, 10)];
  return random.chance(50) ? static_cast<uint16_t>(random.bits()) : random_act(random, random.pick(0, 4));
}

/// An fp32 as it occurs in the array: no subnormal, finite ones from 2^-63 up to the largest. Now and then
/// near `near`, so that sums cancel.
inline uint32_t any_fp32(Random& random, uint32_t near = 0) {
  const auto bits = static_cast<uint32_t>(random.bits());
  const auto exponent = [&](int low, int high) {
    return (bits & 0x807fffffU) | static_cast<uint32_t>(random.pick(low, high)) << 23;
  };
  switch (random.pick(0, 15)) {
    case 0:
      return bits & 0x80000000U;
    case 1:
      return 0x7f800000U | (bits & 0x80000000U);
    case 2:
      return exponent(255, 255);
    case 3:
      return exponent(254, 254);
    case 4:
      return exponent(64, 254) & 0xff800000U;
    case 5:
      return exponent(64, 254) | 0x7fffffU;
    case 6:
    case 7:
    case 8:
      if ((near >> 23 & 0xffU) % 255 != 0)
        return near ^ 0x80000000U ^ (bits & ((1U << random.pick(0, 24)) - 1));
      return exponent(64, 254);
    case 9:
    case 10:
    case 11:
      return exponent(100, 150);
    default:
      return exponent(64, 254);
  }
}

}  // namespace vernier::cosim::blocks
