// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/printable.h"
#include "sim/schedule/ilp/program.h"

namespace vernier::schedule {
namespace {

constexpr size_t kTermsPerLine = 8;  // readers of LP files take lines of some 500 characters

std::string term(int64_t coefficient, const std::string& name) {
  if (coefficient == 1) return " + " + name;
  if (coefficient == -1) return " - " + name;
  return fmt::format(" {} {} {}", coefficient < 0 ? '-' : '+', coefficient < 0 ? -coefficient : coefficient,
                     name);
}

}  // namespace

std::string to_lp(const IntegerProgram& program) {
  std::string out = "\\ " + printable(program.title) + "\nMinimize\n cost:";
  size_t written = 0;
  const auto add = [&](int64_t coefficient, int column) {
    if (written > 0 && written % kTermsPerLine == 0) out += "\n  ";
    ++written;
    out += term(coefficient, program.columns[static_cast<size_t>(column)].name);
  };
  for (size_t c = 0; c < program.columns.size(); ++c) {
    if (program.columns[c].cost != 0) add(program.columns[c].cost, static_cast<int>(c));
  }
  if (written == 0) add(0, 0);
  out += "\nSubject To\n";
  for (const IntegerProgram::Row& row : program.rows) {
    written = 0;
    out += " " + row.name + ":";
    for (const auto& [column, coefficient] : row.terms) add(coefficient, column);
    out += fmt::format(" {} {}\n", row.equal ? "=" : "<=", row.limit);
  }
  out += "Bounds\n";
  for (const IntegerProgram::Column& column : program.columns) {
    if (!column.integer) out += fmt::format(" {} <= {} <= {}\n", column.lower, column.name, column.upper);
  }
  out += "Binaries\n";
  for (const IntegerProgram::Column& column : program.columns) {
    if (column.integer) out += " " + column.name + "\n";
  }
  return out + "End\n";
}

std::string to_mps(const IntegerProgram& program) {
  std::vector<std::vector<std::pair<size_t, int64_t>>> rows_of(program.columns.size());
  for (size_t i = 0; i < program.rows.size(); ++i) {
    for (const auto& [column, coefficient] : program.rows[i].terms)
      rows_of[static_cast<size_t>(column)].emplace_back(i, coefficient);
  }
  std::string out = "* " + printable(program.title) + "\nNAME schedule\nROWS\n N cost\n";
  for (const IntegerProgram::Row& row : program.rows)
    out += fmt::format(" {} {}\n", row.equal ? 'E' : 'L', row.name);
  out += "COLUMNS\n";
  bool integers = false;
  const auto mark = [&](bool wanted) {
    if (integers == wanted) return;
    integers = wanted;
    out += fmt::format(" MARK 'MARKER' '{}'\n", wanted ? "INTORG" : "INTEND");
  };
  for (size_t c = 0; c < program.columns.size(); ++c) {
    const IntegerProgram::Column& column = program.columns[c];
    mark(column.integer);
    // Every column is named once, even one in no row.
    if (column.cost != 0 || rows_of[c].empty()) out += fmt::format(" {} cost {}\n", column.name, column.cost);
    for (const auto& [row, coefficient] : rows_of[c])
      out += fmt::format(" {} {} {}\n", column.name, program.rows[row].name, coefficient);
  }
  mark(false);
  out += "RHS\n";
  for (const IntegerProgram::Row& row : program.rows) {
    if (row.limit != 0) out += fmt::format(" rhs {} {}\n", row.name, row.limit);
  }
  out += "BOUNDS\n";
  for (const IntegerProgram::Column& column : program.columns) {
    if (column.integer) {
      out += fmt::format(" BV bnd {}\n", column.name);
    } else {
      out +=
          fmt::format(" LO bnd {} {}\n UP bnd {} {}\n", column.name, column.lower, column.name, column.upper);
    }
  }
  return out + "ENDATA\n";
}

}  // namespace vernier::schedule
