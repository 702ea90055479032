// SPDX-License-Identifier: Apache-2.0
// All LUT PEs of an array at once: the same bits as lut::Accumulator, with one table per column and step.
#pragma once

#include "models/pe/kernel.h"

namespace vernier::pe::lut {

/// PassKernel of the lut PE. Cost: one table per column and step, then N lookups per row, column and step.
void pass_kernel(const PassOperands& operands, uint32_t* result);

}  // namespace vernier::pe::lut
