// SPDX-License-Identifier: Apache-2.0
// MixPE with int8 activations (Zhang et al., 2024): int8 times 4-bit weights by shift and add, exact 32-bit
// group sums, scale and zero point once per group. docs/pe/mixpe.md.
#pragma once

#include <cstdint>

#include "models/pe/pe.h"

namespace vernier::pe::mixpe_a8 {

[[nodiscard]] const PeDescriptor& descriptor();

}  // namespace vernier::pe::mixpe_a8
