// SPDX-License-Identifier: Apache-2.0
#include <numeric>
#include <utility>

#include "sim/schedule/baseline/baseline.h"

namespace vernier::schedule {
namespace {

/// Runs the operator that leaves the fewest bytes live, if nothing ever leaves early.
class GreedyOrder {
 public:
  explicit GreedyOrder(const graph::Graph& graph)
      : graph_(graph), readers_(graph.tensors.size()), live_(graph.tensors.size(), false) {
    for (size_t i = 0; i < graph.tensors.size(); ++i) readers_[i] = graph.tensors[i].consumers.size();
  }

  std::vector<int> run() {
    std::vector<int> missing(graph_.operators.size(), 0);
    std::vector<int> ready, order;
    for (size_t op = 0; op < graph_.operators.size(); ++op) {
      for (const int tensor : graph_.operators[op].inputs)
        missing[op] += graph_.tensors[static_cast<size_t>(tensor)].producer < 0 ? 0 : 1;
      if (missing[op] == 0) ready.push_back(static_cast<int>(op));
    }
    while (!ready.empty()) {
      auto best = ready.begin();
      for (auto op = ready.begin(); op != ready.end(); ++op) {
        if (key_of(*op) < key_of(*best)) best = op;
      }
      const int op = *best;
      ready.erase(best);
      order.push_back(op);
      execute(op);
      for (const int tensor : graph_.operators[static_cast<size_t>(op)].outputs) {
        for (const int reader : graph_.tensors[static_cast<size_t>(tensor)].consumers) {
          if (--missing[static_cast<size_t>(reader)] == 0) ready.push_back(reader);
        }
      }
    }
    return order;
  }

 private:
  /// Change of the live bytes; what is fetched from DRAM may leave again for free and is not counted.
  [[nodiscard]] std::pair<int64_t, int> key_of(int op) const {
    int64_t change = 0;
    for (const int tensor : graph_.operators[static_cast<size_t>(op)].inputs) {
      const auto i = static_cast<size_t>(tensor);
      if (live_[i] && readers_[i] == 1) change -= static_cast<int64_t>(graph_.tensors[i].bytes);
    }
    for (const int tensor : graph_.operators[static_cast<size_t>(op)].outputs) {
      const auto i = static_cast<size_t>(tensor);
      if (readers_[i] > 0) change += static_cast<int64_t>(graph_.tensors[i].bytes);
    }
    return {change, op};
  }

  void execute(int op) {
    for (const int tensor : graph_.operators[static_cast<size_t>(op)].inputs) {
      const auto i = static_cast<size_t>(tensor);
      live_[i] = --readers_[i] > 0;
    }
    for (const int tensor : graph_.operators[static_cast<size_t>(op)].outputs)
      live_[static_cast<size_t>(tensor)] = readers_[static_cast<size_t>(tensor)] > 0;
  }

  const graph::Graph& graph_;
  std::vector<size_t> readers_;  // of each tensor: operators that are still to read it
  std::vector<bool> live_;       // produced or fetched, and still to be read
};

}  // namespace

std::vector<int> order_by(OrderRule rule, const graph::Graph& graph) {
  if (rule == OrderRule::greedy) return GreedyOrder(graph).run();
  std::vector<int> order(graph.operators.size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

}  // namespace vernier::schedule
