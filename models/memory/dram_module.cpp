// SPDX-License-Identifier: Apache-2.0
#include "models/memory/dram_module.h"

#include "models/memory/stall.h"

namespace vernier::memory {

DramModule::DramModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
                       const machine::DramParams& params, int max_in_flight, machine::TransferRequest& load,
                       machine::TransferRequest& store)
    : ClockedModule(name, domain),
      params_(params),
      max_in_flight_(static_cast<size_t>(max_in_flight)),
      load_(load),
      store_(store) {}

void DramModule::on_cycle(uint64_t now) {
  while (!arrivals_.empty() && arrivals_.front() <= now) arrivals_.pop_front();
  signals_ = {};
  if (now >= bus_free_) arbitrate(now);
  signals_.bus_busy = now < bus_free_;
  signals_.reads_in_flight = static_cast<uint32_t>(arrivals_.size());
}

void DramModule::trace(sc_core::sc_trace_file* file) const {
  const std::string unit = name();
  sc_core::sc_trace(file, signals_.grant_load, unit + ".grant_load");
  sc_core::sc_trace(file, signals_.grant_store, unit + ".grant_store");
  sc_core::sc_trace(file, signals_.bus_busy, unit + ".bus_busy");
  sc_core::sc_trace(file, signals_.reads_in_flight, unit + ".reads_in_flight");
}

void DramModule::arbitrate(uint64_t now) {
  const bool load = load_.pending() && arrivals_.size() < max_in_flight_;
  const bool store = store_.pending();
  if (!load && !store) return;
  const bool grant_load = load && (!store || !load_was_last_);
  const auto burst = static_cast<uint64_t>(params_.burst_cycles());
  if (grant_load) {
    load_.grant();
    arrivals_.push_back(now + burst + static_cast<uint64_t>(params_.latency_cycles));
  } else {
    store_.grant();
  }
  signals_.grant_load = grant_load;
  signals_.grant_store = !grant_load;
  load_was_last_ = grant_load;
  bus_free_ = now + burst + static_cast<uint64_t>(stall_cycles(params_, granted_));
  ++granted_;
}

}  // namespace vernier::memory
