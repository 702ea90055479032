// SPDX-License-Identifier: Apache-2.0
// From a state to the next ones: who can run, who leaves for it, and operators that can run at once without
// looking further.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include "sim/schedule/exact/state.h"

namespace vernier::schedule::exact {

template <int W>
class Stepper {
 public:
  struct Leave {
    int op;
    Bits<W> victims;
  };

  explicit Stepper(const Problem<W>& problem) : p_(problem) {}

  void set_deadline(std::chrono::steady_clock::time_point deadline) {
    deadline_ = deadline;
    expired_ = false;
  }
  /// Sets of victims looked at per operator; 0 = all.
  void set_most(uint64_t most) {
    most_ = most;
    left_out_ = false;
  }
  /// From within a sink: no more successors.
  void stop() { stopped_ = true; }
  [[nodiscard]] bool left_out() const { return left_out_; }
  /// Whether the deadline came while successors were looked for: some are missing then.
  bool expired() {
    if (!expired_ && (++calls_ & 1023) == 0) expired_ = std::chrono::steady_clock::now() > deadline_;
    return expired_;
  }

  /// Tensors produced or read, and still to be read.
  Bits<W> live(const Bits<W>& done) const {
    Bits<W> set;
    for (int k = 0; k < p_.tensors; ++k) {
      const int producer = p_.model.producer[k];
      if (producer < 0 ? p_.consumers[k].meets(done) : done.test(producer)) {
        if (!p_.consumers[k].subset_of(done)) set.set(k);
      }
    }
    return set;
  }

  Bits<W> ready(const Bits<W>& done) const {
    Bits<W> set;
    (p_.all - done).each([&](int o) {
      if (p_.predecessors[o].subset_of(done)) set.set(o);
    });
    return set;
  }

  /// Calls sink(state, live) for every successor that the optimum may need, with forced operators run
  /// already; extra(state) is the cost that a successor may add to that of `from`. trail() then has the
  /// operators.
  template <typename Sink>
  void expand(const State<W>& from, uint64_t extra, Sink&& sink) {
    stopped_ = false;
    const Bits<W> alive = live(from.done);
    ready(from.done).each([&](int o) {
      if (stopped_) return;
      const Bits<W> others = from.resident - p_.in[o];
      const uint64_t total = p_.needed[o] + p_.size(others);
      if (total <= p_.capacity) {
        finish(from, alive, o, Bits<W>{}, 0, sink);
        return;
      }
      candidates_.clear();
      others.each([&](int k) { candidates_.push_back(k); });
      std::sort(candidates_.begin(), candidates_.end(),
                [&](int a, int b) { return p_.bytes[a] != p_.bytes[b] ? p_.bytes[a] > p_.bytes[b] : a < b; });
      rank(from.done, from.dirty, o);
      rest_.assign(candidates_.size() + 1, 0);
      for (size_t i = candidates_.size(); i-- > 0;) rest_[i] = rest_[i + 1] + p_.bytes[candidates_[i]];
      chosen_ = 0;
      choose(from, alive, o, 0, total - p_.capacity, Bits<W>{}, 0, extra, sink);
    });
  }

  /// The first state of a search with the operators that are forced from the start.
  template <typename Sink>
  void start(const State<W>& from, Sink&& sink) {
    State<W> state = from;
    Bits<W> alive = live(state.done);
    trail_.clear();
    force(state, alive);
    sink(state, alive);
  }

  /// Executes o, for which there is room.
  void run(State<W>& state, Bits<W>& alive, int o) const {
    state.done.set(o);
    state.resident = state.resident | p_.operands[o];
    state.dirty = state.dirty | (p_.operands[o] - alive - p_.clean);
    alive = alive | p_.operands[o];
    const Bits<W> dead = dying(state.done, o);
    alive = alive - dead;
    state.resident = state.resident - dead;
    state.dirty = state.dirty - dead;
  }

