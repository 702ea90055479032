// SPDX-License-Identifier: Apache-2.0
// The results of a sweep as one HTML page that needs nothing else: no network, no other file.
#pragma once

#include <string>

#include "sim/sweep/database.h"

namespace vernier::sweep {

constexpr uint64_t kMostPagePoints = 100000;  ///< about 60 MB of page

/// Every row of the database, whatever its status (docs/sweeps.md, "The page"). Throws InputError SWP031 if
/// there is none, SWP020 if there are more than kMostPagePoints.
[[nodiscard]] std::string to_html(const Results& results);

}  // namespace vernier::sweep
