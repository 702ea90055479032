// SPDX-License-Identifier: Apache-2.0
// Graphs as pictures, for Graphviz.
#pragma once

#include <string>

#include "workloads/graph/graph.h"

namespace vernier::graph {

/// A digraph: operators are boxes, tensors ellipses with their bytes (inputs and weights dashed, outputs of
/// the network bold).
[[nodiscard]] std::string to_dot(const Graph& graph);

}  // namespace vernier::graph
