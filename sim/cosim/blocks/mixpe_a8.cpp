// SPDX-License-Identifier: Apache-2.0
// rtl/pe/mixpe_a8.
#include "sim/cosim/blocks/mixpe.h"

namespace vernier::cosim::blocks {

std::vector<BlockSpec> mixpe_a8();
std::vector<BlockSpec> mixpe_a8() { return {nibble_decoder("mixpe_a8"), integer_output("mixpe_a8")}; }

}  // namespace vernier::cosim::blocks
