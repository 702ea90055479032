// SPDX-License-Identifier: Apache-2.0
// Order, evictions and addresses together: the search for when no schedule of the least cost for the capacity
// alone was found to pack. Best first by the bound, so that it goes through the schedules of one cost before
// those of the next; without forced operators, exchanges and sets of victims, which hold for bytes only.
#pragma once

#include <map>
#include <optional>
#include <queue>

#include "sim/schedule/exact/bound.h"
#include "sim/schedule/exact/layer.h"
#include "sim/schedule/exact/step.h"

namespace vernier::schedule::exact {

template <int W>
class Joint {
 public:
  struct Result {
    std::optional<Schedule> schedule;  ///< of cost below `upper`
    uint64_t cost = kNone;
    uint64_t bound = 0;  ///< proved for any schedule with addresses, at most `upper`
  };

  Joint(const Problem<W>& problem, const graph::Graph& graph)
      : p_(problem), graph_(graph), stepper_(problem), bound_(problem) {}

  Result run(uint64_t upper, std::chrono::steady_clock::time_point deadline, size_t most_nodes) {
    upper_ = upper;
    deadline_ = deadline;
    positions_ = possible_addresses(graph_, p_.capacity);
    Result result;
    if (positions_.empty()) return result;
    add({}, Bits<W>{});
    while (!open_.empty()) {
      const Entry top = open_.top();
      if (nodes_.size() > most_nodes || expired()) {
        result.bound = top.bound;
        return result;
      }
      open_.pop();
      if (nodes_[top.node].dead) continue;
      if (top.done == p_.operators) {
        result.schedule = trace(top.node);
        result.cost = result.bound = top.bound;
        return result;
      }
      expand(top.node);
      if (expired_) {  // some of what follows the node is missing
        result.bound = top.bound;
        return result;
      }
    }
    result.bound = upper;
    return result;
  }

 private:
  struct Placed {
    int tensor;  ///< of the graph
    uint64_t address;
  };
  struct Node {
    State<W> state;
    std::vector<uint64_t> addresses;  ///< per tensor of the model
    size_t parent = 0;
    int op = -1;
    std::vector<Placed> placed;  ///< what came in for op
    bool dead = false;
  };
  struct Entry {
    uint64_t bound;
    int done;
    size_t node;
    bool operator<(const Entry& other) const {  // the last is taken first
      if (bound != other.bound) return bound > other.bound;
      if (done != other.done) return done < other.done;
      return node > other.node;
    }
  };
  struct Incoming {
    int tensor;  ///< of the model; -1: folded
    int original;
    uint64_t bytes;
  };

  /// Whether what follows b can follow a at no more cost: as for states of bytes, but a tensor at another
  /// address has to leave.
  bool dominates(const Node& a, const Node& b) const {
    if (a.state.cost > b.state.cost) return false;
    uint64_t price = a.state.cost;
    a.state.resident.each([&](int k) {
      const bool dirty = a.state.dirty.test(k);
      if (!b.state.resident.test(k) || a.addresses[k] != b.addresses[k]) {
        price += dirty ? 2 * p_.bytes[k] : p_.bytes[k];
      } else if (dirty && !b.state.dirty.test(k)) {
        price += p_.bytes[k];
      }
    });
    return price <= b.state.cost;
  }

  void add(Node node, const Bits<W>& live) {
    if (node.addresses.empty()) node.addresses.resize(p_.tensors);
    if (node.state.cost >= upper_) return;
    const uint64_t bound = node.state.cost + bound_(node.state, live);
    if (bound >= upper_) return;
    auto& same = by_done_[node.state.done.words];
    for (const size_t i : same) {
      if (dominates(nodes_[i], node)) return;
    }
    for (size_t i = 0; i < same.size();) {
      if (dominates(node, nodes_[same[i]])) {
        nodes_[same[i]].dead = true;
        same[i] = same.back();
        same.pop_back();
      } else {
        ++i;
      }
    }
    same.push_back(nodes_.size());
    open_.push({bound, node.state.done.count(), nodes_.size()});
    nodes_.push_back(std::move(node));
  }

  bool expired() {
    expired_ = expired_ || std::chrono::steady_clock::now() > deadline_;
    return expired_;
  }

