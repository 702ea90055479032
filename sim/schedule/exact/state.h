// SPDX-License-Identifier: Apache-2.0
// A state of the dynamic program, and which states make others superfluous.
#pragma once

#include "sim/schedule/exact/problem.h"

namespace vernier::schedule::exact {

/// A tensor that has been produced or fetched and is still to be read is resident and dirty, resident and
/// clean, or out. What makes it leave is charged then, its next fetch included: its fetch is free.
template <int W>
struct State {
  Bits<W> done;      ///< operators executed
  Bits<W> resident;  ///< live tensors in the scratchpad
  Bits<W> dirty;     ///< those of them without a copy in DRAM
  uint64_t cost = 0;

  friend bool operator==(const State& a, const State& b) {
    return a.cost == b.cost && a.done == b.done && a.resident == b.resident && a.dirty == b.dirty;
  }
};

/// Of two states with the same operators executed: whether whatever follows b can follow a at no more cost in
/// total. a may bring each tensor to where b has it, dirty -> clean -> out, at its size per step (that is
/// what the write, and what the fetch cost that b then has in advance); the other way is free.
template <int W>
bool dominates(const Problem<W>& problem, const State<W>& a, const State<W>& b) {
  if (a.cost > b.cost) return false;
  uint64_t left = b.cost - a.cost;
  const Bits<W> leave = a.resident - b.resident, write = a.dirty - b.dirty;
  for (const Bits<W>* set : {&leave, &write}) {
    for (int w = 0; w < W; ++w) {
      for (uint64_t rest = set->words[w]; rest != 0; rest &= rest - 1) {
        const uint64_t size = problem.bytes[64 * w + __builtin_ctzll(rest)];
        if (size > left) return false;
        left -= size;
      }
    }
  }
  return true;
}

/// Bytes that bringing all live tensors out would cost: dominates(a, b) needs a.cost <= b.cost and
/// a.cost + weight(a) <= b.cost + weight(b).
template <int W>
uint64_t weight(const Problem<W>& problem, const State<W>& state) {
  return problem.size(state.resident) + problem.size(state.dirty);
}

}  // namespace vernier::schedule::exact
