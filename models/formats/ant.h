// SPDX-License-Identifier: Apache-2.0
// The codes of ant4: per group one of three data types of 4 bits, told by the group's selector.
//
//   type 0  int4    two's complement; 1000 (-8) reads as such but is never written
//   type 1  flint4  sign (bit 3), index (bits 2..0) of the magnitudes 0 1 2 3 4 6 8 16
//   type 2  pot4    sign (bit 3), index (bits 2..0) of the magnitudes 0 1 2 4 8 16 32 64
//
// Source: ANT (MICRO 2022). ANT writes a flint magnitude with the place of its first one as the
// exponent; an index says the same in as many bits, one to one, and needs no other decoder than a table of 8.
// -0 (1000 of flint4 and pot4) reads as 0 and is never written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vernier::formats {

constexpr int kAntTypes = 3;  ///< int4, flint4, pot4: the order in which ties are decided
constexpr std::array<int, 8> kFlint4Magnitudes{0, 1, 2, 3, 4, 6, 8, 16};
constexpr std::array<int, 8> kPot4Magnitudes{0, 1, 2, 4, 8, 16, 32, 64};

/// Value of a code, 0..15; type 0..2.
constexpr int ant_value(uint32_t code, int type) {
  if (type == 0) return static_cast<int>((code & 15U) ^ 8U) - 8;
  const size_t index = code & 7U;
  const int magnitude = type == 1 ? kFlint4Magnitudes[index] : kPot4Magnitudes[index];
  return (code & 8U) != 0 ? -magnitude : magnitude;
}

}  // namespace vernier::formats
