// SPDX-License-Identifier: Apache-2.0
// Golden function of the output units at the edge of the array (docs/array.md, section Common).
#pragma once

#include <cstdint>

namespace vernier::array {

/// What happens to one accumulator that leaves the array. All values are bits; x and old are fp32 and no
/// subnormals (the array makes none).
struct OutputMode {
  bool final = false;
  bool accumulate = false;
  int unit_exponent = 0;  ///< final: results are multiplied by 2^unit_exponent, exactly; -1 or 0
};

/// y = x + (accumulate ? old : +0); partial: fp32 bits of y. Final: fp16 bits, in the low half, of
/// fp16(fp32(y * channel_scale) * 2^unit_exponent). Every rounding is to nearest even; NaN is canonical.
[[nodiscard]] uint32_t output_unit(uint32_t x, uint32_t old, uint16_t channel_scale, const OutputMode& mode);

}  // namespace vernier::array
