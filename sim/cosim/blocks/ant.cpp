// SPDX-License-Identifier: Apache-2.0
// rtl/pe/ant: {shift, integer} of every slot against the value that the models give it.
#include "models/pe/ant/ant.h"

#include "models/pe/common/nibble_weights.h"
#include "sim/cosim/blocks/row_edge.h"

namespace vernier::cosim::blocks {
namespace {

using pe::ant::Format;

/// {shift[2:0], integer[4:0]} of a value integer << shift; the shift of a zero may be anything where values
/// are shifted. docs/pe/ant.md, "Decoder".
void weight(const uint32_t* in, uint32_t* out, uint32_t* care) {
  const auto slot = static_cast<uint16_t>(in[kWeights]);
  const bool is_int8 = static_cast<Format>(in[kFormat]) == Format::int8;
  pe::GroupParameters group;
  group.tag = static_cast<uint8_t>(in[kTag]);
  int integer = is_int8 ? pe::nibble::term_value(pe::nibble::Format::int8, slot, static_cast<int>(in[kTerm]))
                        : pe::ant::weight_value(static_cast<uint8_t>(Format::ant4), slot, group);
  uint32_t shift = 0;
  if (is_int8 && in[kTerm] == 0) {
    shift = 4;
    integer /= 16;
  } else if (!is_int8 && (in[kTag] & 3U) != 0) {
    if (integer == 0) *care &= 0x1fU;
    for (; integer != 0 && integer % 2 == 0; integer /= 2) ++shift;
  }
  *out = shift << 5 | (static_cast<uint32_t>(integer) & 31U);
}

}  // namespace

std::vector<BlockSpec> ant();
std::vector<BlockSpec> ant() {
  BlockSpec spec = decoder("ant", 1, 10, weight);
  // int8 in both of its terms and ant4, each under every tag.
  try_every_slot(spec, uint64_t{3} * 256, [](uint64_t vector, uint32_t* in) {
    const auto choice = static_cast<uint32_t>(vector / 256);
    in[kFormat] = choice < 2 ? static_cast<uint32_t>(Format::int8) : static_cast<uint32_t>(Format::ant4);
    in[kTerm] = choice % 2;
    in[kTag] = static_cast<uint32_t>(vector % 256);
  });
  return {spec, integer_output("ant")};
}

}  // namespace vernier::cosim::blocks
