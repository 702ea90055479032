// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/baseline/baseline.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <tuple>

#include "base/error.h"
#include "base/printable.h"
#include "workloads/graph/check.h"

namespace vernier::schedule {
namespace {

/// The scratchpad's free space.
class Space {
 public:
  Space(Placement placement, uint64_t capacity) : placement_(placement), capacity_(capacity) {}

  /// Takes a place, if there is one.
  std::optional<uint64_t> take(uint64_t bytes) {
    if (placement_ == Placement::none) {
      if (bytes > capacity_ - used_) return std::nullopt;
      used_ += bytes;
      return 0;
    }
    std::optional<uint64_t> best;
    uint64_t best_gap = 0;
    const auto gap = [&](uint64_t begin, uint64_t end) {
      if (end - begin < bytes || (best && (placement_ == Placement::first_fit || end - begin >= best_gap)))
        return;
      best = begin;
      best_gap = end - begin;
    };
    uint64_t begin = 0;
    for (const auto& [address, size] : taken_) {
      gap(begin, address);
      begin = address + size;
    }
    gap(begin, capacity_);
    if (best) taken_.emplace(*best, bytes);
    return best;
  }
  void give_back(uint64_t address, uint64_t bytes) {
    if (placement_ == Placement::none) {
      used_ -= bytes;
    } else {
      taken_.erase(address);
    }
  }

 private:
  Placement placement_;
  uint64_t capacity_;
  uint64_t used_ = 0;                   // without places
  std::map<uint64_t, uint64_t> taken_;  // address -> bytes
};

class Run {
 public:
  Run(const Baseline& baseline, const graph::Graph& graph, uint64_t capacity)
      : baseline_(baseline),
        graph_(graph),
        space_(baseline.placement, capacity),
        state_(graph.tensors.size()),
        uses_(graph.tensors.size()) {
    schedule_.order = order_by(baseline.order, graph);
    for (size_t t = 0; t < schedule_.order.size(); ++t) {
      for (const int tensor : graph.operators[static_cast<size_t>(schedule_.order[t])].inputs)
        uses_[static_cast<size_t>(tensor)].push_back(static_cast<int>(t));
    }
    for (size_t i = 0; i < graph.tensors.size(); ++i)
      state_[i].clean = graph.tensors[i].producer < 0 || graph.tensors[i].output;
  }

  void run() {
    for (step_ = 0; step_ < static_cast<int>(schedule_.order.size()); ++step_) {
      const graph::Operator& op =
          graph_.operators[static_cast<size_t>(schedule_.order[static_cast<size_t>(step_)])];
      std::vector<int> operands = op.inputs;
      operands.insert(operands.end(), op.outputs.begin(), op.outputs.end());
      if (!bring_in(operands)) {
        while (!resident_.empty()) leave(resident_.front());
        VERNIER_INVARIANT(bring_in(operands), "operands of step {} fit into an empty scratchpad", step_);
      }
      for (const int tensor : operands) {
        state_[static_cast<size_t>(tensor)].last_use = step_;
        if (next_use(tensor) < 0) release(tensor, step_);  // dead
      }
    }
    std::sort(schedule_.residencies.begin(), schedule_.residencies.end(),
              [](const Residency& a, const Residency& b) {
                return std::tie(a.from, a.tensor) < std::tie(b.from, b.tensor);
              });
  }

  Schedule take_schedule() { return std::move(schedule_); }
  [[nodiscard]] uint64_t cost() const { return cost_; }

 private:
  struct State {
    bool clean = false;    // a copy is in DRAM, or will be whatever happens
    bool fetched = false;  // has been in the scratchpad before
    int since = -1;        // first step of the residency
    int last_use = -1;
    uint64_t address = 0;
  };

  [[nodiscard]] uint64_t bytes_of(int tensor) const {
    return graph_.tensors[static_cast<size_t>(tensor)].bytes;
  }
  [[nodiscard]] bool is_resident(int tensor) const {
    return std::find(resident_.begin(), resident_.end(), tensor) != resident_.end();
  }
  /// The next step after this one that reads the tensor, or -1.
  [[nodiscard]] int next_use(int tensor) const {
    const std::vector<int>& uses = uses_[static_cast<size_t>(tensor)];
    const auto next = std::upper_bound(uses.begin(), uses.end(), step_);
    return next == uses.end() ? -1 : *next;
  }

  /// False if they stand in each other's way.
  bool bring_in(const std::vector<int>& operands) {
    for (const int tensor : operands) {
      if (is_resident(tensor)) continue;
      std::optional<uint64_t> address = space_.take(bytes_of(tensor));
      while (!address) {
        const int victim = choose_victim(operands);
        if (victim < 0) return false;
        leave(victim);
        address = space_.take(bytes_of(tensor));
      }
      state_[static_cast<size_t>(tensor)].address = *address;
      state_[static_cast<size_t>(tensor)].since = step_;
      resident_.push_back(tensor);
    }
    for (const int tensor : operands) {
      State& state = state_[static_cast<size_t>(tensor)];
      if (state.since != step_) continue;
      const bool compulsory = !state.fetched;  // production, or the first fetch of what is in DRAM
      if (!compulsory) cost_ += bytes_of(tensor);
      state.fetched = true;
    }
    return true;
  }

