// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/ilp/load.h"

#include <CoinPackedMatrix.hpp>

namespace vernier::schedule {

void load(const IntegerProgram& program, OsiClpSolverInterface& solver) {
  std::vector<int> rows, columns;
  std::vector<double> coefficients, lower, upper, cost, row_lower, row_upper;
  for (size_t i = 0; i < program.rows.size(); ++i) {
    const IntegerProgram::Row& row = program.rows[i];
    for (const auto& [column, coefficient] : row.terms) {
      rows.push_back(static_cast<int>(i));
      columns.push_back(column);
      coefficients.push_back(static_cast<double>(coefficient));
    }
    row_upper.push_back(static_cast<double>(row.limit));
    row_lower.push_back(row.equal ? row_upper.back() : -solver.getInfinity());
  }
  for (const IntegerProgram::Column& column : program.columns) {
    lower.push_back(static_cast<double>(column.lower));
    upper.push_back(static_cast<double>(column.upper));
    cost.push_back(static_cast<double>(column.cost));
  }
  CoinPackedMatrix matrix(true, rows.data(), columns.data(), coefficients.data(),
                          static_cast<CoinBigIndex>(coefficients.size()));
  matrix.setDimensions(static_cast<int>(program.rows.size()), static_cast<int>(program.columns.size()));
  solver.messageHandler()->setLogLevel(0);
  solver.setHintParam(OsiDoReducePrint, true, OsiHintTry);
  solver.loadProblem(matrix, lower.data(), upper.data(), cost.data(), row_lower.data(), row_upper.data());
  for (size_t i = 0; i < program.columns.size(); ++i) {
    if (program.columns[i].integer) solver.setInteger(static_cast<int>(i));
  }
}

}  // namespace vernier::schedule
