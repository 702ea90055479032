// SPDX-License-Identifier: Apache-2.0
// The int8 baseline PE: int8 activations times int8 weights, exact 32-bit group sums. docs/pe/int8_mac.md.
#pragma once

#include <cstdint>

#include "models/pe/pe.h"

namespace vernier::pe::int8_mac {

[[nodiscard]] const PeDescriptor& descriptor();

/// Values of format_i.
enum class Format : uint8_t {
  int8 = 0,     ///< the slot is the weight
  int4_dgq = 1  ///< dequantize first: the row's decoder multiplies the code with the group's integer scale
};

/// The multiplier's weight operand; bits of the slot above the code are ignored.
[[nodiscard]] int weight_value(Format format, uint16_t slot, const GroupParameters& group);

}  // namespace vernier::pe::int8_mac
