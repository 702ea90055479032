// SPDX-License-Identifier: Apache-2.0
// All fp16_mac PEs of an array at once: the same bits as the golden accumulator, vectorised over rows.
#pragma once

#include "models/pe/kernel.h"

namespace vernier::pe::fp16_mac {

/// PassKernel of the fp16_mac PE. Every PE adds its products in the order of K, each sum rounded to fp32.
void pass_kernel(const PassOperands& operands, uint32_t* result);

}  // namespace vernier::pe::fp16_mac
