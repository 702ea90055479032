// SPDX-License-Identifier: Apache-2.0
// The vector unit, clocked: one instruction at a time, whose work cycles wait for the ports of the scratchpad
// (docs/memory.md, section Scratchpad ports).
#pragma once

#include "models/machine/channels_module.h"
#include "models/machine/clocked_module.h"
#include "models/machine/machine.h"
#include "models/machine/memory_image.h"
#include "models/machine/run_log.h"
#include "models/machine/unit_signals_module.h"
#include "models/memory/scratchpad_ports.h"
#include "models/vector/vector_ports.h"

namespace vernier::vector {

/// What the vector unit is connected to.
struct VectorPorts {
  const isa::Program& program;
  machine::InstructionQueue& queue;
  machine::SemaphoreFile& semaphores;
  memory::Scratchpads& scratchpads;
  machine::IRunLog& log;
  machine::MemoryImage* image;  ///< null: timing only
};

class VectorModule : public machine::ClockedModule {
 public:
  VectorModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
               const machine::Machine& machine, const VectorPorts& ports);

  [[nodiscard]] bool idle() const { return !running_; }
  /// Cycles in which the ports were refused.
  [[nodiscard]] uint64_t stall_cycles() const { return stall_cycles_; }
  /// Adds the signals of the unit to a waveform.
  void trace(sc_core::sc_trace_file* file) const override;

 private:
  void on_cycle(uint64_t now) override;
  void on_turn(uint64_t now) override;
  void pop(uint64_t now);
  void start_work(uint64_t now);
  bool claim(uint64_t now);
  void finish(uint64_t now);

  const machine::Machine& machine_;
  VectorPorts ports_;
  bool running_ = false;
  isa::IssuedInstruction issued_;
  uint64_t free_from_ = 0;
  uint64_t popped_ = 0;
  uint64_t work_from_ = 0;
  WorkPorts work_;  // accesses: those left
  uint64_t stall_cycles_ = 0;
  machine::UnitSignals signals_;
  bool stall_ = false;  // in this cycle
};

}  // namespace vernier::vector
