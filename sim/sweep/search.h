// SPDX-License-Identifier: Apache-2.0
// The Pareto front of a sweep without running all of it: every point is estimated with the `analytical`
// fidelity, and only the promising ones run in that of the sweep.
//
// Points are sorted into layers by their estimates: the front, the front of what is left, and so on. A layer
// runs at a time, the best first, until `patience` layers in a row have put no point on the front of what has
// run. The estimate does not have to be right, but to put good points before bad ones: a point whose rank
// the estimate gets wrong by more than `patience` layers is missed.
#pragma once

#include "sim/sweep/runner.h"

namespace vernier::sweep {

struct SearchOptions {
  RunnerOptions runner;  ///< `which` is not used
  size_t patience = 3;
  std::function<void(const Tally&)> estimate_progress;
};

struct SearchResult {
  uint64_t points = 0;     ///< of the grid or sample
  uint64_t estimated = 0;  ///< have an estimate; the others failed in it, and would fail
  uint64_t layers = 0, layers_run = 0;
  std::vector<uint64_t> evaluated;  ///< ran in the fidelity of the sweep, ascending
  double estimate_seconds = 0;
};

/// `space` and `estimates` are of the same sweep, but for the fidelity. Results go to `store`, those it has
/// are not run again. Throws InputError SWP051 if an objective has no value in the `analytical` fidelity.
[[nodiscard]] SearchResult search(const Space& space, const Space& estimates,
                                  const std::vector<uint64_t>& points, Store& store,
                                  const SearchOptions& options);

/// The sweep in the `analytical` fidelity, without constraints that need the run. Throws InputError SWP050
/// if it has no objectives, SWP052 if the fidelity is an axis or not `fast`.
[[nodiscard]] Sweep estimating(const Sweep& sweep);

}  // namespace vernier::sweep