  void expand(size_t index) {
    const Node from = nodes_[index];
    const Bits<W> alive = stepper_.live(from.state.done);
    stepper_.ready(from.state.done).each([&](int o) {
      Node next = from;
      next.parent = index;
      next.op = o;
      next.placed.clear();
      std::vector<int> stay;
      (from.state.resident & p_.in[o]).each([&](int k) { stay.push_back(k); });
      move(next, alive, stay, 0);
    });
  }

  /// An operand that is there stays where it is, or leaves and comes again elsewhere.
  void move(const Node& node, const Bits<W>& alive, const std::vector<int>& stay, size_t i) {
    if (i == stay.size()) {
      std::vector<Incoming> incoming;
      (p_.operands[node.op] - node.state.resident).each([&](int k) {
        incoming.push_back({k, p_.model.original[k], p_.bytes[k]});
      });
      for (const int k : p_.model.folded[node.op]) incoming.push_back({-1, k, graph_.tensors[k].bytes});
      std::vector<std::pair<uint64_t, uint64_t>> taken;
      (p_.operands[node.op] & node.state.resident).each([&](int k) {
        taken.push_back({node.addresses[k], node.addresses[k] + p_.bytes[k]});
      });
      enter(node, alive, incoming, 0, taken);
      return;
    }
    move(node, alive, stay, i + 1);
    Node moved = node;
    leave(moved, stay[i]);
    if (moved.state.cost < upper_) move(moved, alive, stay, i + 1);
  }

  void leave(Node& node, int k) const {
    node.state.cost += node.state.dirty.test(k) ? 2 * p_.bytes[k] : p_.bytes[k];
    node.state.resident.reset(k);
    node.state.dirty.reset(k);
  }

  /// Each incoming tensor at every address; what lies there, and is not needed now, leaves.
  void enter(const Node& node, const Bits<W>& alive, const std::vector<Incoming>& incoming, size_t i,
             std::vector<std::pair<uint64_t, uint64_t>>& taken) {
    if (expired()) return;
    if (i == incoming.size()) {
      finish(node, alive);
      return;
    }
    const Incoming& in = incoming[i];
    for (const uint64_t low : positions_) {
      const uint64_t high = low + in.bytes;
      if (high > p_.capacity) break;
      if (std::any_of(taken.begin(), taken.end(),
                      [&](const auto& other) { return low < other.second && other.first < high; })) {
        continue;
      }
      Node next = node;
      (node.state.resident - p_.operands[node.op]).each([&](int k) {
        if (low < node.addresses[k] + p_.bytes[k] && node.addresses[k] < high) leave(next, k);
      });
      if (next.state.cost >= upper_) continue;
      next.placed.push_back({in.original, low});
      if (in.tensor >= 0) next.addresses[in.tensor] = low;
      taken.push_back({low, high});
      enter(next, alive, incoming, i + 1, taken);
      taken.pop_back();
    }
  }

  void finish(Node node, Bits<W> alive) {
    stepper_.run(node.state, alive, node.op);
    add(std::move(node), alive);
  }

  Schedule trace(size_t last) const {
    std::vector<size_t> path;
    for (size_t i = last; nodes_[i].op >= 0; i = nodes_[i].parent) path.push_back(i);
    Schedule schedule;
    std::vector<int> open(graph_.tensors.size(), -1);
    for (size_t i = path.size(); i-- > 0;) {
      const Node& node = nodes_[path[i]];
      const int step = static_cast<int>(schedule.order.size());
      schedule.order.push_back(node.op);
      for (const Placed& placed : node.placed) {
        open[placed.tensor] = static_cast<int>(schedule.residencies.size());
        schedule.residencies.push_back({placed.tensor, step, step, placed.address});
      }
      p_.operands[node.op].each([&](int k) { schedule.residencies[open[p_.model.original[k]]].to = step; });
    }
    std::sort(schedule.residencies.begin(), schedule.residencies.end(),
              [](const Residency& a, const Residency& b) {
                return a.from != b.from ? a.from < b.from : a.tensor < b.tensor;
              });
    return schedule;
  }

  const Problem<W>& p_;
  const graph::Graph& graph_;
  Stepper<W> stepper_;
  Bound<W> bound_;
  uint64_t upper_ = kNone;
  std::chrono::steady_clock::time_point deadline_;
  bool expired_ = false;
  std::vector<uint64_t> positions_;
  std::vector<Node> nodes_;
  std::map<std::array<uint64_t, W>, std::vector<size_t>> by_done_;
  std::priority_queue<Entry> open_;
};

}  // namespace vernier::schedule::exact
