// SPDX-License-Identifier: Apache-2.0
// Searches of pieces of a problem.
#pragma once

#include "sim/schedule/exact/piece.h"
#include "sim/schedule/exact/search.h"

namespace vernier::schedule::exact {

/// Calls f with a search of the model; nothing (0, no cuts) if the model is beyond any search.
template <typename F>
auto with_search(const Model& model, F&& f) {
  const int words = (std::max(model.operators, model.tensors()) + 63) / 64;
  const auto call = [&](auto problem) {
    auto search = Search(problem);
    return f(search);
  };
  if (words <= 1) return call(Problem<1>(model));
  if (words == 2) return call(Problem<2>(model));
  if (words <= 4) return call(Problem<4>(model));
  if (words <= 16) return call(Problem<16>(model));
  return decltype(call(Problem<16>(model))){};
}

/// What pieces cost at least, each alone, in all: a lower bound for the whole. Each gets an equal share of
/// the time that is left for it.
inline uint64_t cost_alone(const Model& whole, const std::vector<std::vector<int>>& pieces,
                           Clock::time_point deadline, size_t states) {
  const std::vector<int> owner = owners(whole, pieces);
  uint64_t sum = 0;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Piece piece = relax(whole, pieces[i], owner, static_cast<int>(i));
    const auto now = Clock::now();
    const auto end = std::max(now, deadline);
    sum += with_search(piece.model, [&](auto& search) {
      uint64_t cost = kNone, bound = 0;
      for (const size_t width : {size_t{16}, size_t{256}, size_t{4096}, size_t{0}}) {
        SearchLimits limits;
        limits.width = width;
        limits.upper = cost;
        limits.deadline = now + (end - now) / static_cast<int>(pieces.size() - i);
        limits.states = states;
        const Found found = search.run(limits);
        cost = std::min(cost, found.cost);
        bound = std::max(bound, found.bound == kNone ? 0 : found.bound);
        if (found.complete || bound >= cost) break;
      }
      return std::min(bound, cost);
    });
  }
  return sum;
}

}  // namespace vernier::schedule::exact
