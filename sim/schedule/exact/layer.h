// SPDX-License-Identifier: Apache-2.0
// The states with one number of operators executed, none dominated by another.
#pragma once

#include <limits>
#include <vector>

#include "sim/schedule/exact/state.h"

namespace vernier::schedule::exact {

inline constexpr uint64_t kStart = uint64_t{1} << 63;
inline constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max();

template <int W>
struct Node {
  State<W> state;
  uint64_t bound = 0;        ///< on the cost of any schedule through it
  uint64_t weight = 0;       ///< of the state
  uint64_t parent = kStart;  ///< layer * 2^32 + index, or kStart + number of the start
  uint32_t next = 0;         ///< another node with the same operators executed: its index + 1; 0 = none
  bool dead = false;
};

template <int W>
class Layer {
 public:
  std::vector<Node<W>> nodes;

  /// Whether a node dominates the state. One that does is looked at first the next time.
  [[nodiscard]] bool dominated(const Problem<W>& problem, const State<W>& state, uint64_t weight) {
    if (heads_.empty()) return false;
    uint32_t& head = heads_[slot(state.done)];
    const uint64_t total = state.cost + weight;
    for (uint32_t* link = &head; *link != 0; link = &nodes[*link - 1].next) {
      Node<W>& node = nodes[*link - 1];
      if (node.state.cost + node.weight > total || !dominates(problem, node.state, state)) continue;
      const uint32_t found = *link;
      *link = node.next;
      node.next = head;
      head = found;
      return true;
    }
    return false;
  }

  /// Adds a node that is not dominated; those that it dominates are dead.
  void add(const Problem<W>& problem, Node<W> node) {
    if (2 * (sets_ + 1) > heads_.size()) grow();
    uint32_t& head = heads_[slot(node.state.done)];
    if (head == 0) ++sets_;
    const uint64_t total = node.state.cost + node.weight;
    for (uint32_t* link = &head; *link != 0;) {
      Node<W>& other = nodes[*link - 1];
      if (total <= other.state.cost + other.weight && dominates(problem, node.state, other.state)) {
        other.dead = true;
        ++dead_;
        *link = other.next;
      } else {
        link = &other.next;
      }
    }
    node.next = head;
    nodes.push_back(node);
    head = static_cast<uint32_t>(nodes.size());
  }

  [[nodiscard]] size_t alive() const { return nodes.size() - dead_; }
  void close() {
    heads_.clear();
    heads_.shrink_to_fit();
  }

 private:
  size_t slot(const Bits<W>& done) const {
    size_t i = done.hash() & (heads_.size() - 1);
    while (heads_[i] != 0 && nodes[heads_[i] - 1].state.done != done) i = (i + 1) & (heads_.size() - 1);
    return i;
  }

  void grow() {
    const std::vector<uint32_t> old = std::move(heads_);
    heads_.assign(old.empty() ? 64 : 2 * old.size(), 0);
    for (const uint32_t head : old) {
      if (head != 0) heads_[slot(nodes[head - 1].state.done)] = head;
    }
  }

  std::vector<uint32_t> heads_;
  size_t sets_ = 0, dead_ = 0;
};

}  // namespace vernier::schedule::exact
