// SPDX-License-Identifier: Apache-2.0
// From a state to the next ones: who can run, who leaves for it, and operators that can run at once without
// looking further.
#pragma once

#include <algorithm>
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
    const Bits<W> alive = live(from.done);
    ready(from.done).each([&](int o) {
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
      rest_.assign(candidates_.size() + 1, 0);
      for (size_t i = candidates_.size(); i-- > 0;) rest_[i] = rest_[i + 1] + p_.bytes[candidates_[i]];
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

  [[nodiscard]] const std::vector<Leave>& trail() const { return trail_; }

 private:
  /// Sets of victims in descending size, complete as soon as they free enough: these, and only these, are the
  /// minimal ones with respect to inclusion.
  template <typename Sink>
  void choose(const State<W>& from, const Bits<W>& alive, int o, size_t i, uint64_t missing, Bits<W> victims,
              uint64_t cost, uint64_t extra, Sink& sink) {
    if (rest_[i] < missing) return;
    const int k = candidates_[i];
    const uint64_t charge = from.dirty.test(k) ? 2 * p_.bytes[k] : p_.bytes[k];
    if (cost + charge <= extra) {
      Bits<W> with = victims;
      with.set(k);
      if (p_.bytes[k] >= missing) {
        finish(from, alive, o, with, cost + charge, sink);
      } else {
        choose(from, alive, o, i + 1, missing - p_.bytes[k], with, cost + charge, extra, sink);
      }
    }
    choose(from, alive, o, i + 1, missing, victims, cost, extra, sink);
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

  void run(State<W>& state, Bits<W>& alive, int o) const {
    state.done.set(o);
    state.resident = state.resident | p_.operands[o];
    state.dirty = state.dirty | (p_.out[o] - p_.clean);
    alive = alive | p_.operands[o];
    const Bits<W> dead = dying(state.done, o);
    alive = alive - dead;
    state.resident = state.resident - dead;
    state.dirty = state.dirty - dead;
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
      const Bits<W> could = ready(state.done);
      for (int w = 0; w < W && !again; ++w) {
        for (uint64_t rest = could.words[w]; rest != 0; rest &= rest - 1) {
          const int o = 64 * w + __builtin_ctzll(rest);
          if (!forced(state, o)) continue;
          trail_.push_back({o, Bits<W>{}});
          run(state, alive, o);
          again = true;
          break;
        }
      }
    }
  }

  /// Whether some optimal continuation runs o now: it fits, brings in nothing that stays, and leaves behind
  /// nothing, or one tensor in the place of an input that dies: no larger, and to evict at no higher price.
  bool forced(const State<W>& state, int o) const {
    if (p_.needed[o] + p_.size(state.resident - p_.in[o]) > p_.capacity) return false;
    Bits<W> done = state.done;
    done.set(o);
    const Bits<W> dead = dying(done, o);
    if (!(p_.in[o] - state.resident).subset_of(dead)) return false;
    uint64_t size = 0, price = 0;
    p_.out[o].each([&](int k) {
      size += p_.bytes[k];
      price += p_.clean.test(k) ? p_.bytes[k] : 2 * p_.bytes[k];
    });
    if (size == 0) return true;
    bool replaced = false;
    (dead & state.resident).each([&](int k) {
      const uint64_t worth = state.dirty.test(k) ? 2 * p_.bytes[k] : p_.bytes[k];
      if (size <= p_.bytes[k] && price <= worth) replaced = true;
    });
    return replaced;
  }

  const Problem<W>& p_;
  std::vector<Leave> trail_;
  std::vector<int> candidates_;
  std::vector<uint64_t> rest_;
};

}  // namespace vernier::schedule::exact
