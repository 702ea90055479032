// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/fast/dram_memory.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::engine {
namespace {

constexpr size_t kTableBytes = size_t{256} << 20;

const machine::ScratchpadParams& spad_of(const machine::Machine& machine, isa::Scratchpad scratchpad) {
  switch (scratchpad) {
    case isa::Scratchpad::weight:
      return machine.weight_spad;
    case isa::Scratchpad::activation:
      return machine.activation_spad;
    case isa::Scratchpad::output:
      break;
  }
  return machine.output_spad;
}

}  // namespace

DramMemory::DramMemory(const machine::Machine& machine, const IPortSchedule& ports, bool skip,
                       const std::vector<dram::ICommandObserver*>& observers)
    : machine_(machine),
      ports_(ports),
      ratio_(static_cast<uint64_t>(machine.clock_hz), machine.dram.memory.part.clock_hz) {
  const dram::Memory& memory = machine.dram.memory;
  VERNIER_INVARIANT(observers.empty() || (!skip && observers.size() == static_cast<size_t>(memory.channels)),
                    "{} observers of {} channels, or of skipped commands", observers.size(), memory.channels);
  channels_.reserve(static_cast<size_t>(memory.channels));
  for (int c = 0; c < memory.channels; ++c) {
    channels_.emplace_back(memory.part, ratio_, c, machine.dma_max_in_flight,
                           machine.output_spad.read_latency_cycles, static_cast<IStreamEvents&>(*this),
                           observers.empty() ? nullptr : observers[static_cast<size_t>(c)]);
  }
  if (!skip) return;
  ahead_.reserve(channels_.size());
  for (ChannelStreams& channel : channels_) ahead_.emplace_back(memory.part, channel, table_, courses_);
}

StreamJob DramMemory::job_of(const DmaTransfer& transfer) const {
  StreamJob job;
  job.scratchpad = transfer.scratchpad;
  job.groups = transfer.groups;
  if (ports_.unlimited()) {
    job.free = true;
    return job;
  }
  job.slots = DmaSlots(spad_of(machine_, transfer.scratchpad).port_bits(),
                       int64_t{8} * machine_.dram.memory.part.organisation.burst_bytes,
                       machine_.dram.memory.channels);
  // Stores use the output scratchpad: its loads may meet them.
  job.free = transfer.scratchpad != isa::Scratchpad::output && ports_.loads_are_free(transfer.scratchpad);
  return job;
}

void DramMemory::Told::tell(int channel, uint64_t cycle) {
  uint64_t& told = cycles[static_cast<size_t>(channel)];
  missing -= told == kNever ? 1 : 0;
  missing += cycle == kNever ? 1 : 0;
  told = cycle;
}

uint64_t DramMemory::Told::latest() const {
  return missing > 0 ? kNever : *std::max_element(cycles.begin(), cycles.end());
}

void DramMemory::start_load(uint64_t cycle, const DmaTransfer& transfer) {
  VERNIER_INVARIANT(!load_.busy && cycle == now_, "a load in cycle {}, now is {}", cycle, now_);
  if (table_.bytes() + courses_.bytes() > kTableBytes) {
    for (StreamsAhead& ahead : ahead_) ahead.leave(kNever);
    table_.clear();
    courses_.clear();
  }
  StreamJob job = job_of(transfer);
  job.load = first_load_ + loads_.size();
  Told told{std::vector<uint64_t>(channels_.size(), 0), 0};
  for (size_t c = 0; c < channels_.size(); ++c) {
    const BurstSource source(machine_.dram.memory, static_cast<int>(c), transfer.transfer);
    if (source.remaining() == 0) continue;
    told.tell(static_cast<int>(c), kNever);
    bursts_ += source.remaining();
    if (is_ahead(c)) {
      ahead_[c].start_load(cycle, source, job);
    } else {
      channels_[c].start_load(cycle, source, job);
    }
  }
  VERNIER_INVARIANT(told.missing > 0, "a load without bursts in cycle {}", cycle);
  load_ = {told, kNever, true, false};
  loads_.push(std::move(told));
  next_known_ = false;
}

void DramMemory::start_store(uint64_t cycle, const DmaTransfer& transfer) {
  VERNIER_INVARIANT(!store_.busy && cycle == now_, "a store in cycle {}, now is {}", cycle, now_);
  const StreamJob job = job_of(transfer);
  storing_ = transfer;
  Told told{std::vector<uint64_t>(channels_.size(), 0), 0};
  for (size_t c = 0; c < channels_.size(); ++c) {
    const BurstSource source(machine_.dram.memory, static_cast<int>(c), transfer.transfer);
    if (source.remaining() == 0) continue;
    told.tell(static_cast<int>(c), kNever);
    bursts_ += source.remaining();
    if (is_ahead(c)) ahead_[c].leave(ratio_.clock_of(cycle + 1));
    channels_[c].start_store(cycle, source, job);
  }
  VERNIER_INVARIANT(told.missing > 0, "a store without bursts in cycle {}", cycle);
  store_ = {std::move(told), kNever, true, false};
  next_known_ = false;
}

void DramMemory::ports_changed() {
  for (ChannelStreams& channel : channels_) {
    for (const Unit unit : {Unit::load, Unit::store}) channel.refused(unit, 0);
  }
  next_known_ = false;
}

void DramMemory::load_accepted(int channel, uint64_t cycle) { load_.accepted.tell(channel, cycle); }

void DramMemory::store_accepted(int channel, uint64_t cycle) { store_.accepted.tell(channel, cycle); }

