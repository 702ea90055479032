// SPDX-License-Identifier: Apache-2.0
// Weights of the two MixPE types: four bits per term, int8 in two terms. docs/pe/mixpe.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/pe/pe.h"

namespace vernier::pe::nibble {

/// Values of format_i.
enum class Format : uint8_t {
  int4 = 0,   ///< two's complement
  uint4 = 1,  ///< the tag is the zero point
  int8 = 2    ///< two terms: the signed high nibble times 16, then the unsigned low nibble
};

constexpr int kLargestWeight = 128;  ///< of any slot

/// Value of the term `index` of a slot; bits of the slot above the code are ignored.
[[nodiscard]] int term_value(Format format, uint16_t slot, int index);
/// T.
[[nodiscard]] int terms(Format format);
/// The sum of the terms.
[[nodiscard]] int weight_value(Format format, uint16_t slot);

/// The format code; the format is one that reject() takes.
[[nodiscard]] Format format_code(const formats::GroupFormat& format);
/// Why the weights are none of the three.
[[nodiscard]] std::optional<std::string> reject(const std::string& pe, const formats::GroupFormat& format);

/// Fills what the two PE types have in common: formats, terms, zero points and the edge dequantizer.
void describe(PeDescriptor& descriptor);

}  // namespace vernier::pe::nibble
