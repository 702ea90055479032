// SPDX-License-Identifier: Apache-2.0
#include "models/memory/ideal_dram.h"

#include "base/error.h"
#include "models/machine/scratchpads.h"
#include "models/memory/dma_slots.h"
#include "models/memory/stall.h"

namespace vernier::memory {

void IdealDram::Path::request(const DmaTransfer& transfer, uint64_t from) {
  transfer_ = transfer;
  ungranted_ = burst_count(transfer.transfer, dram_.machine_.dram.burst_bytes);
  from_ = from;
}

void IdealDram::Load::start(const DmaTransfer& transfer, uint64_t now) { request(transfer, now + 1); }

void IdealDram::Load::grant(uint64_t now) {
  const auto accesses = static_cast<uint64_t>(dram_.accesses(transfer_.scratchpad));
  VERNIER_INVARIANT(accesses <= dram_.burst_cycles(), "a burst takes {} writes and {} cycles of the bus",
                    accesses, dram_.burst_cycles());
  in_flight_.push_back(
      {now + dram_.burst_cycles() + dram_.latency() - accesses, --ungranted_ == 0, transfer_});
}

int IdealDram::Load::move(uint64_t now) {
  refused_ = false;
  if (in_flight_.empty() || now < in_flight_.front().write_from) return 0;
  const Burst& burst = in_flight_.front();
  const DmaTransfer& transfer = burst.transfer;
  if (!dram_.scratchpads_.of(transfer.scratchpad).claim(now, PortUser::load, {0, transfer.groups})) {
    refused_ = true;
    ++refused_cycles_;
    return 0;
  }
  if (++written_accesses_ < dram_.accesses(transfer.scratchpad)) return 0;
  written_accesses_ = 0;
  const bool last = burst.last;
  in_flight_.pop_front();
  return last ? 1 : 0;
}

void IdealDram::Store::start(const DmaTransfer& transfer, uint64_t now) {
  request(transfer, now + 1 + static_cast<uint64_t>(dram_.machine_.output_spad.read_latency_cycles));
}

void IdealDram::Store::grant(uint64_t now) {
  const bool granted = dram_.scratchpads_.of(transfer_.scratchpad).claim(now, PortUser::store, claim());
  VERNIER_INVARIANT(granted, "the store's port was free and is taken in cycle {}", now);
  if (--ungranted_ == 0) ends_.push_back(now + dram_.burst_cycles() + dram_.latency());
}

int IdealDram::Store::move(uint64_t now) {
  refused_ = false;
  dram_.arbitrate(now);
  if (ends_.empty() || ends_.front() != now + 1) return 0;
  ends_.pop_front();
  return 1;
}

int IdealDram::accesses(isa::Scratchpad scratchpad) const {
  return DmaSlots(machine::scratchpad_of(machine_, scratchpad), machine_.dram.burst_bytes, 1).accesses();
}

void IdealDram::arbitrate(uint64_t now) {
  signals_ = {};
  if (now >= bus_free_) grant(now);
  signals_.bus_busy = now < bus_free_;
  signals_.reads_in_flight = static_cast<uint32_t>(load_.in_flight_.size());
}

void IdealDram::grant(uint64_t now) {
  const bool load =
      load_.requests(now) && load_.in_flight_.size() < static_cast<size_t>(machine_.dma_max_in_flight);
  const bool store = store_.requests(now) &&
                     scratchpads_.of(store_.transfer_.scratchpad).free(now, PortUser::store, store_.claim());
  if (!load && !store) return;
  const bool grant_load = load && (!store || !load_was_last_);
  if (grant_load) {
    load_.grant(now);
  } else {
    store_.grant(now);
  }
  signals_.grant_load = grant_load;
  signals_.grant_store = !grant_load;
  load_was_last_ = grant_load;
  bus_free_ = now + burst_cycles() + static_cast<uint64_t>(stall_cycles(machine_.dram, granted_));
  ++granted_;
}

}  // namespace vernier::memory
