// SPDX-License-Identifier: Apache-2.0
// A DMA unit (load or store), clocked: pops transfers, sends them on their way to DRAM, ends them in order
// and moves the bytes.
#pragma once

#include <deque>

#include "models/machine/channels_module.h"
#include "models/machine/clocked_module.h"
#include "models/machine/machine.h"
#include "models/machine/memory_image.h"
#include "models/machine/run_log.h"
#include "models/machine/unit_signals_module.h"
#include "models/memory/dma_path.h"

namespace vernier::memory {

/// What a DMA unit is connected to.
struct DmaPorts {
  machine::InstructionQueue& queue;
  machine::SemaphoreFile& semaphores;
  IDmaPath& path;
  machine::IRunLog& log;
  machine::MemoryImage* image;  ///< null: timing only
};

class DmaModule : public machine::ClockedModule {
 public:
  /// `turn`: that of the store or of the load.
  DmaModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain, machine::Turn turn,
            const machine::Machine& machine, const DmaPorts& ports)
      : ClockedModule(name, domain, turn), machine_(machine), ports_(ports) {}

  /// Nothing popped that has not ended.
  [[nodiscard]] bool idle() const { return transfers_.empty(); }
  /// Of all transfers ended.
  [[nodiscard]] uint64_t bursts() const { return bursts_; }
  /// Adds the signals of the unit to a waveform.
  void trace(sc_core::sc_trace_file* file) const override;

 private:
  struct Flight {
    isa::IssuedInstruction issued;
    uint64_t bursts = 0;
  };
  void on_cycle(uint64_t now) override;
  void on_turn(uint64_t now) override;
  void pop(uint64_t now);
  void retire(uint64_t now);

  const machine::Machine& machine_;
  DmaPorts ports_;
  uint64_t free_from_ = 0;        // after a sync
  std::deque<Flight> transfers_;  // popped and not ended
  uint64_t bursts_ = 0;
  machine::UnitSignals signals_;
  uint32_t running_ = 0;  // instructions popped and not ended, in this cycle
  bool refused_ = false;  // a port, in this cycle
};

}  // namespace vernier::memory
