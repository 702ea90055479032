// SPDX-License-Identifier: Apache-2.0
// Golden arithmetic of the ANT PE (MICRO 2022, "ANT: Exploiting Adaptive Numerical Data Type for Low-bit Deep
// Neural Network Quantization"): int8 activations times 4-bit integers, flints or powers of two, exact group
// sums in 32 bits. docs/pe/ant.md.
#pragma once

#include <cstdint>

#include "models/pe/pe.h"

namespace vernier::pe::ant {

[[nodiscard]] const PeDescriptor& descriptor();

/// Values of format_i.
enum class Format : uint8_t { ant4 = 0, int8 = 1 };

/// Integer value of a weight slot; bits of the slot above the code are ignored. ant4: the type is the low two
/// bits of the group's tag, and type 3 is type 2 (powers of two).
[[nodiscard]] int weight_value(uint8_t format, uint16_t slot, const GroupParameters& group);

}  // namespace vernier::pe::ant
