// SPDX-License-Identifier: Apache-2.0
// The `fast` engine: cycles of a program from events only, no per-cycle work, no values.
#pragma once

#include <vector>

#include "models/dram/command.h"
#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "sim/engine/fast/port_rules.h"
#include "sim/engine/run_log.h"
#include "sim/engine/totals.h"

namespace vernier::engine {

struct FastOptions {
  bool skip = true;  ///< false: one event per DRAM burst (the oracle for the closed forms)
  /// One per channel of a DRAM part, or none; only without skipping, which does not issue every command.
  std::vector<dram::ICommandObserver*> dram_observers = {};
  PortRules port_rules = PortRules::all;
};

/// Runs the program to its end; starts and ends go to the log (which is finished on return).
/// The program must have passed isa::validate. Throws InputError PRG051 if the program deadlocks,
/// naming what each queue waits for.
EngineTotals run_fast(const isa::Program& program, const machine::Machine& machine, RunLog& log,
                      const FastOptions& options = {});

}  // namespace vernier::engine
