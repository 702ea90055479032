// SPDX-License-Identifier: Apache-2.0
// What the analytical model, max(compute, DRAM) per operator, misses of a run: exact runs of the same program
// in `fast`, each with one mechanism more, so that the differences sum exactly to what is missing
// (docs/analytical-gap.md).
#pragma once

#include <cstdint>
#include <functional>

#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "sim/report/run_result.h"

namespace vernier::run {

/// Called after each further run: how many are done, of how many. Never by two threads at once.
using ExplainProgress = std::function<void(size_t done, size_t of)>;

/// `cycles`: of the program on the machine, at any cycle-accurate fidelity. Six more runs with DRAM parts,
/// one with `ideal` DRAM, side by side on the cores there are. `skip` as in FastOptions.
[[nodiscard]] report::Gap explain(const isa::Program& program, const machine::Machine& machine,
                                  uint64_t cycles, bool skip, const ExplainProgress& progress = {});

}  // namespace vernier::run
