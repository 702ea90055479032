// SPDX-License-Identifier: Apache-2.0
// A DMA unit (load or store), clocked: turns transfers into bursts, keeps them in order, moves the bytes.
#pragma once

#include <deque>

#include "models/machine/channels_module.h"
#include "models/machine/clocked_module.h"
#include "models/machine/machine.h"
#include "models/machine/memory_image.h"
#include "models/machine/run_log.h"
#include "models/machine/unit_signals_module.h"

namespace vernier::memory {

/// What a DMA unit is connected to.
struct DmaPorts {
  machine::InstructionQueue& queue;
  machine::SemaphoreFile& semaphores;
  machine::TransferRequest& dram;
  machine::IRunLog& log;
  machine::MemoryImage* image;  ///< null: timing only
};

class DmaModule : public machine::ClockedModule {
 public:
  /// `request_delay_cycles`: from popping an instruction to its first request (1, plus the read latency of
  /// the scratchpad for stores).
  DmaModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
            const machine::DramParams& dram, int request_delay_cycles, const DmaPorts& ports);

  /// Nothing popped that has not ended.
  [[nodiscard]] bool idle() const { return !requesting_ && in_flight_.empty(); }
  /// Adds the signals of the unit to a waveform.
  void trace(sc_core::sc_trace_file* file) const override;

 private:
  struct Flight {
    isa::IssuedInstruction issued;
    uint64_t bursts = 0;
    uint64_t end = 0;
  };
  void on_cycle(uint64_t now) override;
  void pop(uint64_t now);
  void retire(uint64_t now);

  machine::DramParams dram_;
  int request_delay_;
  DmaPorts ports_;
  bool requesting_ = false;
  int delay_ = 0;  // cycles until the request is made; 0 = made
  Flight current_;
  uint64_t free_from_ = 0;
  std::deque<Flight> in_flight_;
  machine::UnitSignals signals_;
  uint32_t running_ = 0;  // instructions popped and not ended, in this cycle
};

}  // namespace vernier::memory
