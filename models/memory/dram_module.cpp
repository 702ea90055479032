// SPDX-License-Identifier: Apache-2.0
#include "models/memory/dram_module.h"

#include <fmt/format.h>

namespace vernier::memory {

DramModule::DramModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
                       const machine::Machine& machine, Scratchpads& scratchpads,
                       const std::vector<dram::ICommandObserver*>& observers)
    : ClockedModule(name, domain, machine::Turn::vector) {
  if (machine.dram.kind == machine::DramKind::part) {
    part_ = std::make_unique<PartDram>(machine, scratchpads, observers);
  } else {
    ideal_ = std::make_unique<IdealDram>(machine, scratchpads);
  }
}

void DramModule::trace(sc_core::sc_trace_file* file) const {
  const std::string unit = name();
  if (ideal_) {
    const IdealDram::Signals& signals = ideal_->signals();
    sc_core::sc_trace(file, signals.grant_load, unit + ".grant_load");
    sc_core::sc_trace(file, signals.grant_store, unit + ".grant_store");
    sc_core::sc_trace(file, signals.bus_busy, unit + ".bus_busy");
    sc_core::sc_trace(file, signals.reads_in_flight, unit + ".reads_in_flight");
    return;
  }
  for (int c = 0; c < part_->channels(); ++c) {
    const PartDram::Signals& signals = part_->signals(c);
    const std::string channel = fmt::format("{}.channel{}", unit, c);
    sc_core::sc_trace(file, signals.reads_queued, channel + ".reads_queued");
    sc_core::sc_trace(file, signals.writes_queued, channel + ".writes_queued");
    sc_core::sc_trace(file, signals.write_mode, channel + ".write_mode");
    sc_core::sc_trace(file, signals.refresh, channel + ".refresh");
    sc_core::sc_trace(file, signals.data_read, channel + ".data_read");
    sc_core::sc_trace(file, signals.data_write, channel + ".data_write");
  }
}

}  // namespace vernier::memory
