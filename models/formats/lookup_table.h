// SPDX-License-Identifier: Apache-2.0
// Lookup tables of activations (LUT tensor core): the sums +-a0 +-a1 +-a2 +-a3 that a group of four
// one-bit weights can select.
//
// Only the 8 sums with -a3 are stored. A weight group whose top bit says +a3 selects the negative of another
// entry: the sign is folded into the weights offline (docs/pe/lut.md).
#pragma once

#include <cstdint>

namespace vernier::formats {

/// entries[i] = fp16((t0 + t1) + (t2 + t3)): t_l = +a_l if bit l of i is set, else -a_l, and t3 = -a3. The
/// three additions are IEEE 754 fp32, nearest even, in this order; then one rounding to fp16, nearest even,
/// past the largest value to infinity. A sum of two zeros of the same sign keeps it, any other zero sum is
/// +0. NaN results are 7e00. Arguments and results are fp16 bits.
void table_fp16(const uint16_t acts[4], uint16_t entries[8]);

/// One table as 8 signed bytes and the exponent they share, out[8]: an entry is about out[i] * 2^(out[8] -
/// 21). With e = max(exponent field, 1) and sig the 11-bit significand of an entry, E = the largest e of the
/// eight; the byte is sig / 2^(4 + E - e), rounded half up on the magnitude, at most 127, with the entry's
/// sign. An infinite or NaN entry has the byte 0 and makes E 31, which marks the whole table as not a number.
void table_int8(const uint16_t entries[8], uint8_t out[9]);

}  // namespace vernier::formats
