// SPDX-License-Identifier: Apache-2.0
// The vector unit, clocked: one instruction at a time for its declared number of cycles.
#pragma once

#include "models/machine/channels_module.h"
#include "models/machine/clocked_module.h"
#include "models/machine/machine.h"
#include "models/machine/memory_image.h"
#include "models/machine/run_log.h"
#include "models/machine/unit_signals_module.h"

namespace vernier::vector {

/// What the vector unit is connected to.
struct VectorPorts {
  const isa::Program& program;
  machine::InstructionQueue& queue;
  machine::SemaphoreFile& semaphores;
  machine::IRunLog& log;
  machine::MemoryImage* image;  ///< null: timing only
};

class VectorModule : public machine::ClockedModule {
 public:
  VectorModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
               const machine::Machine& machine, const VectorPorts& ports);

  [[nodiscard]] bool idle() const { return !running_; }
  /// Adds the signals of the unit to a waveform.
  void trace(sc_core::sc_trace_file* file) const override { signals_.trace(file, name()); }

 private:
  void on_cycle(uint64_t now) override;
  bool pop(uint64_t now);

  const machine::Machine& machine_;
  VectorPorts ports_;
  bool running_ = false;
  isa::IssuedInstruction issued_;
  uint64_t end_ = 0;
  machine::UnitSignals signals_;
};

}  // namespace vernier::vector
