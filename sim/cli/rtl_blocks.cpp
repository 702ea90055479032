// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/rtl_blocks.h"

#include "base/error.h"
#include "sim/cosim/block_run.h"
#if VERNIER_HAS_RTL
#include "sim/rtl_adaptor/rtl_block.h"
#include "sim/rtl_adaptor/rtl_pe_array.h"
#include "sim/rtl_adaptor/rtl_ws_array.h"
#endif

namespace vernier::cli {

std::vector<cosim::Unit> arrays_with_rtl() {
#if VERNIER_HAS_RTL
  std::vector<cosim::Unit> units;
  for (const machine::ArrayParams& array : rtl_adaptor::RtlPeArray::built()) {
    units.push_back(
        cosim::unit_of(cosim::Block{array, [array] { return rtl_adaptor::RtlPeArray::create(array); }}));
  }
  for (const machine::ArrayParams& array : rtl_adaptor::RtlWsArray::built()) {
    units.push_back(
        cosim::unit_of(cosim::WsBlock{array, [array] { return rtl_adaptor::RtlWsArray::create(array); }}));
  }
  return units;
#else
  throw InputError("RTL000", "this program was built without RTL, so there is nothing to compare with", {},
                   "configure with -DVERNIER_RTL=ON");
#endif
}

std::vector<cosim::Unit> units_with_rtl() {
  std::vector<cosim::Unit> units = arrays_with_rtl();
#if VERNIER_HAS_RTL
  for (const rtl_adaptor::RtlBlock& block : rtl_adaptor::rtl_blocks()) {
    units.push_back(cosim::unit_of(cosim::block_spec(block.module), block.create));
  }
#endif
  return units;
}

}  // namespace vernier::cli
