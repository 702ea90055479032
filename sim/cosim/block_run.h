// SPDX-License-Identifier: Apache-2.0
// Runs a block below the array against its golden function, every output in every cycle.
#pragma once

#include <functional>
#include <memory>

#include "sim/cosim/block_rtl.h"
#include "sim/cosim/block_spec.h"
#include "sim/cosim/regression.h"

namespace vernier::cosim {

using MakeBlockRtl = std::function<std::unique_ptr<IBlockRtl>()>;

/// As run_block() for arrays. Blocks whose inputs can all be tried stop when they were. Vectors are `cycles`
/// inputs long and begin with a reset.
[[nodiscard]] BlockResult run_spec(const BlockSpec& spec, const MakeBlockRtl& make_rtl,
                                   const Options& options, const Progress& progress = {});
[[nodiscard]] Unit unit_of(const BlockSpec& spec, const MakeBlockRtl& make_rtl);

}  // namespace vernier::cosim
