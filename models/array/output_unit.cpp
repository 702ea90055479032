// SPDX-License-Identifier: Apache-2.0
#include "models/array/output_unit.h"

#include <cmath>

#include "models/formats/ieee.h"

namespace vernier::array {

uint32_t output_unit(uint32_t x, uint32_t old, uint16_t channel_scale, const OutputMode& mode) {
  const float y = formats::fp32_from_bits(x) + formats::fp32_from_bits(mode.accumulate ? old : 0U);
  if (!mode.final) return formats::fp32_canonical_bits(y);
  const float scaled = y * formats::fp16_to_float(channel_scale);
  return formats::fp16_from_float(std::ldexp(scaled, mode.unit_exponent));
}

}  // namespace vernier::array
