// SPDX-License-Identifier: Apache-2.0
// The command sequencer, clocked: dispatches one instruction per cycle to the queue of its unit.
#pragma once

#include <array>

#include "models/machine/channels_module.h"
#include "models/machine/clocked_module.h"

namespace vernier::isa {

class SequencerModule : public machine::ClockedModule {
 public:
  SequencerModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain, const Program& program,
                  int queue_depth, const std::array<machine::InstructionQueue*, kQueueCount>& queues);

  /// Everything was dispatched.
  [[nodiscard]] bool done() const { return !has_next_; }
  [[nodiscard]] uint64_t dispatched() const { return dispatched_; }
  /// Adds the signals of the sequencer to a waveform.
  void trace(sc_core::sc_trace_file* file) const override;

 private:
  void on_cycle(uint64_t now) override;

  Cursor cursor_;
  size_t queue_depth_;
  std::array<machine::InstructionQueue*, kQueueCount> queues_;
  IssuedInstruction next_;
  bool has_next_ = false;
  uint64_t dispatched_ = 0;

  // For waveforms: whether an instruction is dispatched in this cycle, or waits because its queue is full.
  bool dispatches_ = false;
  bool blocked_ = false;
};

}  // namespace vernier::isa
