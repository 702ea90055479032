// SPDX-License-Identifier: Apache-2.0
// The `systemc` engine: the accelerator as clocked SystemC modules. With a Verilated array in place of the
// array model it is the `rtl` engine; nothing else differs.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/array/array_port.h"
#include "models/array/weight_stationary/ws_port.h"
#include "models/dram/command.h"
#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "models/machine/memory_image.h"
#include "sim/engine/run_log.h"
#include "sim/engine/totals.h"
#include "sim/engine/trace_options.h"

namespace vernier::engine {

struct SystemcOptions {
  machine::MemoryImage* image = nullptr;      ///< memories to compute on; null = timing only
  std::unique_ptr<array::IPeArray> array;     ///< null = the array model
  std::unique_ptr<array::IWsArray> ws_array;  ///< the same for weight-stationary machines
  TraceOptions trace;
  std::vector<dram::ICommandObserver*> dram_observers;  ///< one per channel of a DRAM part, or none
  std::function<void(uint64_t cycle)> progress;         ///< called every 2^20 cycles
};

/// Runs the program to its end in a fresh SystemC context (several runs per process are fine, one at a time).
/// The program must have passed isa::validate. Throws InputError PRG051 if it deadlocks.
EngineTotals run_systemc(const isa::Program& program, const machine::Machine& machine, RunLog& log,
                         SystemcOptions options = {});

}  // namespace vernier::engine
