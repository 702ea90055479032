// SPDX-License-Identifier: Apache-2.0
// rtl/pe/olive: {shift, integer} of both lanes of every pair of slots against the values that the models give
// the pair.
#include "models/pe/olive/olive.h"

#include "models/formats/olive.h"
#include "models/pe/common/nibble_weights.h"
#include "sim/cosim/blocks/row_edge.h"

namespace vernier::cosim::blocks {
namespace {

using pe::olive::Format;

/// {shift[2:0], integer[4:0]} of a value integer << shift: of outliers the integer is 2 or 3.
/// docs/pe/olive.md, "Decoder".
uint32_t weight(uint32_t format, uint32_t term, uint32_t slot, uint32_t neighbour) {
  const auto code = static_cast<uint16_t>(slot);
  const bool is_int8 = static_cast<Format>(format) == Format::int8;
  int integer = is_int8 ? pe::nibble::term_value(pe::nibble::Format::int8, code, static_cast<int>(term))
                        : pe::olive::pair_values(static_cast<uint8_t>(format), code,
                                                 static_cast<uint16_t>(neighbour))[0];
  uint32_t shift = 0;
  if (is_int8 && term == 0) {
    shift = 4;
    integer /= 16;
  } else if (!is_int8 && (neighbour & 15U) == formats::kOliveVictim) {
    for (; integer > 3 || integer < -3; integer /= 2) ++shift;
  }
  return shift << 5 | (static_cast<uint32_t>(integer) & 31U);
}

/// A pair of lanes.
void pair(const uint32_t* in, uint32_t* out, uint32_t*) {
  const uint32_t first = in[kWeights] & 0xffU;
  const uint32_t second = in[kWeights] >> 8;
  *out = weight(in[kFormat], in[kTerm], second, first) << 8 | weight(in[kFormat], in[kTerm], first, second);
}

}  // namespace

std::vector<BlockSpec> olive();
std::vector<BlockSpec> olive() {
  BlockSpec spec = decoder("olive", 2, 18, pair);
  // olive4 and the two terms of int8, each with every pair of slots.
  try_every_slot(spec, uint64_t{3} * 256, [](uint64_t vector, uint32_t* in) {
    const uint64_t choice = vector / 256;
    in[kFormat] = static_cast<uint32_t>(choice == 0 ? Format::olive4 : Format::int8);
    in[kTerm] = choice == 2 ? 1 : 0;
    in[kWeights] |= static_cast<uint32_t>(vector % 256) << 8;
  });
  return {spec, integer_output("olive")};
}

}  // namespace vernier::cosim::blocks
