// SPDX-License-Identifier: Apache-2.0
// From fp16 values to any activation format: the end of the vector unit's pipeline.
#pragma once

#include <cstdint>

#include "models/formats/activation_format.h"

namespace vernier::formats {

/// int8 code of y: y / scale, one fp32 division, nearest even; then to the nearest integer, a tie to the even
/// one; limited to -127..127. NaN gives 0. Both are fp16 bits, scale is positive and finite.
[[nodiscard]] uint8_t int8_from_fp16(uint16_t y, uint16_t scale);

/// Writes activation_bytes(format, count) bytes for `count` neighbouring fp16 values of a row. int8 is
/// int8_from_fp16(); fp8_e4m3 rounds to nearest even, past the largest value to 448 with the sign, NaN stays
/// NaN; tables are those of lookup_table.h over groups of 4, values beyond the last count as +0. Only int8
/// has a scale.
void encode_activations(ActivationFormat format, uint16_t scale, const uint16_t* values, uint64_t count,
                        uint8_t* out);

}  // namespace vernier::formats
