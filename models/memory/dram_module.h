// SPDX-License-Identifier: Apache-2.0
// The DRAM, clocked: of either kind.
#pragma once

#include <memory>
#include <vector>

#include "models/machine/clocked_module.h"
#include "models/machine/machine.h"
#include "models/memory/ideal_dram.h"
#include "models/memory/part_dram.h"

namespace vernier::memory {

class DramModule : public machine::ClockedModule {
 public:
  /// `observers`: one per channel of a part, or none. All outlive this object.
  DramModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
             const machine::Machine& machine, Scratchpads& scratchpads,
             const std::vector<dram::ICommandObserver*>& observers);

  [[nodiscard]] IDmaPath& load() { return dram().load(); }
  [[nodiscard]] IDmaPath& store() { return dram().store(); }
  /// At the clock edge of a cycle in which the accelerator's work may be over (PartDram::mark_end).
  void mark_end() {
    if (part_) part_->mark_end();
  }
  /// After the run: what the channels of a part did.
  [[nodiscard]] dram::ChannelCounts finish() { return part_ ? part_->finish() : dram::ChannelCounts{}; }
  /// Adds what the bus or the channels do to a waveform.
  void trace(sc_core::sc_trace_file* file) const override;

 private:
  void on_cycle(uint64_t) override {}
  void on_turn(uint64_t now) override { dram().run(now); }
  [[nodiscard]] IDram& dram() {
    if (part_) return *part_;
    return *ideal_;
  }

  std::unique_ptr<IdealDram> ideal_;  // one of these two
  std::unique_ptr<PartDram> part_;
};

}  // namespace vernier::memory
