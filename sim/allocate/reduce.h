// SPDX-License-Identifier: Apache-2.0
// What makes the integer program of an allocation small before a solver sees it: a good assignment, and the
// bounds of Lagrange's relaxation of the budget, which say what no better assignment has.
#pragma once

#include <cstddef>
#include <vector>

#include "sim/allocate/problem.h"
#include "sim/schedule/ilp/program.h"

namespace vernier::allocate {

using Classes = std::vector<std::vector<size_t>>;

/// What the columns of a program say: class by class how many of its layers have each choice.
[[nodiscard]] std::vector<size_t> chosen_of(const Problem& problem, const Classes& classes,
                                            const double* values);

/// An assignment within the budget that no other choice of one layer or of two improves. `least` is within
/// the budget; `program` is that of the problem.
[[nodiscard]] Assignment good_assignment(const Problem& problem, const Classes& classes,
                                         const schedule::IntegerProgram& program, Assignment least);

/// Lowers the upper bounds of columns to what assignments that cost at most `cost`, in units, can have
/// (Fisher, Management Science 27, 1981: with multiplier l >= 0, sum min(cost + l * sensitivity) - l * budget
/// is a lower bound, and a column whose term is more above the least of its layer than the bound leaves is
/// 0). Returns the bound.
double fix_columns(const Classes& classes, schedule::IntegerProgram& program, int64_t cost);

}  // namespace vernier::allocate
