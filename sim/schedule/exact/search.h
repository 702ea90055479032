// SPDX-License-Identifier: Apache-2.0
// The dynamic program over states, layered by operators executed; with a width also as a beam.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>

#include "base/error.h"
#include "sim/schedule/exact/bound.h"
#include "sim/schedule/exact/layer.h"
#include "sim/schedule/exact/step.h"
#include "sim/schedule/exact/symmetry.h"

namespace vernier::schedule::exact {

using Clock = std::chrono::steady_clock;
inline constexpr uint64_t kVictims = 64;  // sets of them, per state and operator of a beam

struct SearchLimits {
  size_t width = 0;        ///< states kept per layer; 0 = all
  uint64_t upper = kNone;  ///< only schedules below this cost are looked for
  uint64_t seed = 0;       ///< 0: of equals the first; otherwise drawn
  Clock::time_point deadline;
  size_t states = 0;  ///< in memory at most
};

struct Found {
  bool complete = false;     ///< nothing was left out: there is no schedule below `bound`
  uint64_t bound = 0;        ///< proved for any schedule, at most `upper`
  std::optional<Plan> plan;  ///< of cost below `upper`
  uint64_t cost = kNone;
};

template <int W>
class Search {
 public:
  explicit Search(const Problem<W>& problem)
      : p_(problem), stepper_(problem), bound_(problem), symmetry_(problem) {}

  /// A way to the end: a state in which all operators have run, and where it began.
  struct End {
    State<W> state;
    size_t start = 0;
    Plan plan;
  };

  Found run(const SearchLimits& limits) { return run(limits, {State<W>{}}); }

  Found run(const SearchLimits& limits, const std::vector<State<W>>& starts) {
    starts_ = starts;
    random_.seed(limits.seed);
    stepper_.set_deadline(limits.deadline);
    stepper_.set_most(limits.width == 0 ? 0 : kVictims);
    layers_.assign(p_.operators + 1, {});
    stored_ = 0;
    Found found;
    uint64_t least = limits.upper;
    for (size_t i = 0; i < starts.size(); ++i) {
      stepper_.start(starts[i], [&](const State<W>& state, const Bits<W>& live) {
        insert(state, live, kStart + i, limits.upper);
        least = std::min(least, state.cost + bound_(state, live));
      });
    }
    bool truncated = false;
    for (int t = 0; t < final_layer(); ++t) {
      Layer<W>& layer = layers_[t];
      layer.close();
      if (limits.seed != 0) std::shuffle(layer.nodes.begin(), layer.nodes.end(), random_);
      if (limits.width != 0 && layer.alive() > limits.width) {
        truncate(layer, limits.width);
        truncated = true;
      }
      for (size_t i = 0; i < layer.nodes.size(); ++i) {
        if (layer.nodes[i].dead) continue;
        const State<W> from = layer.nodes[i].state;
        const uint64_t room = limits.upper - from.cost - (limits.upper == kNone ? 0 : 1);
        const uint64_t parent = static_cast<uint64_t>(t) << 32 | i;
        stepper_.expand(from, room, [&](const State<W>& state, const Bits<W>& live) {
          insert(state, live, parent, limits.upper);
        });
        truncated = truncated || stepper_.left_out();
        const bool full = limits.states != 0 && stored_ > limits.states;
        if (full || stepper_.expired() || ((i & 63) == 0 && Clock::now() > limits.deadline)) {
          found.bound = truncated ? least : open(t, i, limits.upper);
          return found;
        }
      }
    }
    const Node<W>* cheapest = nullptr;
    for (const Node<W>& node : layers_[final_layer()].nodes) {
      if (node.dead || (cheapest != nullptr && cheapest->state.cost <= node.state.cost)) continue;
      cheapest = &node;
      found.cost = node.state.cost;
    }
    if (cheapest != nullptr) found.plan = trace(*cheapest);
    found.complete = !truncated;
    found.bound = truncated ? least : std::min(limits.upper, found.cost);
    return found;
  }

  /// The cheapest ends of the last run, of which none dominates another.
  std::vector<End> ends(size_t most) {
    std::vector<const Node<W>*> alive;
    for (const Node<W>& node : layers_[final_layer()].nodes) {
      if (!node.dead) alive.push_back(&node);
    }
    std::stable_sort(alive.begin(), alive.end(),
                     [](const auto* a, const auto* b) { return a->state.cost < b->state.cost; });
    if (alive.size() > most) alive.resize(most);
    std::vector<End> all;
    for (const Node<W>* node : alive) {
      const Node<W>* root = node;
      while (root->parent < kStart) root = &parent(*root);
      all.push_back({node->state, root->parent - kStart, trace(*node)});
    }
    return all;
  }

