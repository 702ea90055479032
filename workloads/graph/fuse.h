// SPDX-License-Identifier: Apache-2.0
// Element-wise work in the operator whose result it goes over, as accelerators do it on the way out of the
// array: bias, activation functions, normalisation by channels, quantization, residual sums.
#pragma once

#include "workloads/graph/graph.h"

namespace vernier::graph {

/// Merges an element-wise operator into the one that produces its operand, where
/// - the operand has the shape of the result, no other reader, and is no output of the network,
/// - no other operand is read by both, unless both are element-wise,
/// - it is the operand that is produced last, so that all others are there when that operator runs.
/// It goes on until nothing can be merged. GEMMs and vector elements add up; weights and other operands move
/// along; the attribute `fused` is the position of the first input that came with merged operators.
[[nodiscard]] Graph fuse(const Graph& graph);

}  // namespace vernier::graph
