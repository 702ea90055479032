// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/exact/repair.h"

#include <algorithm>
#include <memory>
#include <set>

namespace vernier::schedule::exact {
namespace {

constexpr size_t kChoices = 8;  // addresses tried for a tensor, the cheapest first

/// A tensor to set down, and the last step that it has in the schedule given; `written`: it has a copy in
/// DRAM.
struct Incoming {
  int tensor;
  int planned;
  bool written;
};

/// A residency that is going on.
struct Held {
  Incoming in;
  int from;
  uint64_t low, high;
};

/// Residencies that have ended, shared by the states that grew from one.
struct Ended {
  Residency residency;
  std::shared_ptr<const Ended> before;
};

struct State {
  uint64_t cost = 0;
  std::vector<Held> held;
  std::shared_ptr<const Ended> ended;
};

class Repair {
 public:
  Repair(const graph::Graph& graph, uint64_t capacity, const RepairLimits& limits, const Schedule& schedule)
      : graph_(graph), capacity_(capacity), limits_(limits), schedule_(schedule) {
    uses_.resize(graph.tensors.size());
    for (size_t t = 0; t < schedule.order.size(); ++t) {
      for (const int k : operands(t)) uses_[k].push_back(static_cast<int>(t));
    }
    starts_.resize(schedule.order.size());
    std::vector<char> written;
    for (const graph::Tensor& tensor : graph.tensors)
      written.push_back(static_cast<char>(tensor.producer < 0 || tensor.output));
    for (const Residency& r : schedule.residencies) {
      starts_[r.from].push_back({r.tensor, r.to, written[r.tensor] != 0});
      written[r.tensor] = 1;  // if it comes again, it left before
    }
  }

  bool run(Schedule& result) {
    std::vector<State> states(1);
    for (size_t t = 0; t < schedule_.order.size(); ++t) {
      if (std::chrono::steady_clock::now() > limits_.deadline) return false;
      next_.clear();
      for (const State& state : states) step(state, static_cast<int>(t));
      keep_best();
      if (next_.empty()) return false;
      states = std::move(next_);
    }
    result.residencies.clear();
    for (const Held& held : states.front().held)
      result.residencies.push_back({held.in.tensor, held.from, last_use(held, held.in.planned), held.low});
    for (const Ended* e = states.front().ended.get(); e != nullptr; e = e->before.get())
      result.residencies.push_back(e->residency);
    std::sort(result.residencies.begin(), result.residencies.end(),
              [](const Residency& a, const Residency& b) {
                return a.from != b.from ? a.from < b.from : a.tensor < b.tensor;
              });
    return true;
  }

 private:
  std::set<int> operands(size_t t) const {
    const graph::Operator& op = graph_.operators[schedule_.order[t]];
    std::set<int> all(op.inputs.begin(), op.inputs.end());
    all.insert(op.outputs.begin(), op.outputs.end());
    return all;
  }

  /// Of a residency that has begun: the last step not after `until` that uses it.
  int last_use(const Held& held, int until) const {
    const std::vector<int>& uses = uses_[held.in.tensor];
    return *std::prev(std::upper_bound(uses.begin(), uses.end(), until));
  }

  void end(State& state, size_t i, int until) const {
    const Held& held = state.held[i];
    state.ended = std::make_shared<const Ended>(
        Ended{{held.in.tensor, held.from, last_use(held, until), held.low}, state.ended});
    state.held.erase(state.held.begin() + static_cast<std::ptrdiff_t>(i));
  }

  /// Out before step t, though it is needed again.
  void leave(State& state, size_t i, int t) const {
    state.cost += price(state.held[i]);
    end(state, i, t - 1);
  }

  static uint64_t price(const Held& held) { return (held.in.written ? 1 : 2) * (held.high - held.low); }

