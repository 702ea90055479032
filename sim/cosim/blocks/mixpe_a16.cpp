// SPDX-License-Identifier: Apache-2.0
// rtl/pe/mixpe_a16: activations are taken apart at the column edge.
#include "models/pe/common/aligned_fp16.h"
#include "sim/cosim/blocks/mixpe.h"

namespace vernier::cosim::blocks {
namespace {

/// {special, sign, exponent[4:0], significand[10:0]} of every fp16; of infinities and NaN only the first is
/// seen.
BlockSpec column() {
  BlockSpec spec{"mixpe_a16_column",
                 "mixpe_a16",
                 {{"format_i", 8}, {"acts_i", 16}},
                 {{"col_o", 18}},
                 64,
                 uint64_t{1} << 10,
                 {},
                 {}};
  spec.drive = [](Random& random, uint64_t vector, int cycle, uint32_t* in) {
    in[0] = static_cast<uint32_t>(random.pick(0, 2));
    in[1] = static_cast<uint32_t>(vector * 64) + static_cast<uint32_t>(cycle);
  };
  spec.golden = combinational([](const uint32_t* in, uint32_t* out, uint32_t* care) {
    const pe::Fp16Parts parts = pe::fp16_parts(static_cast<uint16_t>(in[1]));
    out[0] = (parts.special ? 1U << 17 : 0U) | (parts.negative ? 1U << 16 : 0U) |
             static_cast<uint32_t>(parts.exponent) << 11 | static_cast<uint32_t>(parts.significand);
    if (parts.special) care[0] = 1U << 17;
  });
  return spec;
}

}  // namespace

std::vector<BlockSpec> mixpe_a16();
std::vector<BlockSpec> mixpe_a16() { return {nibble_decoder("mixpe_a16"), column()}; }

}  // namespace vernier::cosim::blocks
