// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/rtl_blocks.h"

#include "base/error.h"
#include "sim/cosim/block_run.h"
#include "sim/cosim/ws_run.h"
#if VERNIER_HAS_RTL
#include "sim/rtl_adaptor/rtl_block.h"
#include "sim/rtl_adaptor/rtl_pe_array.h"
#include "sim/rtl_adaptor/rtl_ws_array.h"
#endif

namespace vernier::cli {

std::vector<cosim::Block> blocks_with_rtl() {
#if VERNIER_HAS_RTL
  std::vector<cosim::Block> blocks;
  for (const machine::ArrayParams& array : rtl_adaptor::RtlPeArray::built()) {
    blocks.push_back({array, [array] { return rtl_adaptor::RtlPeArray::create(array); }});
  }
  return blocks;
#else
  throw InputError("RTL000", "this program was built without RTL, so there is nothing to compare with", {},
                   "configure with -DVERNIER_RTL=ON");
#endif
}

std::vector<cosim::Unit> units_with_rtl([[maybe_unused]] bool all) {
  std::vector<cosim::Unit> units;
  for (const cosim::Block& block : blocks_with_rtl()) units.push_back(cosim::unit_of(block));
#if VERNIER_HAS_RTL
  if (!all) return units;
  for (const machine::ArrayParams& array : rtl_adaptor::RtlWsArray::built()) {
    units.push_back(
        cosim::unit_of(cosim::WsBlock{array, [array] { return rtl_adaptor::RtlWsArray::create(array); }}));
  }
  for (const rtl_adaptor::RtlBlock& block : rtl_adaptor::rtl_blocks()) {
    units.push_back(cosim::unit_of(cosim::block_spec(block.module), block.create));
  }
#endif
  return units;
}

}  // namespace vernier::cli
