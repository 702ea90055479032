// SPDX-License-Identifier: Apache-2.0
// Formats of the activations of a GEMM, in memory and on their way to the PE array (docs/array.md).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vernier::formats {

enum class ActivationFormat : uint8_t {
  fp16,        ///< IEEE 754 binary16
  int8,        ///< two's complement, with a static scale per tensor
  fp8_e4m3,    ///< OCP FP8
  table_fp16,  ///< per 4 activations the 8 sums that a lookup PE reads, fp16
  table_int8,  ///< the same as int8 with one exponent byte per table
};

inline constexpr std::array<ActivationFormat, 5> kActivationFormats{
    ActivationFormat::fp16, ActivationFormat::int8, ActivationFormat::fp8_e4m3, ActivationFormat::table_fp16,
    ActivationFormat::table_int8};

inline constexpr int kTableGroup = 4;    ///< activations per lookup table
inline constexpr int kTableEntries = 8;  ///< entries stored per table; the other 8 are their negatives

[[nodiscard]] const char* name_of(ActivationFormat format);
/// "fp16, int8".
[[nodiscard]] std::string names_of(const std::vector<ActivationFormat>& formats);
/// Throws InputError FMT008 with the nearest name.
[[nodiscard]] ActivationFormat activation_format(std::string_view name);

[[nodiscard]] constexpr bool is_table(ActivationFormat format) {
  return format == ActivationFormat::table_fp16 || format == ActivationFormat::table_int8;
}

/// Bytes in memory of `elements` >= 0 neighbouring activations of a row; tables are whole.
[[nodiscard]] constexpr uint64_t activation_bytes(ActivationFormat format, uint64_t elements) {
  switch (format) {
    case ActivationFormat::fp16:
      return 2 * elements;
    case ActivationFormat::int8:
    case ActivationFormat::fp8_e4m3:
      return elements;
    case ActivationFormat::table_fp16:
      return 2 * kTableEntries * ((elements + kTableGroup - 1) / kTableGroup);
    case ActivationFormat::table_int8:
      return (kTableEntries + 1) * ((elements + kTableGroup - 1) / kTableGroup);
  }
  return 0;
}

/// Writes the 16-bit words that the array sees of one step: activations k .. k + count - 1 of the row that
/// begins at `row`. One word per activation, the first of the `slot_words` of its slot, or kTableEntries
/// words per table (k and the step are then multiples of kTableGroup). Words beyond the last activation are
/// not written.
void activation_words(ActivationFormat format, const uint8_t* row, uint64_t k, uint64_t count,
                      uint64_t slot_words, uint16_t* words);

}  // namespace vernier::formats