  /// A resident tensor that the operator does not need, or -1.
  [[nodiscard]] int choose_victim(const std::vector<int>& operands) const {
    int best = -1;
    std::tuple<int, bool, uint64_t, int> best_key;
    for (const int tensor : resident_) {
      if (std::find(operands.begin(), operands.end(), tensor) != operands.end()) continue;
      const State& state = state_[static_cast<size_t>(tensor)];
      const int age = baseline_.victim == VictimRule::belady ? next_use(tensor) : -state.last_use;
      // Of equals the one that costs nothing to put away, then the largest.
      const std::tuple<int, bool, uint64_t, int> key{age, state.clean, bytes_of(tensor), -tensor};
      if (best >= 0 && key <= best_key) continue;
      best = tensor;
      best_key = key;
    }
    return best;
  }

  /// Before this step, although it is still needed.
  void leave(int tensor) {
    State& state = state_[static_cast<size_t>(tensor)];
    if (state.since < step_ && !state.clean) {
      cost_ += bytes_of(tensor);
      state.clean = true;
    }
    release(tensor, step_ - 1);
  }

  void release(int tensor, int last_step) {
    const State& state = state_[static_cast<size_t>(tensor)];
    space_.give_back(state.address, bytes_of(tensor));
    // What was brought in for this step and is put elsewhere has not been here.
    if (state.since <= last_step)
      schedule_.residencies.push_back({tensor, state.since, last_step, state.address});
    resident_.erase(std::find(resident_.begin(), resident_.end(), tensor));
  }

  const Baseline& baseline_;
  const graph::Graph& graph_;
  Space space_;
  Schedule schedule_;
  std::vector<State> state_;
  std::vector<std::vector<int>> uses_;  // of each tensor: steps that read it
  std::vector<int> resident_;
  int step_ = 0;
  uint64_t cost_ = 0;
};

}  // namespace

const std::vector<Baseline>& baselines() {
  static const std::vector<Baseline> all = {
      {"topo_belady_ff", OrderRule::topological, VictimRule::belady, Placement::first_fit,
       "topological order, furthest next use leaves, first fit"},
      {"greedy_belady_bf", OrderRule::greedy, VictimRule::belady, Placement::best_fit,
       "order of the fewest live bytes, furthest next use leaves, best fit"},
      {"topo_lru_ff", OrderRule::topological, VictimRule::lru, Placement::first_fit,
       "topological order, least recently used leaves, first fit"},
      {"topo_belady_cap", OrderRule::topological, VictimRule::belady, Placement::none,
       "topological order, furthest next use leaves, no addresses"},
      {"greedy_belady_cap", OrderRule::greedy, VictimRule::belady, Placement::none,
       "order of the fewest live bytes, furthest next use leaves, no addresses"},
  };
  return all;
}

Outcome run_baseline(const Baseline& baseline, const graph::Graph& graph, uint64_t capacity) {
  const auto begin = std::chrono::steady_clock::now();
  Outcome outcome;
  outcome.solver = baseline.name;
  outcome.reason = too_large(graph, capacity);
  if (!outcome.reason.empty()) {
    outcome.status = Status::infeasible;
    return outcome;
  }
  Run run(baseline, graph, capacity);
  run.run();
  outcome.schedule = run.take_schedule();
  outcome.noncompulsory_bytes = run.cost();
  outcome.status = run.cost() == 0 ? Status::optimal : Status::feasible;
  if (run.cost() > 0) outcome.reason = "a rule, not a search";
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return outcome;
}

Outcome best_baseline(const graph::Graph& graph, uint64_t capacity, bool addresses) {
  Outcome best;
  for (const Baseline& baseline : baselines()) {
    if (addresses && baseline.placement == Placement::none) continue;
    Outcome outcome = run_baseline(baseline, graph, capacity);
    if (!outcome.schedule || (best.schedule && best.noncompulsory_bytes <= outcome.noncompulsory_bytes))
      continue;
    if (!addresses) {
      for (Residency& residency : outcome.schedule->residencies) residency.address = 0;
    }
    best = std::move(outcome);
  }
  return best;
}

std::string too_large(const graph::Graph& graph, uint64_t capacity) {
  const int op = graph::largest_operator(graph);
  const uint64_t need = graph::need_of(graph, op);
  if (need <= capacity) return {};
  return fmt::format("operator '{}' needs {} bytes for its inputs and outputs, the scratchpad has {}",
                     printable(graph.operators[static_cast<size_t>(op)].name), need, capacity);
}

}  // namespace vernier::schedule
