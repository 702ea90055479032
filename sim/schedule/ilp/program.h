// SPDX-License-Identifier: Apache-2.0
// The integer program of a schedule (docs/scheduler.md, "The integer program"), for any solver.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/schedule/schedule.h"
#include "workloads/graph/graph.h"

namespace vernier::schedule {

/// minimise sum cost * column, subject to lower <= sum coefficient * column <= upper. All numbers are whole,
/// in units of `unit_bytes`.
struct IntegerProgram {
  struct Column {
    std::string name;  ///< "x_2_5": letters, digits and underscores
    int64_t lower = 0, upper = 1;
    int64_t cost = 0;
    bool integer = true;  ///< addresses are not
  };
  struct Row {
    std::string name;
    std::vector<std::pair<int, int64_t>> terms;  ///< column, coefficient; each column once
    bool equal = false;                          ///< == limit; otherwise <= limit
    int64_t limit = 0;
  };

  std::string title;  ///< what it is the program of, for the head of a file
  std::vector<Column> columns;
  std::vector<Row> rows;
  uint64_t unit_bytes = 1;  ///< the greatest common divisor of all sizes

  // What the columns mean; -1 = there is none: it is 0.
  std::vector<std::vector<int>> runs;  ///< x: [operator][step]
  std::vector<std::vector<int>>
      resident;                           ///< r: [tensor][step]; a folded tensor shares the x of its operator
  std::vector<std::vector<int>> fetched;  ///< f: [tensor][step]
  std::vector<std::vector<int>> address;  ///< a: [tensor][step]; empty without addresses
};

/// True if the program would have more columns and terms than a solver could hold (about 2 GB).
[[nodiscard]] bool program_is_too_large(const graph::Graph& graph, bool addresses);

/// Every operator fits; the program is not too large.
[[nodiscard]] IntegerProgram build_program(const graph::Graph& graph, uint64_t capacity, bool addresses);

/// The schedule that an assignment of the columns means. Whether it is one is for the checker to say:
/// assignments come from floating point arithmetic.
[[nodiscard]] Schedule schedule_of(const IntegerProgram& program, const graph::Graph& graph,
                                   const std::vector<double>& values);

/// The program in the LP format of CPLEX and in free MPS format, as other solvers read them.
[[nodiscard]] std::string to_lp(const IntegerProgram& program);
[[nodiscard]] std::string to_mps(const IntegerProgram& program);

}  // namespace vernier::schedule
