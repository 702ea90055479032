// SPDX-License-Identifier: Apache-2.0
// The blocks with RTL that this program was linked with.
#pragma once

#include <vector>

#include "sim/cosim/regression.h"

namespace vernier::cli {

/// The arrays of both dataflows. Throws InputError RTL000 if there are none.
[[nodiscard]] std::vector<cosim::Unit> arrays_with_rtl();

/// Those, and the blocks of rtl/blocks.txt.
[[nodiscard]] std::vector<cosim::Unit> units_with_rtl();

}  // namespace vernier::cli
