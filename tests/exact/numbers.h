// SPDX-License-Identifier: Apache-2.0
// fp16, fp8_e4m3 and int8 as the specifications define them, in long double, which rounds nothing here: no
// code is shared with models/formats/ieee.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace vernier::exact {

using Real = long double;

/// Value of an fp16.
inline Real half_value(uint16_t bits) {
  const int field = bits >> 10 & 31;
  if (field == 31) {
    if ((bits & 1023) != 0) return std::numeric_limits<Real>::quiet_NaN();
    return (bits & 0x8000) != 0 ? -std::numeric_limits<Real>::infinity()
                                : std::numeric_limits<Real>::infinity();
  }
  const Real magnitude = field == 0 ? std::ldexp(Real{1} * (bits & 1023), -24)
                                    : std::ldexp(Real{1024} + (bits & 1023), field - 25);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

/// The nearest multiple of 2^exponent, a tie to the even one.
inline Real nearest(Real value, int exponent) {
  return std::ldexp(std::nearbyint(std::ldexp(value, -exponent)), exponent);
}

/// Nearest fp16, a tie to the even one; from 65520 on infinity; NaN is 7e00.
inline uint16_t half_of(Real value) {
  if (std::isnan(value)) return 0x7e00;
  const int sign = std::signbit(value) ? 0x8000 : 0;
  const Real magnitude = std::fabs(value);
  if (magnitude == 0) return static_cast<uint16_t>(sign);
  if (std::isinf(magnitude)) return static_cast<uint16_t>(sign | 0x7c00);
  const Real rounded = nearest(magnitude, std::max(std::ilogb(magnitude), -14) - 10);
  if (rounded >= 65536) return static_cast<uint16_t>(sign | 0x7c00);
  if (rounded < std::ldexp(Real{1}, -14)) {
    return static_cast<uint16_t>(sign | static_cast<int>(std::ldexp(rounded, 24)));
  }
  const int exponent = std::ilogb(rounded);
  const int fraction = static_cast<int>(std::ldexp(rounded, 10 - exponent)) - 1024;
  return static_cast<uint16_t>(sign | (exponent + 15) << 10 | fraction);
}

/// What is left of a value in int8 with a scale that is a power of two, in units of the scale; of NaN 0.
inline Real int8_units(Real value, Real scale) {
  if (std::isnan(value)) return 0;
  return std::clamp(std::nearbyint(value / scale), Real{-127}, Real{127});
}

/// What is left of a value in fp8_e4m3: 3 bits of fraction, exponents from -6, up to 448, infinity too.
inline Real fp8_value(Real value) {
  if (value == 0 || std::isnan(value)) return value;
  if (std::isinf(value)) return std::copysign(Real{448}, value);
  const Real rounded = nearest(value, std::max(std::ilogb(value), -6) - 3);
  return std::clamp(rounded, Real{-448}, Real{448});
}

}  // namespace vernier::exact
