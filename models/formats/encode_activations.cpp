// SPDX-License-Identifier: Apache-2.0
#include "models/formats/encode_activations.h"

#include <algorithm>
#include <cmath>

#include "models/formats/ieee.h"
#include "models/formats/lookup_table.h"

namespace vernier::formats {
namespace {

constexpr float kLargestInt8 = 127;

void put(uint16_t bits, uint8_t* out) {
  out[0] = static_cast<uint8_t>(bits);
  out[1] = static_cast<uint8_t>(bits >> 8);
}

// One table of the values that are left, at least one.
void encode_table(ActivationFormat format, const uint16_t* values, uint64_t left, uint8_t* out) {
  uint16_t group[kTableGroup] = {};
  uint16_t entries[kTableEntries];
  std::copy_n(values, std::min<uint64_t>(left, kTableGroup), group);
  table_fp16(group, entries);
  if (format == ActivationFormat::table_int8) return table_int8(entries, out);
  for (int i = 0; i < kTableEntries; ++i) put(entries[i], out + 2 * i);
}

}  // namespace

uint8_t int8_from_fp16(uint16_t y, uint16_t scale) {
  const float quotient = fp16_to_float(y) / fp16_to_float(scale);
  if (quotient != quotient) return 0;
  const float limited = std::clamp(quotient, -kLargestInt8, kLargestInt8);
  // lrint of a small number in the default rounding mode: nearest even.
  return static_cast<uint8_t>(std::lrint(limited));
}

void encode_activations(ActivationFormat format, uint16_t scale, const uint16_t* values, uint64_t count,
                        uint8_t* out) {
  switch (format) {
    case ActivationFormat::fp16:
      for (uint64_t i = 0; i < count; ++i) put(values[i], out + 2 * i);
      return;
    case ActivationFormat::int8:
      for (uint64_t i = 0; i < count; ++i) out[i] = int8_from_fp16(values[i], scale);
      return;
    case ActivationFormat::fp8_e4m3:
      for (uint64_t i = 0; i < count; ++i) out[i] = fp8_e4m3_from_float(fp16_to_float(values[i]));
      return;
    case ActivationFormat::table_fp16:
    case ActivationFormat::table_int8:
      for (uint64_t i = 0; i < count; i += kTableGroup) {
        encode_table(format, values + i, count - i, out + activation_bytes(format, i));
      }
      return;
  }
}

}  // namespace vernier::formats
