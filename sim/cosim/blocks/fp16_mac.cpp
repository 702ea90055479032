// SPDX-License-Identifier: Apache-2.0
// rtl/pe/fp16_mac: integer weights are dequantized at the row edge.
#include "models/pe/fp16_mac/fp16_mac.h"

#include "sim/cosim/block_spec.h"
#include "sim/cosim/blocks/numbers.h"

namespace vernier::cosim::blocks {

std::vector<BlockSpec> fp16_mac();
std::vector<BlockSpec> fp16_mac() {
  std::vector<BlockSpec> specs;
  specs.push_back({"fp16_mac_decoder",
                   "fp16_mac",
                   {{"format_i", 8},
                    {"issue_i", 1},
                    {"term_i", 3},
                    {"last_i", 1},
                    {"weights_i", 16},
                    {"scale_i", 16},
                    {"tag_i", 8}},
                   {{"row_o", 17}},
                   64,
                   0,
                   [](Random& random, uint64_t, int, uint32_t* in) {
                     for (int i = 0; i < 7; ++i) in[i] = static_cast<uint32_t>(random.bits());
                     in[0] = static_cast<uint32_t>(random.pick(0, 3));
                     in[5] = any_fp16(random);
                   },
                   combinational([](const uint32_t* in, uint32_t* out, uint32_t* care) {
                     pe::GroupParameters group;
                     group.scale = static_cast<uint16_t>(in[5]);
                     group.tag = static_cast<uint8_t>(in[6]);
                     const auto slot = static_cast<uint16_t>(in[4]);
                     const auto format = static_cast<pe::fp16_mac::Format>(in[0]);
                     out[0] = uint32_t{pe::fp16_mac::weight(format, slot, group)} << 1 | in[1];
                     if (in[1] == 0) care[0] = 1;
                   })});
  specs.push_back({"fp16_mac_column",
                   "fp16_mac",
                   {{"format_i", 8}, {"acts_i", 16}},
                   {{"col_o", 16}},
                   64,
                   uint64_t{1} << 10,
                   [](Random&, uint64_t vector, int cycle, uint32_t* in) {
                     in[0] = 0;
                     in[1] = static_cast<uint32_t>(vector * 64) + static_cast<uint32_t>(cycle);
                   },
                   combinational([](const uint32_t* in, uint32_t* out, uint32_t*) { out[0] = in[1]; })});
  specs.push_back({"fp16_mac_output",
                   "fp16_mac",
                   {{"acc_i", 32}},
                   {{"fp32_o", 32}},
                   64,
                   0,
                   [](Random& random, uint64_t, int, uint32_t* in) { in[0] = any_fp32(random); },
                   combinational([](const uint32_t* in, uint32_t* out, uint32_t*) { out[0] = in[0]; })});
  return specs;
}

}  // namespace vernier::cosim::blocks
