// SPDX-License-Identifier: Apache-2.0
// What a compiler without a solver would do: an order, a rule for what leaves when space is short, and a rule
// for where tensors go. The yardsticks of the schedulers.
#pragma once

#include <string>
#include <vector>

#include "sim/schedule/schedule.h"

namespace vernier::schedule {

/// In which order the operators run.
enum class OrderRule {
  topological,  ///< as they are numbered
  greedy,       ///< next the one that leaves the fewest bytes live
};

/// Which tensor leaves.
enum class VictimRule {
  belady,  ///< the one whose next use is furthest away
  lru,     ///< the one whose last use is longest ago
};

/// Where a tensor goes.
enum class Placement {
  none,       ///< nowhere: only the sum counts. What the others lose beyond this is lost to fragmentation
  first_fit,  ///< into the lowest gap that is large enough
  best_fit,   ///< into the smallest gap that is large enough
};

struct Baseline {
  std::string name;  ///< "topo_belady_ff"
  OrderRule order;
  VictimRule victim;
  Placement placement;
  std::string sentence;
};

/// All that are reported beside a schedule.
[[nodiscard]] const std::vector<Baseline>& baselines();

/// Feasible, or optimal if it costs nothing; infeasible if an operator does not fit. If tensors that an
/// operator needs stand in each other's way, everything leaves before it.
[[nodiscard]] Outcome run_baseline(const Baseline& baseline, const graph::Graph& graph, uint64_t capacity);

/// The cheapest of those that have addresses, or, without `addresses`, of all. Every operator fits.
[[nodiscard]] Outcome best_baseline(const graph::Graph& graph, uint64_t capacity, bool addresses);

/// The order of a rule.
[[nodiscard]] std::vector<int> order_by(OrderRule rule, const graph::Graph& graph);

/// "operator 'x' needs N bytes": of the largest operator, if it has no place in the scratchpad; else empty.
[[nodiscard]] std::string too_large(const graph::Graph& graph, uint64_t capacity);

}  // namespace vernier::schedule