  [[nodiscard]] size_t stored() const { return stored_; }

 private:
  void insert(State<W> state, Bits<W> live, uint64_t parent, uint64_t upper) {
    if (state.cost >= upper) return;
    symmetry_.normalise(state, live, nullptr);
    Layer<W>& layer = layers_[state.done.count()];
    const uint64_t total = weight(p_, state);
    if (layer.dominated(p_, state, total)) return;
    const uint64_t bound = state.cost + bound_(state, live);
    if (bound >= upper) return;
    Node<W> node;
    node.state = state;
    node.bound = bound;
    node.weight = total;
    node.parent = parent;
    layer.add(p_, node);
    ++stored_;
  }

  void truncate(Layer<W>& layer, size_t width) {
    std::vector<uint32_t> order;
    for (uint32_t i = 0; i < layer.nodes.size(); ++i) {
      if (!layer.nodes[i].dead) order.push_back(i);
    }
    const auto better = [&](uint32_t a, uint32_t b) {
      const Node<W>&x = layer.nodes[a], &y = layer.nodes[b];
      if (x.bound != y.bound) return x.bound < y.bound;
      if (x.weight != y.weight) return x.weight < y.weight;
      return a < b;
    };
    std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(width), order.end(), better);
    for (size_t i = width; i < order.size(); ++i) layer.nodes[order[i]].dead = true;
  }

  [[nodiscard]] int final_layer() const { return p_.operators - p_.last.count(); }

  /// What an interrupted search has proved: the least bound of what it did not get to.
  uint64_t open(size_t layer, size_t first, uint64_t upper) const {
    uint64_t least = upper;
    for (size_t t = layer; t < layers_.size(); ++t) {
      for (size_t i = t == layer ? first : 0; i < layers_[t].nodes.size(); ++i) {
        if (!layers_[t].nodes[i].dead) least = std::min(least, layers_[t].nodes[i].bound);
      }
    }
    return least;
  }

  /// The moves to a node: each edge is found again by expanding its parent, as far as the search did.
  Plan trace(const Node<W>& last) {
    stepper_.set_deadline(Clock::time_point::max());
    std::vector<const Node<W>*> path = {&last};
    while (path.back()->parent < kStart) path.push_back(&parent(*path.back()));
    Plan plan;
    Renaming original;  // of the operators and tensors in a node, what exchanges made of them taken back
    for (size_t i = path.size(); i-- > 0;) {
      const Node<W>& node = *path[i];
      bool seen = false;
      const auto look = [&](State<W> state, Bits<W> live) {
        if (seen || state.cost != node.state.cost) return;
        Renaming renaming;
        symmetry_.normalise(state, live, &renaming);
        if (!(state == node.state)) return;
        seen = true;
        stepper_.stop();
        append(plan, original, renaming);
      };
      if (i + 1 == path.size()) {
        stepper_.start(starts_[node.parent - kStart], look);
      } else {
        const State<W>& from = path[i + 1]->state;
        stepper_.expand(from, node.state.cost - from.cost, look);
      }
      VERNIER_INVARIANT(seen, "a state without a way to it");
    }
    return plan;
  }

  /// Adds the moves of the trail under the names they have in the model; then follows `renaming`.
  void append(Plan& plan, Renaming& original, const Renaming& renaming) const {
    if (original.operators.empty()) {
      original.operators.resize(p_.operators);
      original.tensors.resize(p_.tensors);
      std::iota(original.operators.begin(), original.operators.end(), 0);
      std::iota(original.tensors.begin(), original.tensors.end(), 0);
    }
    for (const auto& leave : stepper_.trail()) {
      Move move;
      move.op = original.operators[leave.op];
      leave.victims.each([&](int k) { move.victims.push_back(original.tensors[k]); });
      plan.push_back(move);
    }
    Renaming next = original;
    for (int o = 0; o < p_.operators; ++o) next.operators[renaming.operators[o]] = original.operators[o];
    for (int k = 0; k < p_.tensors; ++k) next.tensors[renaming.tensors[k]] = original.tensors[k];
    original = next;
  }

  const Node<W>& parent(const Node<W>& node) const {
    return layers_[node.parent >> 32].nodes[node.parent & 0xFFFFFFFFU];
  }

  const Problem<W>& p_;
  Stepper<W> stepper_;
  Bound<W> bound_;
  Symmetry<W> symmetry_;
  std::vector<Layer<W>> layers_;
  std::vector<State<W>> starts_;
  std::mt19937_64 random_;
  size_t stored_ = 0;
};

}  // namespace vernier::schedule::exact
