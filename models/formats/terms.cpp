// SPDX-License-Identifier: Apache-2.0
#include "models/formats/terms.h"

#include <cstdlib>

#include "base/error.h"

namespace vernier::formats {
namespace {

Term power_term(int value) {
  uint8_t shift = 0;
  while ((1 << shift) < std::abs(value)) ++shift;
  VERNIER_INVARIANT((1 << shift) == std::abs(value), "{} is not a power of two", value);
  return {value < 0, shift, true};
}

}  // namespace

Term booth_term(int value, int i) {
  // Bits 2i+1, 2i, 2i-1 of the two's complement number, with a 0 to the right of bit 0.
  const int window = ((value * 2) >> (2 * i)) & 7;
  constexpr std::array<int, 8> kDigit{0, 1, 1, 2, -2, -1, -1, 0};
  const int digit = kDigit[static_cast<size_t>(window)];
  return digit == 0 ? Term{} : power_term(digit * (1 << (2 * i)));
}

int term_count(const GroupFormat& format) {
  const bool has_terms = format.coding == Coding::integer || format.coding == Coding::bitmod;
  if (!has_terms || format.asymmetric) {
    throw InputError("FMT007", fmt::format("weight format '{}' has no bit-serial terms", format.name), {},
                     "use a symmetric integer or bitmod format");
  }
  return format.selector_bits != 0 ? 2 : (format.element_bits + 1) / 2;
}

Terms weight_terms(const GroupFormat& format, uint16_t code, int selector) {
  const int count = term_count(format);
  const int value = format.integer_value(code, selector);
  Terms terms{};
  if (format.selector_bits == 0) {
    for (int i = 0; i < count; ++i) terms[static_cast<size_t>(i)] = booth_term(value, i);
    return terms;
  }
  // Non-adjacent form: signed binary digits, no two neighbours both set, so 3 = 4 - 1 and 10 = 8 + 2.
  int found = 0;
  for (int rest = value, power = 1; rest != 0; rest /= 2, power *= 2) {
    if (rest % 2 == 0) continue;
    const int digit = (rest & 3) == 1 ? 1 : -1;
    rest -= digit;
    VERNIER_INVARIANT(found < count, "{} needs more than {} terms", value, count);
    terms[1] = terms[0];
    terms[0] = power_term(digit * power);
    ++found;
  }
  return terms;
}

}  // namespace vernier::formats
