// SPDX-License-Identifier: Apache-2.0
// The operations of attention by blocks of keys; vector_unit.h says what they compute, bit for bit.
#pragma once

#include <cstdint>
#include <vector>

#include "models/isa/instruction.h"

namespace vernier::vector {

constexpr uint64_t kStatisticBytes = 8;  ///< of a row: m and l, fp32
constexpr uint64_t kFactorBytes = 4;     ///< of a row: f, fp32

/// Replaces the fp16 scores in `rows` by fp16 exponentials; updates statistics and factors in the scratchpad.
void online_softmax(const isa::IssuedInstruction& issued, uint8_t* output_spad, std::vector<uint8_t>& rows);

/// dst = dst * factor + src0.
void rescale_add(const isa::IssuedInstruction& issued, uint8_t* output_spad);

/// The fp16 rows src0 / l.
[[nodiscard]] std::vector<uint8_t> normalise(const isa::IssuedInstruction& issued,
                                             const uint8_t* output_spad);

}  // namespace vernier::vector
