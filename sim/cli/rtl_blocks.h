// SPDX-License-Identifier: Apache-2.0
// The blocks with RTL that this program was linked with.
#pragma once

#include <vector>

#include "sim/cosim/regression.h"

namespace vernier::cli {

/// The output-stationary arrays. Throws InputError RTL000 if there are none.
[[nodiscard]] std::vector<cosim::Block> blocks_with_rtl();

/// Those as units, and with `all` the weight-stationary arrays and the blocks of rtl/blocks.txt.
[[nodiscard]] std::vector<cosim::Unit> units_with_rtl(bool all);

}  // namespace vernier::cli
