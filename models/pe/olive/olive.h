// SPDX-License-Identifier: Apache-2.0
// Golden arithmetic of the OliVe PE (ISCA 2023, "OliVe: Accelerating Large Language Models via
// Hardware-friendly Outlier-Victim Pair Quantization"): int8 activations times outlier-victim pairs, exact
// group sums in 32 bits. docs/pe/olive.md.
#pragma once

#include <array>
#include <cstdint>

#include "models/pe/pe.h"

namespace vernier::pe::olive {

[[nodiscard]] const PeDescriptor& descriptor();

/// Values of format_i.
enum class Format : uint8_t { olive4 = 0, int8 = 1 };

/// Integer values of the weight slots of a pair of lanes; bits of a slot above the code are ignored.
[[nodiscard]] std::array<int, 2> pair_values(uint8_t format, uint16_t first, uint16_t second);

}  // namespace vernier::pe::olive
