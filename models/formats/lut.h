// SPDX-License-Identifier: Apache-2.0
// The codes of lutN: integers as planes of -1 and +1, folded for a table that keeps half of its entries.
//
// Reinterpretation. u is an N-bit unsigned code: of lutN_asym the one of intN_asym; of lutN q + 2^(N-1), q
// that of intN; of lut1 0 for -1 and 1 for +1. Bit b of u read as -1 or +1 gives the odd integer
//     q' = 2u - (2^N - 1) = sum over b of (2 u_b - 1) 2^b        and the weight  (scale / 2) (q' - z')
// with z' = 2z - (2^N - 1) for zero point z; z' = 1 for symmetric N >= 2, as q' = 2q + 1; z' = 0 for lut1,
// whose stored scale is twice the magnitude of its weights.
//
// Folding. Elements 4i..4i+3 of a group are a quad of lanes 0..3; bit b of their codes is the index of plane
// b into a table of 16 sums, of which one half is the negative of the other: sum(~index) = -sum(index). So
// that hardware only has to negate, the stored code of lanes 0..2 is u XOR that of lane 3, and lane 3's is
// its u: a plane whose lane 3 is set stores the complement of its lower index. Folding is its own inverse.
// Lanes beyond K count as u = 0 and are stored as 0; they have no weight, their activations are 0.
//
// Source: LUT Tensor Core (ISCA 2025).
#pragma once

#include <cstdint>

namespace vernier::formats {

constexpr int kLutLanes = 4;  ///< elements of a quad

/// u of a lane, 0..3, of its stored code and that of lane 3 of its quad; and back.
constexpr uint16_t lut_unfold(uint16_t stored, uint16_t stored_last, int lane) {
  return lane == kLutLanes - 1 ? stored : static_cast<uint16_t>(stored ^ stored_last);
}

/// q' of a code u of `bits` bits (1..8): odd, -(2^bits - 1)..2^bits - 1.
constexpr int lut_value(int bits, uint16_t u) { return 2 * u - ((1 << bits) - 1); }

/// z' of a group: its tag is the zero point z if asymmetric, and without meaning if not. -255..255.
constexpr int lut_zero_point(int bits, bool asymmetric, int tag) {
  if (asymmetric) return 2 * tag - ((1 << bits) - 1);
  return bits == 1 ? 0 : 1;
}

}  // namespace vernier::formats
