// SPDX-License-Identifier: Apache-2.0
// Which operand of an operator is what to the array.
#pragma once

#include <vector>

#include "workloads/graph/graph.h"

namespace vernier::graph {

struct Operands {
  std::vector<int> activations;  ///< first operands of GEMMs: tensors
  std::vector<int> weights;      ///< second operands, which the array gets packed
  std::vector<int> added;        ///< to the product: partial results, matrices; not vectors
};

/// Of an operator without GEMMs none. Operands that came with fused operators are none of these.
[[nodiscard]] Operands operands_of(const Graph& graph, const Operator& op);

/// The second operand of each GEMM of an operator, a tensor: the first of operands_of().weights that has its
/// size and is that of no other, else the first that is left; -1: the operator makes it itself.
[[nodiscard]] std::vector<int> second_operands(const Graph& graph, const Operator& op);

/// Per tensor whether it is a parameter that the array gets packed: one that can have a format of its own.
[[nodiscard]] std::vector<bool> packed_parameters(const Graph& graph);

}  // namespace vernier::graph
