// SPDX-License-Identifier: Apache-2.0
#include "sim/rtl_adaptor/rtl_block.h"

namespace vernier::rtl_adaptor {

// Defined by the sources that cmake/BlockAdaptor.cmake writes.
#define VERNIER_RTL_BLOCK(module) std::unique_ptr<cosim::IBlockRtl> create_block_##module();
#include "rtl_blocks.inc"
#undef VERNIER_RTL_BLOCK

const std::vector<RtlBlock>& rtl_blocks() {
#define VERNIER_RTL_BLOCK(module) {#module, create_block_##module},
  static const std::vector<RtlBlock> list = {
#include "rtl_blocks.inc"
  };
#undef VERNIER_RTL_BLOCK
  return list;
}

}  // namespace vernier::rtl_adaptor
