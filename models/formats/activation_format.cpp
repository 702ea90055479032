// SPDX-License-Identifier: Apache-2.0
#include "models/formats/activation_format.h"

#include "base/error.h"

namespace vernier::formats {

const char* name_of(ActivationFormat format) {
  switch (format) {
    case ActivationFormat::fp16:
      return "fp16";
    case ActivationFormat::int8:
      return "int8";
    case ActivationFormat::fp8_e4m3:
      return "fp8_e4m3";
    case ActivationFormat::table_fp16:
      return "table_fp16";
    case ActivationFormat::table_int8:
      return "table_int8";
  }
  return "?";
}

std::string names_of(const std::vector<ActivationFormat>& formats) {
  std::string names;
  for (const ActivationFormat format : formats)
    names += (names.empty() ? "" : ", ") + std::string(name_of(format));
  return names;
}

ActivationFormat activation_format(std::string_view name) {
  std::vector<std::string> known;
  for (const ActivationFormat format : kActivationFormats) {
    if (name == name_of(format)) return format;
    known.emplace_back(name_of(format));
  }
  throw InputError("FMT008", fmt::format("'{}' is not an activation format", name), {},
                   suggestion(name, known));
}

void activation_words(ActivationFormat format, const uint8_t* row, uint64_t k, uint64_t count,
                      uint64_t slot_words, uint16_t* words) {
  const uint8_t* from = row + activation_bytes(format, k);
  const auto wide = [](const uint8_t* at) { return static_cast<uint16_t>(at[0] | at[1] << 8); };
  switch (format) {
    case ActivationFormat::fp16:
      for (uint64_t i = 0; i < count; ++i) words[i * slot_words] = wide(from + 2 * i);
      return;
    case ActivationFormat::int8:
    case ActivationFormat::fp8_e4m3:
      for (uint64_t i = 0; i < count; ++i) words[i * slot_words] = from[i];
      return;
    case ActivationFormat::table_fp16:
    case ActivationFormat::table_int8:
      break;
  }
  VERNIER_INVARIANT(k % kTableGroup == 0, "a table begins at element {}", k);
  const uint64_t tables = (count + kTableGroup - 1) / kTableGroup;
  for (uint64_t t = 0; t < tables; ++t) {
    for (uint64_t e = 0; e < kTableEntries; ++e, ++words) {
      if (format == ActivationFormat::table_fp16) {
        *words = wide(from + 2 * (t * kTableEntries + e));
      } else {
        const uint8_t* table = from + t * (kTableEntries + 1);
        *words = static_cast<uint16_t>(table[e] | table[kTableEntries] << 8);
      }
    }
  }
}

}  // namespace vernier::formats
