// SPDX-License-Identifier: Apache-2.0
// What a waveform shows of a unit: values as they hold in one cycle, in the sense of docs/timing.md.
// Registers of the modules hold them one cycle later or only until the next decision, so modules note them as
// they run.
#pragma once

#include <string>
#include <systemc>

#include "models/isa/instruction.h"

namespace vernier::machine {

struct UnitSignals {
  bool busy = false;      ///< an instruction that was popped has not ended
  uint64_t sequence = 0;  ///< the one popped last: its position in the dynamic program
  uint32_t op = 0;        ///< and the operator it works for

  void popped(const isa::IssuedInstruction& issued) {
    sequence = issued.sequence;
    op = issued.instruction->op;
  }
  /// Adds the signals to `file` as `<unit>.busy` and so on; they must outlive it.
  void trace(sc_core::sc_trace_file* file, const std::string& unit) const {
    sc_core::sc_trace(file, busy, unit + ".busy");
    sc_core::sc_trace(file, sequence, unit + ".sequence");
    sc_core::sc_trace(file, op, unit + ".op");
  }
};

}  // namespace vernier::machine
