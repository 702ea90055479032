// SPDX-License-Identifier: Apache-2.0
// The points that no other point beats.
#pragma once

#include <cstddef>
#include <vector>

namespace vernier::sweep {

/// Indices, ascending, of the rows that are on the Pareto front: no other row is at least as good in every
/// objective and better in one. Rows with equal values are on it together. All objectives are minimized
/// (negate what is to be maximized); every row has the same number of them, at least one.
[[nodiscard]] std::vector<size_t> pareto_front(const std::vector<std::vector<double>>& rows);

}  // namespace vernier::sweep
