// SPDX-License-Identifier: Apache-2.0
// Parts of a graph that can be exchanged without changing it: heads, tiles of rows, branches of a cell.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "sim/schedule/exact/state.h"

namespace vernier::schedule::exact {

/// Blocks of which any two can be exchanged, all else staying where it is. The i-th operator (tensor) of one
/// block corresponds to the i-th of every other.
struct Interchangeable {
  std::vector<std::vector<int>> operators, tensors;  ///< per block
};

/// Found by colour refinement, and checked edge by edge: each exchange maps the model to itself.
std::vector<Interchangeable> find_symmetries(const Model& model);

/// Where operators and tensors go.
struct Renaming {
  std::vector<int> operators, tensors;
};

template <int W>
class Symmetry {
 public:
  explicit Symmetry(const Problem<W>& problem) : p_(problem), classes_(find_symmetries(problem.model)) {
    for (const Interchangeable& c : classes_) {
      Bits<W> all;
      for (const auto& block : c.operators) {
        for (const int o : block) all.set(o);
      }
      operators_.push_back(all);
    }
  }

  /// Exchanges blocks so that states that differ by exchanges become the same; says where everything went.
  void normalise(State<W>& state, Bits<W>& live, Renaming* renaming) {
    if (renaming != nullptr) {
      renaming->operators.resize(p_.operators);
      renaming->tensors.resize(p_.tensors);
      std::iota(renaming->operators.begin(), renaming->operators.end(), 0);
      std::iota(renaming->tensors.begin(), renaming->tensors.end(), 0);
    }
    for (size_t c = 0; c < classes_.size(); ++c) {
      if (!operators_[c].meets(state.done)) continue;
      sort_blocks(classes_[c], state, live, renaming);
    }
  }

 private:
  /// A block's state, two bits per operator or tensor.
  void keys_of(const Interchangeable& c, const State<W>& state, const Bits<W>& live) {
    const size_t blocks = c.operators.size();
    const size_t bits = c.operators[0].size() + 2 * c.tensors[0].size();
    words_ = (bits + 63) / 64;
    keys_.assign(blocks * words_, 0);
    for (size_t b = 0; b < blocks; ++b) {
      uint64_t* key = &keys_[b * words_];
      size_t at = 0;
      const auto push = [&](uint64_t bit) {
        key[at >> 6] |= bit << (at & 63);
        ++at;
      };
      for (const int o : c.operators[b]) push(state.done.test(o) ? 1 : 0);
      for (const int k : c.tensors[b]) {
        push(live.test(k) && state.resident.test(k) ? 1 : 0);
        push(state.dirty.test(k) ? 1 : 0);
      }
    }
  }

  void sort_blocks(const Interchangeable& c, State<W>& state, Bits<W>& live, Renaming* renaming) {
    keys_of(c, state, live);
    const size_t blocks = c.operators.size();
    const auto less = [&](int a, int b) {  // what has done more comes first
      const uint64_t *x = &keys_[a * words_], *y = &keys_[b * words_];
      return std::lexicographical_compare(y, y + words_, x, x + words_);
    };
    order_.resize(blocks);
    std::iota(order_.begin(), order_.end(), 0);
    if (std::is_sorted(order_.begin(), order_.end(), less)) return;
    std::stable_sort(order_.begin(), order_.end(), less);
    const State<W> old = state;
    const Bits<W> old_live = live;
    const auto copy = [](const Bits<W>& from, int i, Bits<W>& to, int j) {
      if (from.test(i)) {
        to.set(j);
      } else {
        to.reset(j);
      }
    };
    for (size_t b = 0; b < blocks; ++b) {
      const size_t from = order_[b];
      if (from == b) continue;
      for (size_t i = 0; i < c.operators[b].size(); ++i) {
        copy(old.done, c.operators[from][i], state.done, c.operators[b][i]);
      }
      for (size_t i = 0; i < c.tensors[b].size(); ++i) {
        const int k = c.tensors[from][i], to = c.tensors[b][i];
        copy(old.resident, k, state.resident, to);
        copy(old.dirty, k, state.dirty, to);
        copy(old_live, k, live, to);
      }
    }
    if (renaming != nullptr) rename(c, *renaming);
  }

  /// Follows the renaming so far by the exchange of order_.
  void rename(const Interchangeable& c, Renaming& renaming) const {
    std::vector<int> operators(p_.operators), tensors(p_.tensors);
    std::iota(operators.begin(), operators.end(), 0);
    std::iota(tensors.begin(), tensors.end(), 0);
    for (size_t b = 0; b < order_.size(); ++b) {
      const size_t from = order_[b];
      for (size_t i = 0; i < c.operators[b].size(); ++i) operators[c.operators[from][i]] = c.operators[b][i];
      for (size_t i = 0; i < c.tensors[b].size(); ++i) tensors[c.tensors[from][i]] = c.tensors[b][i];
    }
    for (int& o : renaming.operators) o = operators[o];
    for (int& k : renaming.tensors) k = tensors[k];
  }

  const Problem<W>& p_;
  std::vector<Interchangeable> classes_;
  std::vector<Bits<W>> operators_;
  std::vector<uint64_t> keys_;
  size_t words_ = 0;
  std::vector<int> order_;
};

}  // namespace vernier::schedule::exact
