// SPDX-License-Identifier: Apache-2.0
// An integer program in CBC's linear solver, with every message switched off.
#pragma once

#include <OsiClpSolverInterface.hpp>

#include "sim/schedule/ilp/program.h"

namespace vernier::schedule {

void load(const IntegerProgram& program, OsiClpSolverInterface& solver);

}  // namespace vernier::schedule