  [[nodiscard]] const std::vector<Leave>& trail() const { return trail_; }

 private:
  /// Sets of victims in descending size, complete as soon as they free enough: these, and only these, are the
  /// minimal ones with respect to inclusion.
  template <typename Sink>
  void choose(const State<W>& from, const Bits<W>& alive, int o, size_t i, uint64_t missing, Bits<W> victims,
              uint64_t cost, uint64_t extra, Sink& sink) {
    if (rest_[i] < missing || stopped_ || expired()) return;
    if (most_ != 0 && chosen_ >= most_) {
      left_out_ = true;
      return;
    }
    const int k = candidates_[i];
    const uint64_t charge = from.dirty.test(k) ? 2 * p_.bytes[k] : p_.bytes[k];
    if (cost + charge <= extra) {
      Bits<W> with = victims;
      with.set(k);
      if (p_.bytes[k] >= missing) {
        if (best_choice(with)) {
          ++chosen_;
          finish(from, alive, o, with, cost + charge, sink);
        }
      } else {
        choose(from, alive, o, i + 1, missing - p_.bytes[k], with, cost + charge, extra, sink);
      }
    }
    choose(from, alive, o, i + 1, missing, victims, cost, extra, sink);
  }

  /// Who had better leave than whom. x than y: no smaller; read next no earlier than y in any order; and
  /// cheaper, also if y, once it has been fetched again, were clean for that. A schedule in which y leaves
  /// and x stays becomes one in which x leaves and y stays, until y is read.
  void rank(Bits<W> done, const Bits<W>& dirty, int o) {
    done.set(o);
    better_.assign(p_.tensors, Bits<W>{});
    for (const int y : candidates_) {
      const Bits<W> readers = p_.consumers[y] - done;
      const bool again = readers.count() > 1;
      const uint64_t price = !dirty.test(y) ? p_.bytes[y] : again ? p_.bytes[y] : 2 * p_.bytes[y];
      Bits<W> later = readers - p_.last;  // who reads after the end of a piece, and when, is not known
      (readers - p_.last).each([&](int c) { later = later | p_.after[c]; });
      for (const int x : candidates_) {
        if (x == y || p_.bytes[x] < p_.bytes[y]) continue;
        if ((dirty.test(x) ? 2 : 1) * p_.bytes[x] > price) continue;
        if ((p_.consumers[x] - done).subset_of(later)) better_[y].set(x);
      }
    }
    for (const int y : candidates_) {  // of two that are as good as each other the first leaves first
      for (const int x : candidates_) {
        if (x < y && better_[x].test(y) && better_[y].test(x)) better_[x].reset(y);
      }
    }
  }

  [[nodiscard]] bool best_choice(const Bits<W>& victims) const {
    bool best = true;
    victims.each([&](int y) { best = best && better_[y].subset_of(victims); });
    return best;
  }

  template <typename Sink>
  void finish(const State<W>& from, Bits<W> alive, int o, const Bits<W>& victims, uint64_t cost, Sink& sink) {
    State<W> next = from;
    next.cost += cost;
    next.resident = next.resident - victims;
    next.dirty = next.dirty - victims;
    trail_.clear();
    trail_.push_back({o, victims});
    run(next, alive, o);
    force(next, alive);
    sink(next, alive);
  }

  /// Inputs of o that nobody reads after `done`, o included.
  Bits<W> dying(const Bits<W>& done, int o) const {
    Bits<W> dead;
    p_.in[o].each([&](int k) {
      if (p_.consumers[k].subset_of(done)) dead.set(k);
    });
    return dead;
  }

  void force(State<W>& state, Bits<W>& alive) {
    for (bool again = true; again;) {
      again = false;
      const Bits<W> left = p_.all - state.done;
      for (int w = 0; w < W && !again; ++w) {
        for (uint64_t rest = left.words[w]; rest != 0 && !again; rest &= rest - 1) {
          const int o = 64 * w + __builtin_ctzll(rest);
          again = forced(state, alive, o);
        }
      }
    }
  }

