// SPDX-License-Identifier: Apache-2.0
// A lower bound on what the operators still to run will cost.
//
// In the step of an operator its operands are resident; the other tensors that must be live then do not fit
// beside them by some number of bytes, so that many are out: at one per byte (the fetch) for a clean tensor,
// at two for one that has to be written before. The charges of several operators add up if no absence of a
// tensor is charged twice: an absence ends when the tensor is read.
#pragma once

#include <algorithm>

#include "sim/schedule/exact/state.h"

namespace vernier::schedule::exact {

template <int W>
class Bound {
 public:
  explicit Bound(const Problem<W>& problem) : p_(problem) {
    for (int o = 0; o < p_.operators; ++o) {
      if (p_.needed[o] + p_.size(p_.held_later[o]) > p_.capacity) tight_.set(o);
    }
  }

  /// live: tensors produced or read before, and still to be read.
  uint64_t operator()(const State<W>& state, const Bits<W>& live) {
    charges_.clear();
    const Bits<W> away = live - state.resident;
    ((p_.all & tight_) - state.done).each([&](int o) {
      Charge charge;
      charge.op = o;
      Bits<W> held = p_.held_later[o] & (live | p_.held_across[o]);
      (held & away).each([&](int k) {  // paid for already, unless it comes back before
        if (!(p_.consumers[k] & p_.before[o]).subset_of(state.done)) return;
        held.reset(k);
      });
      const uint64_t total = p_.needed[o] + p_.size(held);
      if (total <= p_.capacity) return;
      charge.excess = total - p_.capacity;
      charge.held = held;
      charge.once = held & (p_.clean | (live - state.dirty));
      charge.cost = cost(charge);
      charges_.push_back(charge);
    });
    if (charges_.empty()) return 0;
    std::stable_sort(charges_.begin(), charges_.end(),
                     [](const Charge& a, const Charge& b) { return a.cost > b.cost; });
    uint64_t sum = charges_[0].cost;
    size_t chosen = 1;
    for (size_t i = 1; i < charges_.size(); ++i) {
      Charge charge = charges_[i];
      for (size_t j = 0; j < chosen && charge.excess > 0; ++j) share(charges_[j], charge);
      if (charge.excess == 0) continue;
      sum += cost(charge);
      charges_[chosen++] = charge;
    }
    return sum;
  }

 private:
  struct Charge {
    int op = 0;
    uint64_t excess = 0;  ///< bytes of `held` that are out in the step of op
    uint64_t cost = 0;
    Bits<W> held;
    Bits<W> once;  ///< those that cost one per byte
  };

  uint64_t cost(const Charge& charge) const {
    uint64_t out = charge.excess;
    const uint64_t index = out / p_.model.unit;
    if (index < p_.model.round_up.size()) out = p_.model.round_up[index];
    const uint64_t cheap = p_.size(charge.once);
    return out + (out > cheap ? out - cheap : 0);
  }

  /// Takes from `charge` what `earlier` pays for.
  void share(const Charge& earlier, Charge& charge) const {
    const Bits<W> both = earlier.held & charge.held;
    if (both.none()) return;
    const Bits<W> between =
        (p_.after[earlier.op] & p_.before[charge.op]) | (p_.after[charge.op] & p_.before[earlier.op]);
    both.each([&](int k) {
      if (between.meets(p_.consumers[k])) {  // another absence; the write is the other's
        charge.once.set(k);
        return;
      }
      charge.held.reset(k);
      charge.once.reset(k);
      charge.excess -= std::min(charge.excess, p_.bytes[k]);
    });
  }

  const Problem<W>& p_;
  Bits<W> tight_;
  std::vector<Charge> charges_;
};

}  // namespace vernier::schedule::exact
