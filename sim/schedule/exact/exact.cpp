// SPDX-License-Identifier: Apache-2.0
// The exact method (docs/scheduler.md): capacity first, addresses after.
#include <fmt/format.h>

#include "sim/schedule/exact/joint.h"
#include "sim/schedule/exact/pack.h"
#include "sim/schedule/exact/repair.h"
#include "sim/schedule/exact/search_piece.h"

namespace vernier::schedule {
namespace exact {
namespace {

constexpr size_t kWidths[] = {16, 256, 4096, 0};  // 0: nothing left out
constexpr size_t kBytes = size_t{3} << 30;        // of states
constexpr size_t kPiecesAfter = 256;              // this beam; what is not proved then may be by its pieces
constexpr int kLeastPiece = 12;                   // operators
constexpr double kPiecesShare = 0.025;  // of the time that is left, for each size and order of pieces
constexpr size_t kPieceStates = 1000000;
constexpr size_t kRepairWidth = 16;  // states per step
constexpr int kDraws = 40;           // beams for other schedules of the same cost
constexpr size_t kJointNodes = 1000000;
constexpr PackLimits kQuick = {1, 200, 2000, Clock::time_point::max()};
constexpr PackLimits kThorough = {1, 2000, 100000, Clock::time_point::max()};

class Solver {
 public:
  Solver(const graph::Graph& graph, uint64_t capacity, const Limits& limits)
      : graph_(graph),
        capacity_(capacity),
        limits_(limits),
        start_(Clock::now()),
        deadline_(start_ + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(std::min(limits.seconds, 1e9)))),
        model_(make_model(graph, capacity)) {}

  Outcome run() {
    outcome_.solver = "exact";
    outcome_.reason = too_large(graph_, model_, capacity_);
    if (!outcome_.reason.empty()) {
      outcome_.status = Status::infeasible;
    } else {
      const int words = (std::max(model_.operators, model_.tensors()) + 63) / 64;
      if (words <= 1) {
        solve<1>();
      } else if (words == 2) {
        solve<2>();
      } else if (words <= 4) {
        solve<4>();
      } else if (words <= 16) {
        solve<16>();
      } else {
        outcome_.reason =
            fmt::format("{} operators and {} tensors are beyond the exact method (1024 of each)",
                        model_.operators, model_.tensors());
      }
    }
    outcome_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return std::move(outcome_);
  }

 private:
  template <int W>
  void solve() {
    const Problem<W> problem(model_);
    Search<W> search(problem);
    std::optional<Plan> plan;
    uint64_t cost = kNone, bound = 0;
    bool proved = false;
    for (const size_t width : kWidths) {
      SearchLimits limits;
      limits.width = width;
      limits.upper = cost;
      limits.deadline = deadline_;
      limits.states = kBytes / sizeof(Node<W>);
      const Found found = search.run(limits);
      if (found.plan) {
        plan = found.plan;
        cost = found.cost;
        VERNIER_INVARIANT(replay(model_, *plan) == cost, "{} != {}", replay(model_, *plan), cost);
        if (limits_.addresses) place(*plan, cost, kQuick);
      }
      bound = std::max(bound, found.bound);
      proved = found.complete || cost == bound;
      if (limits_.addresses && !outcome_.schedule) retreat<W>();
      if (plan && !proved && width == kPiecesAfter) {
        bound = std::max(bound, prove_in_pieces(*plan, cost));
        proved = cost == bound;
      }
      report(limits_.addresses ? best() : cost, bound);
      if (proved || Clock::now() > deadline_) break;
    }
    if (!plan) {
      plan = keep_nothing(model_);
      cost = replay(model_, *plan);
    }
    if (proved) bound = cost;
    outcome_.lower_bound_bytes = bound;
    if (!proved) outcome_.reason = Clock::now() > deadline_ ? "time limit" : "memory for states";
    if (!limits_.addresses) {
      outcome_.schedule = to_schedule(model_, *plan);
      outcome_.noncompulsory_bytes = cost;
    } else if (best() != cost && !place(*plan, cost, kThorough)) {
      other_plans(search, cost);
      if (best() == kNone) retreat<W>();
      if (best() > bound) bound = std::max(bound, together(problem));
      outcome_.lower_bound_bytes = bound;
    }
    outcome_.status = outcome_.noncompulsory_bytes == bound ? Status::optimal : Status::feasible;
    if (outcome_.status == Status::optimal) outcome_.reason.clear();
    report(outcome_.noncompulsory_bytes, bound);
  }

