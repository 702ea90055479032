// SPDX-License-Identifier: Apache-2.0
// Divide and conquer (docs/scheduler.md): pieces of an order one after the other, each by the dynamic program
// of the exact method with everything that may lie in the scratchpad at its ends; then other cuts of the best
// order so far. The bound adds up what the pieces cost alone.
#include <fmt/format.h>

#include "sim/schedule/baseline/baseline.h"
#include "sim/schedule/exact/pack.h"
#include "sim/schedule/exact/repair.h"
#include "sim/schedule/exact/search_piece.h"

namespace vernier::schedule {
namespace divide {
namespace {

using exact::Clock;
using exact::kNone;
using exact::Model;
using exact::Piece;
using exact::Plan;

constexpr int kSize = 110;           // operators of a piece, about
constexpr size_t kEnds = 64;         // states kept at a cut
constexpr size_t kStates = 2000000;  // of a search in memory
constexpr size_t kWidths[] = {16, 256, 2048};
constexpr size_t kNarrow = 2;       // where a beam of the first width takes too long
constexpr size_t kRepairWidth = 8;  // states per step
constexpr exact::PackLimits kEffort = {1, 400, 2000, Clock::time_point::max()};

/// Where every tensor of the whole is at a cut.
struct Cut {
  std::vector<char> resident, dirty;
  uint64_t cost = 0;
  Plan plan;  ///< up to it
};

class Solver {
 public:
  Solver(const graph::Graph& graph, uint64_t capacity, const Limits& limits)
      : graph_(graph),
        capacity_(capacity),
        limits_(limits),
        start_(Clock::now()),
        whole_(exact::make_model(graph, capacity)) {}

  Outcome run() {
    outcome_.solver = "dnc";
    outcome_.reason = exact::too_large(graph_, whole_, capacity_);
    if (!outcome_.reason.empty()) {
      outcome_.status = Status::infeasible;
    } else {
      std::vector<int> order(whole_.operators);
      for (int o = 0; o < whole_.operators; ++o) order[o] = o;
      const auto pieces = exact::cut(whole_, order, kSize, 0);
      improve(pieces);
      start_from_baseline();
      for (int size = kSize; outcome_.lower_bound_bytes < best() && Clock::now() < after(0.35); size *= 2) {
        prove(exact::cut(whole_, order, size, 0));
        if (size > whole_.operators) break;
      }
      refine();
      finish();
    }
    outcome_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return std::move(outcome_);
  }

 private:
  /// When so much of the time is used up.
  [[nodiscard]] Clock::time_point after(double share) const {
    return start_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(std::min(limits_.seconds, 1e9) * share));
  }
  [[nodiscard]] uint64_t best() const { return outcome_.schedule ? outcome_.noncompulsory_bytes : kNone; }

  /// Wider and wider beams through the pieces of an order.
  void improve(const std::vector<std::vector<int>>& pieces) {
    for (const size_t width : kWidths) {
      if (width != kWidths[0] && Clock::now() > after(0.15)) break;
      through(whole_, pieces, width, after(0.3));
    }
    if (best() == kNone) through(whole_, pieces, kNarrow, after(0.4));
    for (uint64_t part = 1; part <= 8 && best() == kNone; ++part) {  // with less room plans pack sooner
      Model smaller = whole_;
      uint64_t largest = 0;
      for (int o = 0; o < whole_.operators; ++o) largest = std::max(largest, whole_.needed(o));
      smaller.capacity = whole_.capacity - (whole_.capacity - largest) * part / 8;
      through(smaller, pieces, kWidths[0], after(0.4));
    }
  }

  /// Where beams found nothing, or nothing better: other cuts of its order may.
  void start_from_baseline() {
    Outcome baseline = best_baseline(graph_, capacity_, limits_.addresses);
    if (!baseline.schedule || baseline.noncompulsory_bytes >= best()) return;
    outcome_.schedule = std::move(baseline.schedule);
    outcome_.noncompulsory_bytes = baseline.noncompulsory_bytes;
    report();
  }

  /// The bound: pieces alone; larger ones lose less.
  void prove(const std::vector<std::vector<int>>& pieces) {
    outcome_.lower_bound_bytes =
        std::max(outcome_.lower_bound_bytes, exact::cost_alone(whole_, pieces, after(0.7), kStates));
    report();
  }

