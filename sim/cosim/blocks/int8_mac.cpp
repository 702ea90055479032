// SPDX-License-Identifier: Apache-2.0
// rtl/pe/int8_mac: int8 weights pass the row edge, int4 weights are dequantized first.
#include "models/pe/int8_mac/int8_mac.h"

#include "sim/cosim/blocks/row_edge.h"

namespace vernier::cosim::blocks {

std::vector<BlockSpec> int8_mac();
std::vector<BlockSpec> int8_mac() {
  BlockSpec spec = decoder("int8_mac", 1, 10, [](const uint32_t* in, uint32_t* out, uint32_t*) {
    pe::GroupParameters group;
    group.scale = static_cast<uint16_t>(in[kScale]);
    const auto format = static_cast<pe::int8_mac::Format>(in[kFormat]);
    *out = static_cast<uint32_t>(
               pe::int8_mac::weight_value(format, static_cast<uint16_t>(in[kWeights]), group)) &
           0xffU;
  });
  // Both formats, each with every integer scale.
  try_every_slot(spec, uint64_t{2} * 256, [](uint64_t vector, uint32_t* in) {
    in[kFormat] = static_cast<uint32_t>(vector / 256);
    in[kScale] = (in[kScale] & 0xff00U) | static_cast<uint32_t>(vector % 256);
  });
  return {spec, integer_output("int8_mac")};
}

}  // namespace vernier::cosim::blocks
