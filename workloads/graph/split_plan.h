// SPDX-License-Identifier: Apache-2.0
// Where feature maps are cut, for a granularity.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/graph/graph.h"
#include "workloads/graph/split.h"

namespace vernier::graph {

/// Piece i of a tensor has the places cuts[i]..cuts[i+1] of dimension `axis`; axis -1 = one piece.
struct Cut {
  int axis = -1;
  std::vector<int64_t> cuts;
  [[nodiscard]] size_t count() const { return axis < 0 ? 1 : cuts.size() - 1; }
};

/// `parts` pieces of nearly equal size, of whole units; fewer if there are not so many.
[[nodiscard]] Cut even_cut(int axis, int64_t size, int64_t unit, int64_t parts);

/// Whether a part of the result can be computed by itself. Not divided are operators of which the work is not
/// known, of several results, those that go through steps, and pieces of others.
[[nodiscard]] bool divisible(const Operator& op);
[[nodiscard]] bool is_convolution(const Operator& op);

/// One cut per tensor; weights are left whole here.
[[nodiscard]] std::vector<Cut> plan_cuts(const Graph& graph, const Granularity& granularity);

}  // namespace vernier::graph
