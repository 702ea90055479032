// SPDX-License-Identifier: Apache-2.0
#include "models/memory/allocator_module.h"

#include <algorithm>
#include <tuple>

namespace vernier::memory {

void AllocatorModule::start(const isa::IssuedInstruction& issued, uint64_t cycle) {
  log_.start(issued, cycle);
  if (pooled_) notices_.push_back({cycle, true, issued});
}

void AllocatorModule::end(const isa::IssuedInstruction& issued, uint64_t cycle, uint64_t bursts) {
  log_.end(issued, cycle, bursts);
  if (pooled_) notices_.push_back({cycle, false, issued});
}

void AllocatorModule::on_cycle(uint64_t now) {
  constexpr uint64_t kLateCycles = 2;  // as in the log (sim/engine/run_log.h)
  if (notices_.empty() || now < kLateCycles) return;
  settle(now - kLateCycles);
}

void AllocatorModule::settle(uint64_t cycle) {
  std::stable_sort(notices_.begin(), notices_.end(), [](const Notice& a, const Notice& b) {
    return std::tie(a.cycle, a.is_start) < std::tie(b.cycle, b.is_start);
  });
  size_t done = 0;
  for (; done < notices_.size() && notices_[done].cycle < cycle; ++done) {
    const Notice& notice = notices_[done];
    if (notice.is_start) {
      table_.start(notice.issued, notice.cycle);
    } else {
      table_.end(notice.issued);
    }
  }
  notices_.erase(notices_.begin(), notices_.begin() + static_cast<std::ptrdiff_t>(done));
  occupied_bytes_ = table_.occupied_bytes();
  live_regions_ = table_.live_regions();
}

void AllocatorModule::trace(sc_core::sc_trace_file* file) const {
  sc_core::sc_trace(file, occupied_bytes_, std::string(name()) + ".occupied_bytes");
  sc_core::sc_trace(file, live_regions_, std::string(name()) + ".live_regions");
}

}  // namespace vernier::memory
