// SPDX-License-Identifier: Apache-2.0
// Golden function of the weight-stationary array (docs/weight-stationary.md, section "Numerics").
#pragma once

#include <cstdint>

#include "models/array/gemm_block.h"
#include "models/array/output_unit.h"
#include "models/pe/pe.h"

namespace vernier::array {

/// One element of a GEMM over k >= 1 elements along K in tiles of `rows`: tile sums from +0, each added to
/// the partial sum of the tiles before by the output unit, which finishes the last one as `mode` says.
/// `accumulator` is that of the PE; `acts` and `slots` have k entries.
[[nodiscard]] uint32_t ws_golden(pe::PeAccumulator& accumulator, const uint16_t* acts, const uint16_t* slots,
                                 uint64_t k, uint64_t rows, uint32_t old, uint16_t channel_scale,
                                 const OutputMode& mode);

/// gemm_golden() of a weight-stationary array; operands and results lie within their scratchpads.
void ws_gemm_golden(const isa::IssuedInstruction& issued, const formats::GroupFormat& format,
                    const machine::Machine& machine, machine::MemoryImage& image);

}  // namespace vernier::array
