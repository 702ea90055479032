// SPDX-License-Identifier: Apache-2.0
// Runs the points of a sweep that have no result yet, on several processes, and keeps their results.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/sweep/row.h"

namespace vernier::sweep {

/// Where results go: a database, or the file of a task.
class Store {
 public:
  Store() = default;
  virtual ~Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Which of the points have a result.
  [[nodiscard]] virtual std::vector<bool> present() const = 0;
  /// A point that has run, by identity.
  [[nodiscard]] virtual std::map<Identity, uint64_t> identities() const = 0;
  virtual void add(const Row& row, uint64_t grid_point) = 0;
  [[nodiscard]] virtual Row row(uint64_t point) const = 0;
};

struct Tally {
  uint64_t points = 0;      ///< of this runner
  uint64_t before = 0;      ///< had a result when it began
  uint64_t run = 0;         ///< ran now
  uint64_t same = 0;        ///< of those since: the same run as another point
  uint64_t failed = 0;      ///< of those since
  uint64_t peak_bytes = 0;  ///< of any process that ran a point now
  double seconds = 0;       ///< since the beginning

  [[nodiscard]] uint64_t finished() const { return before + run + same; }
};

struct RunnerOptions {
  size_t jobs = 1;
  std::optional<std::vector<uint64_t>> which;  ///< points to run; all of them if missing
  std::function<void(const Tally&)> progress;  ///< called now and then, and after the last point
};

/// `points` are those of sample(). Throws what the store throws; what has run until then is kept.
[[nodiscard]] Tally run_points(const Space& space, const std::vector<uint64_t>& points, Store& store,
                               const RunnerOptions& options);

}  // namespace vernier::sweep
