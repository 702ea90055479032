// SPDX-License-Identifier: Apache-2.0
// The `ideal` DRAM, clocked: grants its one bus burst by burst (docs/timing.md, section DRAM).
#pragma once

#include <deque>

#include "models/machine/channels_module.h"
#include "models/machine/clocked_module.h"
#include "models/machine/machine.h"

namespace vernier::memory {

class DramModule : public machine::ClockedModule {
 public:
  DramModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
             const machine::DramParams& params, int max_in_flight, machine::TransferRequest& load,
             machine::TransferRequest& store);

  [[nodiscard]] uint64_t bursts_granted() const { return granted_; }
  /// Adds grants, the state of the bus and the read bursts in flight to a waveform.
  void trace(sc_core::sc_trace_file* file) const override;

 private:
  void on_cycle(uint64_t now) override;
  void arbitrate(uint64_t now);

  machine::DramParams params_;
  size_t max_in_flight_;
  machine::TransferRequest& load_;
  machine::TransferRequest& store_;
  uint64_t bus_free_ = 0;
  uint64_t granted_ = 0;
  bool load_was_last_ = false;
  std::deque<uint64_t> arrivals_;  // of the read bursts in flight

  // For waveforms: what happens in this cycle.
  struct {
    bool grant_load = false, grant_store = false, bus_busy = false;
    uint32_t reads_in_flight = 0;
  } signals_;
};

}  // namespace vernier::memory
