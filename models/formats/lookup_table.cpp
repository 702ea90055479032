// SPDX-License-Identifier: Apache-2.0
#include "models/formats/lookup_table.h"

#include <algorithm>

#include "models/formats/activation_format.h"
#include "models/formats/ieee.h"

namespace vernier::formats {
namespace {

constexpr int kFp16Mantissa = 10;
constexpr int kFp16Special = 31;  // exponent field of infinities and NaN

int exponent_field(uint16_t bits) { return bits >> kFp16Mantissa & 31; }
int exponent_of(uint16_t bits) { return std::max(exponent_field(bits), 1); }

uint8_t shared_exponent_code(uint16_t bits, int shared) {
  if (exponent_field(bits) == kFp16Special) return 0;
  const int hidden = exponent_field(bits) != 0 ? 1 << kFp16Mantissa : 0;
  const int64_t sig = hidden | (bits & 0x3ff);
  const int shift = 4 + shared - exponent_of(bits);  // 4..34
  const int64_t magnitude = std::min<int64_t>((sig + (int64_t{1} << (shift - 1))) >> shift, 127);
  return static_cast<uint8_t>((bits & 0x8000) != 0 ? -magnitude : magnitude);
}

}  // namespace

void table_fp16(const uint16_t acts[4], uint16_t entries[8]) {
  float a[kTableGroup];
  for (int l = 0; l < kTableGroup; ++l) a[l] = fp16_to_float(acts[l]);
  for (int i = 0; i < kTableEntries; ++i) {
    const auto term = [&](int l) { return (i >> l & 1) != 0 ? a[l] : -a[l]; };
    const float low = term(0) + term(1);
    const float high = term(2) + -a[3];
    entries[i] = fp16_from_float(low + high);
  }
}

void table_int8(const uint16_t entries[8], uint8_t out[9]) {
  int shared = 1;
  for (int i = 0; i < kTableEntries; ++i) shared = std::max(shared, exponent_of(entries[i]));
  for (int i = 0; i < kTableEntries; ++i) out[i] = shared_exponent_code(entries[i], shared);
  out[kTableEntries] = static_cast<uint8_t>(shared);
}

}  // namespace vernier::formats