  /// What larger and larger pieces cost, each alone: of the plan's order, and of the operators as late as
  /// they can be.
  uint64_t prove_in_pieces(const Plan& plan, uint64_t cost) {
    std::vector<int> order;
    for (const Move& move : plan) order.push_back(move.op);
    uint64_t bound = 0;
    for (int size = kLeastPiece; size < model_.operators; size *= 2) {
      for (const auto& cut_up : {order, by_depth(model_)}) {
        const auto now = Clock::now();
        if (bound == cost || now > deadline_) return bound;
        const auto end = now + std::chrono::duration_cast<Clock::duration>((deadline_ - now) * kPiecesShare);
        const uint64_t alone = cost_alone(model_, cut(model_, cut_up, size, 0), end, kPieceStates);
        bound = std::max(bound, alone);
      }
    }
    return bound;
  }

  [[nodiscard]] uint64_t best() const { return outcome_.schedule ? outcome_.noncompulsory_bytes : kNone; }

  /// Whether the plan packs; if it is the cheapest that does, it is the outcome.
  bool place(const Plan& plan, uint64_t cost, const PackLimits& effort) {
    Schedule schedule = to_schedule(model_, plan);
    PackLimits limits = effort;
    limits.deadline = deadline_;
    const bool packs = give_addresses(graph_, capacity_, limits, schedule);
    if (!packs && (cost >= best() || !repair(graph_, capacity_, {kRepairWidth, deadline_}, schedule)))
      return false;
    cost = packs ? cost : noncompulsory_bytes(graph_, schedule);
    if (cost < best()) {
      outcome_.schedule = std::move(schedule);
      outcome_.noncompulsory_bytes = cost;
    }
    return packs;
  }

  /// Schedules of this cost, drawn until one packs.
  template <int W>
  void other_plans(Search<W>& search, uint64_t cost) {
    for (int draw = 1; draw <= kDraws && Clock::now() < deadline_; ++draw) {
      SearchLimits limits;
      limits.width = draw % 4 == 0 ? 256 : 32;
      limits.upper = cost + 1;
      limits.seed = static_cast<uint64_t>(draw);
      limits.deadline = deadline_;
      const Found found = search.run(limits);
      if (found.plan && place(*found.plan, found.cost, kThorough)) return;
    }
    outcome_.reason = fmt::format("no schedule of {} bytes was found that has addresses", cost);
  }

  /// The schedules with addresses below the best one, cost by cost; returns what is proved for all of them.
  template <int W>
  uint64_t together(const Problem<W>& problem) {
    Joint<W> joint(problem, graph_);
    auto result = joint.run(best(), deadline_, kJointNodes);
    if (result.schedule) {
      outcome_.schedule = std::move(result.schedule);
      outcome_.noncompulsory_bytes = result.cost;
    }
    if (best() > result.bound) outcome_.reason = "the search for addresses ended";
    return result.bound;
  }

  /// Plans for less and less of the scratchpad pack sooner or later: with nothing kept, at the latest.
  template <int W>
  void retreat() {
    Model smaller = model_;
    uint64_t largest = 0;
    for (int o = 0; o < model_.operators; ++o) largest = std::max(largest, model_.needed(o));
    constexpr uint64_t kParts = 8;
    for (uint64_t part = 1; part <= kParts && Clock::now() < deadline_; ++part) {
      smaller.capacity = model_.capacity - (model_.capacity - largest) * part / kParts;
      const Problem<W> problem(smaller);
      Search<W> search(problem);
      SearchLimits limits;
      limits.width = 8;
      limits.deadline = deadline_;
      const Found found = search.run(limits);
      if (found.plan && place(*found.plan, found.cost, kQuick)) return;
    }
    const Plan plan = keep_nothing(model_);
    const bool placed = place(plan, replay(model_, plan), kQuick);
    VERNIER_INVARIANT(placed, "operators one by one do not pack");
  }

  void report(uint64_t cost, uint64_t bound) const {
    if (limits_.progress) limits_.progress(cost, bound == kNone ? 0 : bound);
  }

  const graph::Graph& graph_;
  uint64_t capacity_;
  const Limits& limits_;
  Clock::time_point start_, deadline_;
  Model model_;
  Outcome outcome_;
};

}  // namespace
}  // namespace exact

Outcome solve_exact(const graph::Graph& graph, uint64_t capacity, const Limits& limits) {
  return exact::Solver(graph, capacity, limits).run();
}

}  // namespace vernier::schedule
