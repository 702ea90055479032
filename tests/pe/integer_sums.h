// SPDX-License-Identifier: Apache-2.0
// For the tests of the integer PEs: what a group sum is as fp32, computed without a conversion to float.
#pragma once

#include <cmath>
#include <cstdint>

#include "models/formats/ieee.h"

namespace vernier::test {

/// fp32 bits of an integer below 2^53, nearest even.
inline uint32_t nearest_fp32(int64_t value) {
  if (value == 0) return 0;
  const auto exact = static_cast<double>(value);
  const int exponent = std::ilogb(exact);
  const double significand = std::nearbyint(std::ldexp(exact, 23 - exponent));
  return formats::fp32_bits(static_cast<float>(std::ldexp(significand, exponent - 23)));
}

}  // namespace vernier::test