  /// The best order cut elsewhere, until that does not help any more.
  void refine() {
    if (best() == kNone) return;
    for (int round = 0, idle = 0; idle < 4 && best() > outcome_.lower_bound_bytes; ++round) {
      if (Clock::now() > after(0.8)) return;
      const uint64_t before = best();
      const auto pieces =
          exact::cut(whole_, outcome_.schedule->order, kSize, 1 + (round * 37 + kSize / 2) % kSize);
      through(whole_, pieces, kWidths[std::min(round / 2, 2)], after(0.95));
      idle = best() < before ? 0 : idle + 1;
    }
  }

  void finish() {
    const uint64_t bound = outcome_.lower_bound_bytes;
    if (best() == kNone) {
      const Plan plan = exact::keep_nothing(whole_);
      place(plan, exact::replay(whole_, plan));
    }
    outcome_.status = best() == bound ? Status::optimal : Status::feasible;
    if (outcome_.status == Status::feasible) outcome_.reason = "pieces, not the whole";
  }

  /// One plan for the pieces in their order; placed if it is cheaper than the best.
  void through(const Model& whole, const std::vector<std::vector<int>>& pieces, size_t width,
               Clock::time_point deadline) {
    std::vector<Cut> cuts(1);
    cuts[0].resident.assign(whole.tensors(), 0);
    cuts[0].dirty = cuts[0].resident;
    std::vector<char> done(whole.operators, 0);
    for (const auto& operators : pieces) {
      const Piece piece = exact::cut_out(whole, done, operators);
      cuts = exact::with_search(piece.model,
                                [&](auto& search) { return pass(search, piece, cuts, width, deadline); });
      if (cuts.empty()) return;
      for (const int o : operators) done[o] = 1;
    }
    const auto cheapest = std::min_element(cuts.begin(), cuts.end(),
                                           [](const Cut& a, const Cut& b) { return a.cost < b.cost; });
    const uint64_t cost = exact::replay(whole, cheapest->plan);
    VERNIER_INVARIANT(cost == cheapest->cost, "{} != {}", cost, cheapest->cost);
    if (cost < best()) place(cheapest->plan, cost);
  }

  /// From the states at the start of a piece to those at its end.
  template <int W>
  std::vector<Cut> pass(exact::Search<W>& search, const Piece& piece, const std::vector<Cut>& from,
                        size_t width, Clock::time_point deadline) {
    std::vector<exact::State<W>> starts;
    for (const Cut& at : from) {
      exact::State<W> state;
      state.done.set(piece.model.source);
      state.cost = at.cost;
      for (size_t k = 0; k < piece.tensors.size(); ++k) {
        if (at.resident[piece.tensors[k]] != 0) state.resident.set(static_cast<int>(k));
        if (at.dirty[piece.tensors[k]] != 0) state.dirty.set(static_cast<int>(k));
      }
      starts.push_back(state);
    }
    exact::SearchLimits limits;
    limits.width = width;
    limits.deadline = deadline;
    search.run(limits, starts);
    auto ends = search.ends(kEnds);
    std::vector<Cut> cuts;
    for (auto& end : ends) {
      Cut at;
      at.resident.assign(from[0].resident.size(), 0);
      at.dirty = at.resident;
      end.state.resident.each([&](int k) { at.resident[piece.tensors[k]] = 1; });
      end.state.dirty.each([&](int k) { at.dirty[piece.tensors[k]] = 1; });
      at.cost = end.state.cost;
      at.plan = from[end.start].plan;
      for (exact::Move& move : end.plan) {
        move.op = piece.operators[move.op];
        for (int& k : move.victims) k = piece.tensors[k];
        at.plan.push_back(std::move(move));
      }
      cuts.push_back(std::move(at));
    }
    return cuts;
  }

  void place(const Plan& plan, uint64_t cost) {
    Schedule schedule = exact::to_schedule(whole_, plan);
    if (limits_.addresses && !exact::give_addresses(graph_, capacity_, kEffort, schedule)) {
      if (!exact::repair(graph_, capacity_, {kRepairWidth, after(1)}, schedule)) return;
      cost = exact::noncompulsory_bytes(graph_, schedule);
      if (cost >= best()) return;
    }
    outcome_.schedule = std::move(schedule);
    outcome_.noncompulsory_bytes = cost;
    report();
  }

  void report() const {
    if (limits_.progress) limits_.progress(best(), outcome_.lower_bound_bytes);
  }

  const graph::Graph& graph_;
  uint64_t capacity_;
  const Limits& limits_;
  Clock::time_point start_;
  Model whole_;
  Outcome outcome_;
};

}  // namespace
}  // namespace divide

Outcome solve_divided(const graph::Graph& graph, uint64_t capacity, const Limits& limits) {
  return divide::Solver(graph, capacity, limits).run();
}

}  // namespace vernier::schedule
