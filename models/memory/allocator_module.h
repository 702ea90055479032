// SPDX-License-Identifier: Apache-2.0
// The allocator of a pooled scratchpad, clocked: hears of every start and end and keeps the allocation table.
#pragma once

#include <vector>

#include "models/machine/clocked_module.h"
#include "models/machine/run_log.h"
#include "models/memory/allocation_table.h"

namespace vernier::memory {

/// Stands between the units and the log. Units announce an end up to two cycles before or after other events
/// of its time; so what was announced for a cycle is looked at three cycles later, ends first.
class AllocatorModule : public machine::ClockedModule, public machine::IRunLog {
 public:
  AllocatorModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
                  const isa::Program& program, machine::IRunLog& log)
      : ClockedModule(name, domain), pooled_(program.pool_bytes != 0), table_(program), log_(log) {}

  void start(const isa::IssuedInstruction& issued, uint64_t cycle) override;
  void end(const isa::IssuedInstruction& issued, uint64_t cycle, uint64_t bursts) override;
  /// Nothing more will be announced: looks at what is left.
  void finish() { settle(UINT64_MAX); }
  /// Largest number of bytes taken at once.
  [[nodiscard]] uint64_t peak_bytes() const { return table_.peak_bytes(); }
  /// Adds the signals of the allocator to a waveform.
  void trace(sc_core::sc_trace_file* file) const override;

 private:
  struct Notice {
    uint64_t cycle = 0;
    bool is_start = false;
    isa::IssuedInstruction issued;
  };
  void on_cycle(uint64_t now) override;
  /// Looks at what was announced for cycles before `cycle`.
  void settle(uint64_t cycle);

  bool pooled_;
  AllocationTable table_;
  machine::IRunLog& log_;
  std::vector<Notice> notices_;
  // For waveforms, three cycles late.
  uint64_t occupied_bytes_ = 0;
  uint32_t live_regions_ = 0;
};

}  // namespace vernier::memory
