// SPDX-License-Identifier: Apache-2.0
// The Verilated blocks of rtl/blocks.txt. No Verilated header is visible here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/cosim/block_rtl.h"

namespace vernier::rtl_adaptor {

struct RtlBlock {
  std::string module;
  std::unique_ptr<cosim::IBlockRtl> (*create)();
};

/// In the order of rtl/blocks.txt.
[[nodiscard]] const std::vector<RtlBlock>& rtl_blocks();

}  // namespace vernier::rtl_adaptor
