// SPDX-License-Identifier: Apache-2.0
// The model as bit sets of W words, with what the search asks of it again and again.
#pragma once

#include <vector>

#include "sim/schedule/exact/bits.h"
#include "sim/schedule/exact/model.h"

namespace vernier::schedule::exact {

template <int W>
struct Problem {
  explicit Problem(const Model& given);

  const Model& model;
  int operators, tensors;
  uint64_t capacity;
  std::vector<uint64_t> bytes;
  std::vector<uint64_t> needed;            ///< per operator: bytes of all its tensors
  Bits<W> all;                             ///< every operator to run
  Bits<W> first;                           ///< the one that has run before the start
  Bits<W> last;                            ///< the one that comes after the end
  Bits<W> clean;                           ///< tensors that never need a write of their own
  Bits<W> in_dram;                         ///< tensors without producer
  std::vector<Bits<W>> in, out, operands;  ///< per operator: tensors; operands are both
  std::vector<Bits<W>> before, after;      ///< per operator: those that must run earlier, later
  std::vector<Bits<W>> predecessors;       ///< per operator: producers of its inputs
  std::vector<Bits<W>> consumers;          ///< per tensor: operators
  /// Per operator: tensors, no operands of it, that an operator after it reads (held_later); those among them
  /// that were there before it in every order (held_across).
  std::vector<Bits<W>> held_later, held_across;

  [[nodiscard]] uint64_t size(const Bits<W>& set) const {
    uint64_t total = 0;
    set.each([&](int k) { total += bytes[k]; });
    return total;
  }
};

template <int W>
Problem<W>::Problem(const Model& given)
    : model(given),
      operators(given.operators),
      tensors(given.tensors()),
      capacity(given.capacity),
      bytes(given.bytes),
      needed(operators),
      in(operators),
      out(operators),
      operands(operators),
      before(operators),
      after(operators),
      predecessors(operators),
      consumers(tensors),
      held_later(operators),
      held_across(operators) {
  for (int o = 0; o < operators; ++o) {
    (o == model.source ? first : o == model.sink ? last : all).set(o);
    needed[o] = model.needed(o);
    for (const int k : model.outputs[o]) out[o].set(k);
    for (const int k : model.inputs[o]) {
      in[o].set(k);
      const int p = model.producer[k];
      if (p < 0) continue;
      predecessors[o].set(p);
      before[o] = before[o] | before[p];
      before[o].set(p);
    }
    if (o == model.sink) before[o] = all | first;
    operands[o] = in[o] | out[o];
    before[o].each([&](int p) { after[p].set(o); });
  }
  for (int k = 0; k < tensors; ++k) {
    if (model.clean[k] != 0) clean.set(k);
    if (model.producer[k] < 0) in_dram.set(k);
    for (const int o : model.consumers[k]) consumers[k].set(o);
    for (int o = 0; o < operators; ++o) {
      if (operands[o].test(k) || !consumers[k].meets(after[o])) continue;
      held_later[o].set(k);
      const int p = model.producer[k];
      if (p < 0 ? consumers[k].meets(before[o]) : before[o].test(p)) held_across[o].set(k);
    }
  }
}

}  // namespace vernier::schedule::exact
