// SPDX-License-Identifier: Apache-2.0
// The result of one point, and its form between processes and in the files of tasks: one line of JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/metrics.h"
#include "sim/sweep/space.h"

namespace vernier::sweep {

enum class Status {
  done,
  failed,    ///< could not be built or run; `error` says why
  excluded,  ///< ran, but breaks a constraint on its metrics, which `error` names
};
[[nodiscard]] const char* name_of(Status status);

struct Row {
  uint64_t point = 0;  ///< position among the points of the sweep
  Status status = Status::done;
  std::string error;
  Identity identity;                              ///< empty if the point could not be built
  std::vector<report::Value> values;              ///< of columns(); empty if the point failed
  std::vector<std::optional<double>> objectives;  ///< of the sweep; empty if the point failed
  // What differs from run to run.
  double wall_seconds = 0;
  uint64_t peak_bytes = 0;  ///< largest resident memory of the process while the point ran
};

/// One line, without the line break.
[[nodiscard]] std::string to_line(const Row& row);
/// Nothing if the line is none, such as the last one of a file whose writer was killed.
[[nodiscard]] std::optional<Row> from_line(std::string_view line);

/// Builds and runs a point. Whatever the point does wrong is in the row; nothing is thrown.
[[nodiscard]] Row evaluate(const Space& space, uint64_t point, uint64_t grid_point);

/// The row of another point with the same identity as `of`: the same run, seen by the constraints and
/// objectives of that point.
[[nodiscard]] Row same_run(const Space& space, const Row& of, uint64_t point, uint64_t grid_point);

}  // namespace vernier::sweep
