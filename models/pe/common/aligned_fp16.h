// SPDX-License-Identifier: Apache-2.0
// fp16 numbers as integers that share an exponent, with four guard bits: how PEs add them without
// floating-point adders (docs/array.md).
#pragma once

#include <cstdint>

namespace vernier::pe {

/// Parts of an fp16 number: (-1)^negative * significand * 2^(exponent - 25).
struct Fp16Parts {
  bool negative;
  bool special;     ///< infinity or NaN: significand 0, exponent 31
  int exponent;     ///< 1..31
  int significand;  ///< 0..2047
};
[[nodiscard]] inline Fp16Parts fp16_parts(uint16_t fp16) {
  const int field = (fp16 >> 10) & 31;
  const bool special = field == 31;
  const int hidden = field == 0 ? 0 : 1024;
  const int significand = special ? 0 : hidden + (fp16 & 1023);
  return {(fp16 >> 15) != 0, special, field == 0 ? 1 : field, significand};
}

/// value shifted right by `distance` 0..31, rounded half up; value 0..65535.
[[nodiscard]] inline int round_shift(int value, int distance) {
  const uint32_t half = (1U << distance) >> 1;  // of the unit that is kept; 0 for distance 0
  return static_cast<int>((static_cast<uint32_t>(value) + half) >> distance);
}

/// significand << 4 shifted right by `distance` 0..31, rounded half up.
[[nodiscard]] inline int align(int significand, int distance) {
  return round_shift(significand << 4, distance);
}

}  // namespace vernier::pe
