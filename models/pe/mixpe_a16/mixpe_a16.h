// SPDX-License-Identifier: Apache-2.0
// MixPE with fp16 activations (Zhang et al., 2024): fp16 times 4-bit weights by shift and add, exact
// products, fp32 group sums, scale and zero point once per group. docs/pe/mixpe.md.
#pragma once

#include <cstdint>

#include "models/pe/pe.h"

namespace vernier::pe::mixpe_a16 {

[[nodiscard]] const PeDescriptor& descriptor();

}  // namespace vernier::pe::mixpe_a16
