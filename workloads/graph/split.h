// SPDX-License-Identifier: Apache-2.0
// Splitting operators to a granularity, so that what one of them needs fits the scratchpad. Tensors fall into
// pieces along one dimension, and every operator into one per piece of its result, which reads the pieces
// that it needs: of a convolution's input those of its rows and of their halo. docs/onnx.md has the rules.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "workloads/graph/graph.h"

namespace vernier::graph {

enum class SplitAxis {
  rows,      ///< strips: height of [N, C, H, W], tokens of [B, T, D], rows of a matrix
  channels,  ///< blocks of channels of [N, C, H, W], of features of [B, T, D] or a matrix; weights with them
  heads,     ///< of [B, heads, T, D]
  k,         ///< length of the dot products: partial results, each added to by the next
  fit,       ///< rows or channels, operator by operator, so that each needs no more than `bytes`
};

inline constexpr int64_t kMostParts = 4096;

struct Granularity {
  SplitAxis axis = SplitAxis::rows;
  int64_t parts = 1;
  uint64_t bytes = 0;  ///< of `fit`, > 0
};

/// "rows=4", "channels=2", "heads=12", "k=4", "fit=512KiB". Throws InputError GRA020.
[[nodiscard]] Granularity parse_granularity(const std::string& text);

/// The graph in pieces; each tensor in at most `parts` of nearly equal size, those of unknown shape in one.
/// Pieces of operators are not divided again. With `fit` what cannot be divided, or not so far, needs more.
/// Bytes of a tensor, multiply-accumulates and vector elements of an operator are those of its pieces.
/// Pieces are named after what they are pieces of: "conv1/0". The operators are in a topological order.
[[nodiscard]] Graph split(const Graph& graph, const Granularity& granularity);

/// Part of a tensor along one dimension of the shape in which an operator sees it; axis -1 = all of it.
struct Region {
  int axis = -1;
  int64_t from = 0, to = 0;
};

/// The shape in which an operator sees its input (by position in `inputs`).
[[nodiscard]] const std::vector<int64_t>& view_of(const Graph& graph, const Operator& op, size_t input);

/// What an operator reads of an input for the part `result` of its only output.
[[nodiscard]] Region read_region(const Graph& graph, const Operator& op, size_t input, const Region& result);

}  // namespace vernier::graph
