// SPDX-License-Identifier: Apache-2.0
// What a graph must be, and the numbering that everybody else relies on.
#pragma once

#include <string>
#include <vector>

#include "workloads/graph/graph.h"

namespace vernier::graph {

/// Something a graph must not be. The reader of a file says on which line it stands.
struct Finding {
  enum class Of { graph, tensor, operation };

  std::string code;
  Of of = Of::graph;
  int index = 0;  ///< of the tensor or operator
  std::string message;
  std::string help;
};

/// Findings about single tensors and operators: GRA010 a name that is empty, or an operator's that is taken,
/// GRA011 sizes, GRA012 a number that is no tensor, a tensor listed twice, an operator without outputs.
[[nodiscard]] std::vector<Finding> check_items(const Graph& graph);

/// Findings about how they hang together, given none of check_items: GRA013 two producers, none, or one for a
/// tensor that is in DRAM from the start; GRA014 an output of the network that no operator produces; GRA015 a
/// cycle; GRA016 no operator. `producer` and `consumers` are not looked at.
[[nodiscard]] std::vector<Finding> check_structure(const Graph& graph);

/// Numbers operators topologically (who comes first in the old numbering, if there is a choice), and fills in
/// `producer` and `consumers`. Throws InputError with all findings; `source` is their location.
void normalise(Graph& graph, const std::string& source);

/// The bytes of all inputs and outputs of an operator: what the scratchpad must have at least.
[[nodiscard]] uint64_t need_of(const Graph& graph, int op);

/// The operator with the largest need (the first of several). The graph has one.
[[nodiscard]] int largest_operator(const Graph& graph);

}  // namespace vernier::graph