  void step(State state, int t) {
    for (size_t i = state.held.size(); i-- > 0;) {
      if (state.held[i].in.planned < t) end(state, i, t - 1);
    }
    const std::set<int> needed = operands(static_cast<size_t>(t));
    std::vector<Incoming> incoming = starts_[t];
    for (const int k : needed) {  // those that left, and that the plan has resident
      const auto is_k = [&](const Incoming& other) { return other.tensor == k; };
      if (std::any_of(state.held.begin(), state.held.end(), [&](const Held& held) { return is_k(held.in); }))
        continue;
      if (std::any_of(incoming.begin(), incoming.end(), is_k)) continue;
      const auto planned =
          std::find_if(schedule_.residencies.begin(), schedule_.residencies.end(),
                       [&](const Residency& r) { return r.tensor == k && r.from <= t && t <= r.to; });
      incoming.push_back({k, planned->to, true});
    }
    std::sort(incoming.begin(), incoming.end(), [&](const Incoming& a, const Incoming& b) {
      return graph_.tensors[a.tensor].bytes > graph_.tensors[b.tensor].bytes;
    });
    place(state, incoming, t, needed);
  }

  /// Sets down the first of `incoming`, then the others.
  void place(const State& state, const std::vector<Incoming>& incoming, int t, const std::set<int>& needed) {
    if (incoming.empty()) {
      next_.push_back(state);
      return;
    }
    if (next_.size() > kChoices * kChoices * limits_.width) return;
    const Incoming now = incoming.front();
    const uint64_t bytes = graph_.tensors[now.tensor].bytes;
    std::set<uint64_t> lows = {0, capacity_ - bytes};
    for (const Held& held : state.held) {
      if (held.high + bytes <= capacity_) lows.insert(held.high);
      if (held.low >= bytes) lows.insert(held.low - bytes);
    }
    std::vector<std::pair<uint64_t, uint64_t>> choices;  // cost, address
    for (const uint64_t low : lows) {
      uint64_t cost = 0;
      bool free = true;
      for (const Held& held : state.held) {
        if (held.low >= low + bytes || low >= held.high) continue;
        cost += price(held);
        free = free && held.from < t;  // not what has just been set down
      }
      if (free) choices.push_back({cost, low});
    }
    std::sort(choices.begin(), choices.end());
    if (choices.size() > kChoices) choices.resize(kChoices);
    for (const auto& [cost, low] : choices) {
      State next = state;
      std::vector<Incoming> rest(incoming.begin() + 1, incoming.end());
      for (size_t i = next.held.size(); i-- > 0;) {
        const Held held = next.held[i];
        if (held.low >= low + bytes || low >= held.high) continue;
        leave(next, i, t);
        if (needed.count(held.in.tensor) != 0) rest.push_back({held.in.tensor, held.in.planned, true});
      }
      next.held.push_back({now, t, low, low + bytes});
      place(next, rest, t, needed);
    }
  }

  /// The cheapest states, of those that look the same one.
  void keep_best() {
    const auto layout = [](const State& state) {
      std::vector<std::pair<uint64_t, int>> all;
      for (const Held& held : state.held) all.push_back({held.low, held.in.tensor});
      std::sort(all.begin(), all.end());
      return all;
    };
    std::stable_sort(next_.begin(), next_.end(),
                     [](const State& a, const State& b) { return a.cost < b.cost; });
    std::set<std::vector<std::pair<uint64_t, int>>> seen;
    std::vector<State> kept;
    for (State& state : next_) {
      if (kept.size() == limits_.width) break;
      if (seen.insert(layout(state)).second) kept.push_back(std::move(state));
    }
    next_ = std::move(kept);
  }

  const graph::Graph& graph_;
  uint64_t capacity_;
  const RepairLimits& limits_;
  const Schedule& schedule_;
  std::vector<std::vector<int>> uses_;         ///< per tensor: steps
  std::vector<std::vector<Incoming>> starts_;  ///< per step
  std::vector<State> next_;
};

}  // namespace

uint64_t noncompulsory_bytes(const graph::Graph& graph, const Schedule& schedule) {
  std::vector<uint64_t> times(graph.tensors.size(), 0);
  for (const Residency& r : schedule.residencies) ++times[r.tensor];
  uint64_t sum = 0;
  for (size_t k = 0; k < times.size(); ++k) {
    const graph::Tensor& tensor = graph.tensors[k];
    if (times[k] < 2) continue;
    sum += tensor.bytes * (times[k] - 1);
    if (tensor.producer >= 0 && !tensor.output) sum += tensor.bytes;
  }
  return sum;
}

bool repair(const graph::Graph& graph, uint64_t capacity, const RepairLimits& limits, Schedule& schedule) {
  Schedule result = schedule;
  if (!Repair(graph, capacity, limits, schedule).run(result)) return false;
  schedule = std::move(result);
  return true;
}

}  // namespace vernier::schedule::exact
