// SPDX-License-Identifier: Apache-2.0
// Which points of the grid a sweep has.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/sweep/space.h"

namespace vernier::sweep {

/// Most points a sweep may have.
constexpr uint64_t kMostPoints = 10'000'000;

/// Points of the grid in ascending order, none twice, none that breaks a constraint on keys.
///   grid             all of them
///   random           sample_points, each with the same chance; all of them if there are fewer
///   latin_hypercube  sample_points are drawn so that each value of an axis occurs equally often, up to one;
///                    those that coincide or break a constraint then leave fewer
/// The same seed gives the same points on every machine. Throws InputError SWP021 if constraints leave none,
/// with what each of them removes; SWP020 if there are more than kMostPoints.
[[nodiscard]] std::vector<uint64_t> sample(const Space& space);

}  // namespace vernier::sweep
