// SPDX-License-Identifier: Apache-2.0
// The row edge of both MixPE types: the four bits of a term and what they count, against
// pe::nibble::term_value.
#pragma once

#include "models/pe/common/nibble_weights.h"
#include "sim/cosim/blocks/row_edge.h"

namespace vernier::cosim::blocks {

/// {bits[3:0], high, top_negative}: the bits count 16-fold if high, the top one is a sign if top_negative.
inline BlockSpec nibble_decoder(const std::string& type) {
  using pe::nibble::Format;
  BlockSpec spec = decoder(type, 1, 8, [](const uint32_t* in, uint32_t* out, uint32_t*) {
    const auto format = static_cast<Format>(in[kFormat]);
    const bool high = format == Format::int8 && in[kTerm] == 0;
    const int value =
        pe::nibble::term_value(format, static_cast<uint16_t>(in[kWeights]), static_cast<int>(in[kTerm]));
    const auto bits = static_cast<uint32_t>(high ? value / 16 : value) & 15U;
    *out = bits << 2 | (high ? 2U : 0U) | (high || format == Format::int4 ? 1U : 0U);
  });
  // int4, uint4 and the two terms of int8.
  try_every_slot(spec, 4, [](uint64_t vector, uint32_t* in) {
    in[kFormat] = static_cast<uint32_t>(vector < 2 ? vector : uint64_t{2});
    in[kTerm] = vector == 3 ? 1 : 0;
  });
  return spec;
}

}  // namespace vernier::cosim::blocks