void DramMemory::load_written(int channel, uint64_t load, uint64_t cycle) {
  if (load >= first_load_) loads_[load - first_load_].tell(channel, cycle);
}

uint64_t DramMemory::next_event() {
  if (!next_known_) {
    next_ = std::max(find_event(), now_ + 1);
    next_known_ = true;
  }
  return next_;
}

void DramMemory::run_ahead() {
  const uint64_t clock = ratio_.clock_of(now_ + 1);
  for (StreamsAhead& ahead : ahead_) {
    if (!ahead.active()) ahead.try_enter(clock);
    if (ahead.active()) ahead.run_ahead();
  }
}

/// Of the first load, in the channels that are ahead, as far as it may be in a cycle up to `until`.
void DramMemory::foresee_end(uint64_t until) {
  if (loads_.empty() || loads_.front().missing == 0) return;
  for (size_t c = 0; c < ahead_.size(); ++c) {
    if (ahead_[c].active() && loads_.front().cycles[c] == kNever && ahead_[c].end_bound() <= until) {
      ahead_[c].foresee_ends();
    }
  }
}

uint64_t DramMemory::find_event() {
  run_ahead();
  const bool load_known = !load_.busy || load_.accepted.missing == 0;
  const bool store_known = !store_.busy || store_.accepted.missing == 0;
  uint64_t load_free = load_.busy ? 0 : kNever;
  uint64_t store_free = store_.busy ? 0 : kNever;
  uint64_t ask = kNever;
  for (size_t c = 0; c < channels_.size(); ++c) {
    ChannelStreams& channel = channels_[c];
    if (!channel.busy() || is_ahead(c)) continue;
    if (!load_known) load_free = std::max(load_free, channel.load_accepted_bound());
    if (!store_known) store_free = std::max(store_free, channel.store_accepted_bound());
    for (const Unit unit : {Unit::load, Unit::store}) ask = std::min(ask, channel.next_ask(unit, now_ + 1));
  }
  if (load_.busy && load_known) load_free = load_.accepted.latest();
  if (store_.busy && store_known) store_free = store_.accepted.latest();
  const uint64_t other = std::min({load_free, store_free, ask});
  return std::min(other, find_end(other));
}

/// The end of the first load, or a cycle before it; if it is after `until`, any such cycle.
uint64_t DramMemory::find_end(uint64_t until) {
  // A load ends after its unit is free.
  if (loads_.empty() || (load_.busy && loads_.size() == 1)) return kNever;
  foresee_end(until);
  if (loads_.front().missing == 0) return std::max(last_end_, loads_.front().latest() + 1);
  uint64_t end = 0;
  for (size_t c = 0; c < channels_.size(); ++c) {
    if (loads_.front().cycles[c] != kNever) continue;
    ChannelStreams& channel = channels_[c];
    if (is_ahead(c) && ahead_[c].end_bound() > until) return kNever;
    end = std::max(end, channel.load_end_bound());
    if (channel.has_job(Unit::load)) end = std::max(end, channel.next_ask(Unit::load, now_ + 1) + 1);
  }
  return end;
}

void DramMemory::advance(uint64_t cycle) {
  const uint64_t next = next_event();
  VERNIER_INVARIANT(cycle <= next, "advanced to cycle {}, past the event in {}", cycle, next);
  now_ = cycle;
  if (cycle < next) return;
  next_known_ = false;
  const uint64_t clock = ratio_.clock_of(cycle);
  for (size_t c = 0; c < channels_.size(); ++c) {
    if (!ahead_.empty()) ahead_[c].settle(clock);
    if (!is_ahead(c) && channels_[c].busy()) channels_[c].run(clock);
  }
  move_bursts(cycle);
  free_units(cycle);
}

void DramMemory::free_units(uint64_t cycle) {
  for (Stream* stream : {&load_, &store_}) {
    if (!stream->busy || stream->accepted.missing > 0) continue;
    const uint64_t seen = stream->accepted.latest();
    if (seen > cycle) continue;
    VERNIER_INVARIANT(seen == cycle, "a unit free in cycle {} is seen in {}", seen, cycle);
    stream->busy = false;
    stream->freed = true;
    stream->end = cycle;
  }
}

bool DramMemory::take_free(Stream& stream) {
  const bool freed = stream.freed;
  stream.freed = false;
  return freed;
}

uint64_t DramMemory::take_store_end() {
  const uint64_t end = store_.end;
  store_.end = kNever;
  return end;
}

uint64_t DramMemory::take_load_end() {
  foresee_end(now_);
  // Later ones may still change.
  if (loads_.empty() || loads_.front().missing > 0) return kNever;
  const uint64_t end = std::max(last_end_, loads_.front().latest() + 1);
  if (end > now_) return kNever;
  last_end_ = end;
  loads_.pop();
  ++first_load_;
  next_known_ = false;
  return end;
}

void DramMemory::finish(uint64_t cycles) {
  for (StreamsAhead& ahead : ahead_) ahead.leave(kNever);
  for (ChannelStreams& channel : channels_) channel.finish(ratio_.clock_of(cycles));
}

dram::ChannelCounts DramMemory::counts() const {
  dram::ChannelCounts sum;
  for (const ChannelStreams& channel : channels_) sum += channel.channel().counts();
  return sum;
}

std::unique_ptr<IFastMemory> make_dram_memory(const machine::Machine& machine, const IPortSchedule& ports,
                                              bool skip,
                                              const std::vector<dram::ICommandObserver*>& observers) {
  return std::make_unique<DramMemory>(machine, ports, skip, observers);
}

}  // namespace vernier::engine
