// SPDX-License-Identifier: Apache-2.0
// Weights as bit-serial terms: what the decoder at the edge of a bit-serial array hands to its PEs.
//
// A weight is the sum of a fixed number T of terms +-2^shift, shift 0..7 (docs/array.md, "Decoder"):
//   intN     term i is radix-4 Booth digit i, in {-2, -1, 0, 1, 2} * 4^i; T = ceil(N / 2)
//   bitmod   at most two signed powers of two, larger first: 3 = 4 - 1, 6 = 8 - 2, 12 = 16 - 4, 10 = 8 + 2,
//            negative values with both signs inverted; powers of two use term 0 only; T = 2
// A term that is not valid counts as 0 and has sign + and shift 0.
#pragma once

#include <array>
#include <cstdint>

#include "models/formats/group_format.h"

namespace vernier::formats {

constexpr int kMaxTerms = 4;

struct Term {
  bool negative = false;
  uint8_t shift = 0;
  bool valid = false;

  [[nodiscard]] constexpr int value() const { return valid ? (negative ? -(1 << shift) : 1 << shift) : 0; }
  friend constexpr bool operator==(const Term& a, const Term& b) {
    return a.negative == b.negative && a.shift == b.shift && a.valid == b.valid;
  }
};

using Terms = std::array<Term, kMaxTerms>;

/// Radix-4 Booth digit i of an integer, -128..127, as a term.
[[nodiscard]] Term booth_term(int value, int i);

/// T of a format. Throws InputError FMT007 for what is neither a symmetric integer nor bitmod, and has no
/// terms.
[[nodiscard]] int term_count(const GroupFormat& format);

/// The terms of a code; entries from term_count on are not valid. Their sum is integer_value(code, selector).
[[nodiscard]] Terms weight_terms(const GroupFormat& format, uint16_t code, int selector);

}  // namespace vernier::formats