  /// Runs o, and the few operators that it still waits for, if some optimal continuation does: they fit
  /// without anybody leaving, bring in nothing that stays, and leave behind nothing, or what o makes in the
  /// place of one of its inputs that was resident and dies: no larger, and to evict at no higher price.
  bool forced(State<W>& state, Bits<W>& alive, int o) {
    constexpr int kLargest = 6;
    Bits<W> done = state.done | p_.before[o];
    done.set(o);
    if (!p_.out[o].none() && !replaces(state, p_.out[o], done, o)) return false;
    const Bits<W> group = done - state.done;
    int size = 0;
    for (int w = 0; w < W; ++w) {
      for (uint64_t rest = group.words[w]; rest != 0; rest &= rest - 1) {
        if (++size > kLargest) return false;
      }
    }
    if (size == 1 && p_.needed[o] + p_.size(state.resident - p_.in[o]) > p_.capacity) return false;
    Bits<W> in, made, dead;
    group.each([&](int g) {
      in = in | p_.in[g];
      made = made | p_.out[g];
    });
    (in | made).each([&](int k) {
      if (p_.consumers[k].subset_of(done)) dead.set(k);
    });
    if (!(in - made - state.resident).subset_of(dead)) return false;
    const Bits<W> kept = made - dead;
    if (!kept.subset_of(p_.out[o])) return false;
    const size_t moves = trail_.size();
    State<W> next = state;
    Bits<W> next_alive = alive;
    if (!run_all(next, next_alive, group)) {
      trail_.resize(moves);
      return false;
    }
    state = next;
    alive = next_alive;
    return true;
  }

  /// Whether a resident input of o that nobody reads after `done` makes room for what o makes.
  bool replaces(const State<W>& state, const Bits<W>& kept, const Bits<W>& done, int o) const {
    Bits<W> dying;
    (p_.in[o] & state.resident).each([&](int k) {
      if (p_.consumers[k].subset_of(done)) dying.set(k);
    });
    if (dying.none()) return false;
    uint64_t size = 0, price = 0;
    kept.each([&](int k) {
      size += p_.bytes[k];
      price += p_.clean.test(k) ? p_.bytes[k] : 2 * p_.bytes[k];
    });
    bool replaced = false;
    dying.each([&](int k) {
      const uint64_t worth = state.dirty.test(k) ? 2 * p_.bytes[k] : p_.bytes[k];
      if (size <= p_.bytes[k] && price <= worth) replaced = true;
    });
    return replaced;
  }

  /// Runs the operators of a group in some order in which nobody has to leave, if there is one.
  bool run_all(State<W>& state, Bits<W>& alive, const Bits<W>& group) {
    if (group.none()) return true;
    for (int w = 0; w < W; ++w) {
      for (uint64_t rest = group.words[w]; rest != 0; rest &= rest - 1) {
        const int g = 64 * w + __builtin_ctzll(rest);
        if (!p_.predecessors[g].subset_of(state.done)) continue;
        if (p_.needed[g] + p_.size(state.resident - p_.in[g]) > p_.capacity) continue;
        State<W> next = state;
        Bits<W> next_alive = alive, others = group;
        others.reset(g);
        const size_t moves = trail_.size();
        trail_.push_back({g, Bits<W>{}});
        run(next, next_alive, g);
        if (run_all(next, next_alive, others)) {
          state = next;
          alive = next_alive;
          return true;
        }
        trail_.resize(moves);
      }
    }
    return false;
  }

  const Problem<W>& p_;
  std::vector<Leave> trail_;
  std::vector<int> candidates_;
  std::vector<uint64_t> rest_;
  std::vector<Bits<W>> better_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  uint64_t calls_ = 0, chosen_ = 0, most_ = 0;
  bool left_out_ = false;
  bool stopped_ = false;
  bool expired_ = false;
};

}  // namespace vernier::schedule::exact
