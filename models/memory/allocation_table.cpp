// SPDX-License-Identifier: Apache-2.0
#include "models/memory/allocation_table.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::memory {
namespace {

[[noreturn]] void refuse(const isa::IssuedInstruction& issued, uint64_t cycle, const std::string& what) {
  throw InputError("PRG056",
                   fmt::format("in cycle {} {} number {} {}", cycle, isa::name_of(issued.instruction->opcode),
                               issued.sequence, what),
                   {}, "order them with a semaphore, or place them elsewhere");
}

}  // namespace

AllocationTable::AllocationTable(const isa::Program& program)
    : program_(program), entries_(program.pool.size()) {
  if (program.pool_bytes == 0) return;
  isa::Cursor cursor(program);
  for (isa::IssuedInstruction issued; cursor.next(issued);) {
    const isa::PoolAccess access = isa::pool_access(program, issued);
    for (const uint32_t region : access.reads) ++entries_[region].accesses;
    for (const uint32_t region : access.writes) {
      ++entries_[region].accesses;
      ++entries_[region].writes;
    }
  }
}

void AllocationTable::start(const isa::IssuedInstruction& issued, uint64_t cycle) {
  const isa::PoolAccess access = isa::pool_access(program_, issued);
  for (const uint32_t region : access.reads) {
    if (entries_[region].live && entries_[region].writes == 0) continue;
    refuse(issued, cycle,
           fmt::format("reads tensor '{}', which is not yet there", program_.pool[region].name));
  }
  for (const uint32_t region : access.writes) {
    if (!entries_[region].live) take(region, issued, cycle);
  }
}

void AllocationTable::take(uint32_t region, const isa::IssuedInstruction& issued, uint64_t cycle) {
  const isa::PoolRegion& place = program_.pool[region];
  for (const uint32_t other : live_) {
    const isa::PoolRegion& taken = program_.pool[other];
    if (taken.address >= place.address + place.bytes || place.address >= taken.address + taken.bytes)
      continue;
    refuse(issued, cycle,
           fmt::format("needs bytes [{}, {}) for '{}', of which '{}' has [{}, {})", place.address,
                       place.address + place.bytes, place.name, taken.name, taken.address,
                       taken.address + taken.bytes));
  }
  entries_[region].live = true;
  live_.push_back(region);
  occupied_bytes_ += place.bytes;
  peak_bytes_ = std::max(peak_bytes_, occupied_bytes_);
}

void AllocationTable::end(const isa::IssuedInstruction& issued) {
  const isa::PoolAccess access = isa::pool_access(program_, issued);
  const auto drop = [this](uint32_t region) {
    Entry& entry = entries_[region];
    VERNIER_INVARIANT(entry.live && entry.accesses > 0, "region {} ends without a start", region);
    if (--entry.accesses > 0) return;
    entry.live = false;
    live_.erase(std::find(live_.begin(), live_.end(), region));
    occupied_bytes_ -= program_.pool[region].bytes;
  };
  for (const uint32_t region : access.writes) --entries_[region].writes;
  for (const uint32_t region : access.reads) drop(region);
  for (const uint32_t region : access.writes) drop(region);
}

}  // namespace vernier::memory
