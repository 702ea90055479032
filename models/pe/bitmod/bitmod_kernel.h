// SPDX-License-Identifier: Apache-2.0
// All BitMoD PEs of an array at once: the same bits as bitmod::Accumulator, vectorised along K.
#pragma once

#include "models/pe/kernel.h"

namespace vernier::pe::bitmod {

/// PassKernel of the bitmod PE. Cost: O(n * m * K) 16-bit multiply-adds plus O(n * m) per change of exponent.
void pass_kernel(const PassOperands& operands, uint32_t* result);

}  // namespace vernier::pe::bitmod
