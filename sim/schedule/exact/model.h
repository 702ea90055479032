// SPDX-License-Identifier: Apache-2.0
// The scheduling problem as the exact method sees it: folded tensors are bytes of their operator, the others
// have numbers of their own. And what it finds: an order with evictions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/schedule/schedule.h"
#include "workloads/graph/graph.h"

namespace vernier::schedule::exact {

struct Model {
  int operators = 0;
  std::vector<std::vector<int>> inputs, outputs;  ///< per operator: tensors of the model, ascending
  std::vector<uint64_t> folded_bytes;             ///< per operator: resident in its step only
  std::vector<std::vector<int>> folded;           ///< per operator: these, as tensors of the graph

  std::vector<int> original;    ///< per tensor: its number in the graph
  std::vector<uint64_t> bytes;  ///< per tensor
  std::vector<int> producer;    ///< per tensor; -1 = DRAM
  std::vector<char> clean;      ///< per tensor: leaving needs no write of its own (DRAM, or an output)
  std::vector<std::vector<int>> consumers;

  /// Of a piece of a larger problem: an operator that has run before the start and whose outputs are the
  /// tensors that were live then, and one that comes after the end and reads those live there; -1 = there is
  /// none.
  int source = -1, sink = -1;

  uint64_t capacity = 0;  ///< at most what was given: the largest sum of tensors that fits
  /// round_up[e]: the smallest sum of tensors that is at least e * unit; empty if the table would be large.
  std::vector<uint64_t> round_up;
  uint64_t unit = 1;

  [[nodiscard]] int tensors() const { return static_cast<int>(bytes.size()); }
  [[nodiscard]] uint64_t needed(int op) const;  ///< bytes resident at least in its step
};

/// Addresses worth trying: sums of sizes. Of a packing in which nothing can be moved down, all are. Empty if
/// there are too many to list.
std::vector<uint64_t> possible_addresses(const graph::Graph& graph, uint64_t capacity);

Model make_model(const graph::Graph& graph, uint64_t capacity);

/// An operator and what leaves the scratchpad, still needed, to make room for it.
struct Move {
  int op = 0;
  std::vector<int> victims;  ///< tensors of the model
};
using Plan = std::vector<Move>;

/// Which operator needs how much, if the largest does not fit; else empty.
std::string too_large(const graph::Graph& graph, const Model& model, uint64_t capacity);

/// A plan that always works: nothing stays in the scratchpad between operators.
Plan keep_nothing(const Model& model);

/// Bytes that the plan moves beyond the compulsory ones. Throws InternalError if it breaks the order, evicts
/// what is not resident, or does not fit.
uint64_t replay(const Model& model, const Plan& plan);

/// The residencies of a plan, each ending with its last use, without addresses.
Schedule to_schedule(const Model& model, const Plan& plan);

}  // namespace vernier::schedule::exact
