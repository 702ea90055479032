// SPDX-License-Identifier: Apache-2.0
// The blocks with RTL that this program was linked with.
#pragma once

#include <vector>

#include "sim/cosim/regression.h"

namespace vernier::cli {

/// Throws InputError RTL000 if there are none.
[[nodiscard]] std::vector<cosim::Block> blocks_with_rtl();

}  // namespace vernier::cli
