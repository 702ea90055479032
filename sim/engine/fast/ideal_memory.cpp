// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/fast/ideal_memory.h"

#include <algorithm>

#include "base/error.h"
#include "models/machine/scratchpads.h"

namespace vernier::engine {
IdealMemory::IdealMemory(const machine::Machine& machine, const IPortSchedule& ports, bool skip)
    : machine_(machine),
      ports_(ports),
      burst_cycles_(static_cast<uint64_t>(machine.dram.burst_cycles())),
      latency_(static_cast<uint64_t>(machine.dram.latency_cycles)),
      bus_(machine.dram, machine.dma_max_in_flight, skip),
      stepping_(!bus_.can_skip()) {}

void IdealMemory::start_load(uint64_t cycle, const DmaTransfer& transfer) {
  const int64_t port_bits = machine::scratchpad_of(machine_, transfer.scratchpad).port_bits();
  const int64_t burst_bits = int64_t{machine_.dram.burst_bytes} * 8;
  Load load;
  load.scratchpad = transfer.scratchpad;
  load.groups = transfer.groups;
  load.asks = !ports_.loads_are_free(transfer.scratchpad);
  load.write_cycles = static_cast<uint64_t>((burst_bits + port_bits - 1) / port_bits);
  load.bursts = memory::burst_count(transfer.transfer, machine_.dram.burst_bytes);
  bus_.request(DramBus::load_side, cycle + 1, load.bursts);
  loads_.push_back(load);
}

void IdealMemory::start_store(uint64_t cycle, const DmaTransfer& transfer) {
  store_scratchpad_ = transfer.scratchpad;
  store_groups_ = transfer.groups;
  const auto latency = static_cast<uint64_t>(machine_.output_spad.read_latency_cycles);
  bus_.request(DramBus::store_side, cycle + 1 + latency,
               memory::burst_count(transfer.transfer, machine_.dram.burst_bytes));
}

/// No write of a load would be refused in `cycle`.
bool IdealMemory::asked_are_free(uint64_t cycle) const {
  const bool store = bus_.requesting(DramBus::store_side);
  return std::all_of(loads_.begin(), loads_.end(), [&](const Load& load) {
    if (!load.asks) return true;
    const PortsLeft left = ports_.left(load.scratchpad, load.groups, cycle);
    return left.write && !(left.either && store);
  });
}

bool IdealMemory::store_may_read(uint64_t cycle) const {
  return ports_.left(store_scratchpad_, store_groups_, cycle).read;
}

/// The first cycle after the present in which the mode or the mask of the store may have to change.
uint64_t IdealMemory::next_port_change() const {
  const uint64_t next = now_ + 1;
  uint64_t change = kNever;
  if (bus_.requesting(DramBus::store_side)) {
    if (store_may_read(next) == bus_.store_masked()) return next;
    change = ports_.next_change(store_scratchpad_, store_groups_, next);
  }
  if (stepping_) return change;
  if (!asked_are_free(next)) return next;
  for (const Load& load : loads_) {
    if (load.asks) change = std::min(change, ports_.next_change(load.scratchpad, load.groups, next));
  }
  return change;
}

uint64_t IdealMemory::next_event() {
  uint64_t next = std::min({bus_.next_event(), load_free_from_, store_free_from_, next_attempt()});
  if (!stepping_ && !loads_.empty() && loads_.front().granted == loads_.front().bursts) {
    next = std::min(next, std::max(now_ + 1, natural_end(loads_.front().last_grant)));
  }
  return std::min(next, next_port_change());
}

void IdealMemory::advance(uint64_t cycle) {
  if (!stepping_ && cycle > 0) {
    bus_.advance(cycle - 1);
    take_from_bus(cycle - 1);
  }
  now_ = cycle;
  if (bus_.requesting(DramBus::store_side)) bus_.mask_store(!store_may_read(cycle), cycle);
  choose_mode(cycle);
  const bool store_requested = bus_.requesting(DramBus::store_side);
  const uint64_t before = bus_.bursts_granted();
  bus_.advance(cycle);
  const uint64_t granted = bus_.bursts_granted() - before;
  const uint64_t loads_before = granted_loads_;
  take_from_bus(cycle);
  store_read_ = store_requested && granted > granted_loads_ - loads_before;
  if (stepping_) write(cycle);
  if (load_free_from_ <= cycle) {
    load_free_ = true;
    load_free_from_ = kNever;
  }
  if (store_free_from_ <= cycle) {
    store_free_ = true;
    store_free_from_ = kNever;
  }
}

void IdealMemory::take_from_bus(uint64_t cycle) {
  for (const DramBus::GrantRun& run : bus_.take_load_grants()) {
    Load& load = loads_.back();
    load.granted += run.count;
    load.last_grant = run.first + (run.count - 1) * run.spacing;
    granted_loads_ += run.count;
    unwritten_.push_back(run);
    if (stepping_ && unwritten_.size() == 1) aim_at_next_write(last_write_ + 1);
  }
  while (!stepping_ && !unwritten_.empty()) {
    const DramBus::GrantRun& run = unwritten_.front();
    if (natural_end(run.first + (run.count - 1) * run.spacing) > cycle) break;
    unwritten_.pop_front();
  }
  if (const uint64_t granted = bus_.take_finished(DramBus::load_side); granted != DramBus::kNever) {
    load_free_from_ = granted + 1;
  }
  if (const uint64_t granted = bus_.take_finished(DramBus::store_side); granted != DramBus::kNever) {
    store_free_from_ = granted + 1;
    store_end_ = natural_end(granted);
  }
}

void IdealMemory::choose_mode(uint64_t cycle) {
  if (!stepping_) {
    if (!asked_are_free(cycle)) start_stepping(cycle);
  } else if (bus_.can_skip() && on_time(cycle) && asked_are_free(cycle)) {
    stepping_ = false;
    try_at_ = kNever;
    bus_.skip(cycle);
  }
}

/// The burst to be written next is as far as it would be had nobody refused anything.
bool IdealMemory::on_time(uint64_t cycle) const {
  if (unwritten_.empty()) return true;
  const auto writing =
      std::find_if(loads_.begin(), loads_.end(), [](const Load& load) { return load.written < load.bursts; });
  const uint64_t done = writing->write_cycles - write_left_;
  const uint64_t ready = natural_end(unwritten_.front().first) - writing->write_cycles;
  return done == (cycle > ready ? cycle - ready : 0);
}

void IdealMemory::start_stepping(uint64_t cycle) {
  stepping_ = true;
  std::deque<uint64_t> grants;
  for (const DramBus::GrantRun& run : unwritten_) {
    for (uint64_t i = 0; i < run.count; ++i) {
      const uint64_t grant = run.first + i * run.spacing;
      if (natural_end(grant) > cycle) grants.push_back(grant);
    }
  }
  unwritten_.clear();
  // From the youngest burst back, each belongs to the youngest load that has some left; the rest to loads
  // whose end is known, which nobody can delay.
  size_t owned = 0;
  for (auto load = loads_.rbegin(); load != loads_.rend(); ++load) {
    const uint64_t own = std::min<uint64_t>(load->granted, grants.size() - owned);
    load->written = load->granted - own;
    if (load->written == load->bursts) load->end = natural_end(load->last_grant);
    owned += own;
  }
  std::deque<uint64_t> arrivals;
  for (size_t i = 0; i < grants.size(); ++i) {
    const bool known = i < grants.size() - owned;
    arrivals.push_back(known ? natural_end(grants[i]) : kNever);
    if (!known) unwritten_.push_back({grants[i], 0, 1});
    if (known) last_write_ = natural_end(grants[i]) - 1;
  }
  bus_.step(std::move(arrivals));
  if (unwritten_.empty()) return;
  aim_at_next_write(0);
  // Nobody was refused so far: what is due before this cycle was written.
  const uint64_t ready = natural_end(unwritten_.front().first) - write_left_;
  if (cycle > ready) write_left_ -= cycle - ready;
  try_at_ = std::max(cycle, ready);
}

IdealMemory::Load& IdealMemory::writing() {
  const auto load = std::find_if(loads_.begin(), loads_.end(),
                                 [](const Load& other) { return other.written < other.bursts; });
  VERNIER_INVARIANT(load != loads_.end(), "a burst of no load in cycle {}", now_);
  return *load;
}

void IdealMemory::aim_at_next_write(uint64_t earliest) {
  try_at_ = kNever;
  if (unwritten_.empty()) return;
  write_left_ = writing().write_cycles;
  try_at_ = std::max(earliest, natural_end(unwritten_.front().first) - write_left_);
}

/// What the ports leave to the load's next write in `cycle`, apart from the store.
bool IdealMemory::may_write(const Load& load, uint64_t cycle, bool store_reads) const {
  if (!load.asks) return true;
  if (!ports_.left(load.scratchpad, load.groups, cycle).write) return false;
  const uint64_t shared = load.scratchpad == store_scratchpad_ ? load.groups & store_groups_ : 0;
  return !store_reads || !ports_.left(load.scratchpad, shared, cycle).either;
}

/// The next cycle with an attempt that may succeed: those refused for certain are passed over.
uint64_t IdealMemory::next_attempt() {
  if (try_at_ == kNever) return kNever;
  const uint64_t next = std::max(try_at_, now_ + 1);
  const Load& load = writing();
  if (may_write(load, next, false)) return next;
  return ports_.next_change(load.scratchpad, load.groups, next);
}

void IdealMemory::write(uint64_t cycle) {
  if (cycle < try_at_) return;
  refused_ += cycle - try_at_;  // passed over
  try_at_ = cycle + 1;
  Load& load = writing();
  if (!may_write(load, cycle, store_read_)) {
    ++refused_;
    return;
  }
  last_write_ = cycle;
  if (--write_left_ > 0) return;
  unwritten_.pop_front();
  bus_.arrive(cycle + 1);
  if (++load.written == load.bursts) load.end = cycle + 1;
  aim_at_next_write(cycle + 1);
}

uint64_t IdealMemory::take_load_end() {
  if (loads_.empty()) return kNever;
  const Load& load = loads_.front();
  uint64_t end = load.end;
  if (!stepping_ && load.granted == load.bursts) {
    const uint64_t natural = natural_end(load.last_grant);
    if (!load.asks || natural <= now_) end = natural;
  }
  if (end != kNever) loads_.pop_front();
  return end;
}

void IdealMemory::describe(StateWords& state) const {
  bus_.describe(state);
  state.add(stepping_ ? 1 : 0);
  state.add(loads_.size());
  for (const Load& load : loads_) {
    state.add(static_cast<uint64_t>(load.scratchpad));
    for (const uint64_t word : {load.groups, load.write_cycles, load.bursts, load.granted}) state.add(word);
    state.add(load.asks ? 1 : 0);
    state.add(stepping_ ? load.written : 0);
    state.add_time(load.granted > 0 ? load.last_grant : kNever);
    state.add_time(load.end);
  }
  state.add(unwritten_.size());
  for (const DramBus::GrantRun& run : unwritten_) {
    state.add_time(run.first);
    state.add(run.spacing);
    state.add(run.count);
  }
  if (stepping_) {
    state.add(unwritten_.empty() ? 0 : write_left_);
    state.add_time(try_at_);
    state.add_time(last_write_);
  } else {
    state.add_until(last_write_);
  }
  for (const uint64_t time : {load_free_from_, store_free_from_, store_end_}) state.add_time(time);
  state.add(static_cast<uint64_t>(store_scratchpad_));
  state.add(store_groups_);
}

void IdealMemory::list(Counters& counters) {
  bus_.list(counters);
  counters.add(refused_);
}

void IdealMemory::jump(const Jump& jump) {
  bus_.jump(jump);
  for (Load& load : loads_) {
    load.last_grant = jump.later(load.last_grant);
    load.end = jump.later(load.end);
  }
  for (DramBus::GrantRun& run : unwritten_) run.first = jump.later(run.first);
  for (uint64_t* time : {&now_, &try_at_, &last_write_, &load_free_from_, &store_free_from_, &store_end_})
    *time = jump.later(*time);
}

}  // namespace vernier::engine
