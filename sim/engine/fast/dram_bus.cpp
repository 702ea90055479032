// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/fast/dram_bus.h"

#include <algorithm>

#include "base/error.h"
#include "models/memory/stall.h"

namespace vernier::engine {

DramBus::DramBus(const machine::DramParams& dram, int max_in_flight, bool skip)
    : dram_(dram),
      burst_cycles_(static_cast<uint64_t>(dram.burst_cycles())),
      max_in_flight_(static_cast<uint64_t>(max_in_flight)),
      // Grants are at least b apart, so burst i-Q has arrived when burst i is due if Q*b >= b + latency.
      can_skip_(skip && dram.stall_permille == 0 &&
                (max_in_flight_ - 1) * burst_cycles_ >= static_cast<uint64_t>(dram.latency_cycles)),
      closed_form_(can_skip_) {}

void DramBus::request(Requester requester, uint64_t from, uint64_t bursts) {
  Request& request = requests_[requester];
  VERNIER_INVARIANT(request.remaining == 0 && bursts > 0, "requester {} asks for {} bursts while busy",
                    static_cast<int>(requester), bursts);
  request.remaining = bursts;
  request.from = from;
}

void DramBus::mask_store(bool masked, uint64_t cycle) {
  if (store_masked_ && !masked) requests_[store_side].from = std::max(requests_[store_side].from, cycle);
  store_masked_ = masked;
}

void DramBus::skip(uint64_t cycle) {
  closed_form_ = true;
  arrivals_.clear();
  requests_[load_side].from = std::max(requests_[load_side].from, cycle);
}

uint64_t DramBus::eligible(Requester requester) const {
  uint64_t cycle = std::max(bus_free_, requests_[requester].from);
  if (requester == load_side && !closed_form_ && arrivals_.size() >= max_in_flight_) {
    cycle = std::max(cycle, arrivals_[arrivals_.size() - max_in_flight_]);
  }
  return cycle;
}

uint64_t DramBus::next_grant() const {
  uint64_t cycle = kNever;
  for (const Requester requester : {load_side, store_side}) {
    if (active(requester)) cycle = std::min(cycle, eligible(requester));
  }
  return cycle;
}

uint64_t DramBus::next_event() const {
  if (!closed_form_) return next_grant();
  if (!active(load_side) && !active(store_side)) return kNever;
  if (active(load_side) != active(store_side)) {
    const Requester one = active(load_side) ? load_side : store_side;
    return eligible(one) + (requests_[one].remaining - 1) * burst_cycles_;
  }
  const uint64_t load_cycle = eligible(load_side);
  const uint64_t store_cycle = eligible(store_side);
  if (load_cycle != store_cycle) {
    // The earlier one is alone until the other joins or it runs out.
    const Requester one = load_cycle < store_cycle ? load_side : store_side;
    const uint64_t alone = std::min(load_cycle, store_cycle);
    const uint64_t joins = std::max(load_cycle, store_cycle);
    const uint64_t slots = (joins - alone + burst_cycles_ - 1) / burst_cycles_;  // granted before it joins
    return alone + (std::min(slots, requests_[one].remaining) - 1) * burst_cycles_;
  }
  // Alternating, until one runs out; the one that was not granted last goes first.
  const Requester first = last_granted_ == load_side ? store_side : load_side;
  const Requester second = last_granted_;
  const uint64_t slots = std::min(2 * requests_[first].remaining - 1, 2 * requests_[second].remaining);
  return load_cycle + (slots - 1) * burst_cycles_;
}

void DramBus::arrive(uint64_t cycle) {
  const auto oldest = std::find(arrivals_.begin(), arrivals_.end(), kNever);
  VERNIER_INVARIANT(oldest != arrivals_.end(), "nothing is in flight in cycle {}", cycle);
  *oldest = cycle;
}

void DramBus::count(Requester requester, uint64_t bursts, uint64_t spacing, uint64_t last_grant) {
  Request& request = requests_[requester];
  VERNIER_INVARIANT(request.remaining >= bursts, "{} < {}", request.remaining, bursts);
  request.remaining -= bursts;
  if (request.remaining == 0) request.finished = last_grant;
  granted_ += bursts;
  last_granted_ = requester;
  if (requester == load_side) load_grants_.push_back({last_grant - (bursts - 1) * spacing, spacing, bursts});
}

void DramBus::grant(uint64_t cycle) {
  const bool load = active(load_side) && eligible(load_side) <= cycle;
  const bool store = active(store_side) && eligible(store_side) <= cycle;
  Requester winner = load ? load_side : store_side;
  if (load && store) winner = last_granted_ == load_side ? store_side : load_side;
  if (winner == load_side) {
    while (!arrivals_.empty() && arrivals_.front() <= cycle) arrivals_.pop_front();
    arrivals_.push_back(kNever);
  }
  bus_free_ = cycle + burst_cycles_ + static_cast<uint64_t>(memory::stall_cycles(dram_, granted_));
  count(winner, 1, burst_cycles_, cycle);
}

void DramBus::grant_run(uint64_t last_cycle) {
  // Up to the next event one requester is alone, or both alternate.
  const uint64_t first_cycle = next_grant();
  if (first_cycle > last_cycle) return;
  const uint64_t slots = (last_cycle - first_cycle) / burst_cycles_ + 1;
  const uint64_t last_slot = first_cycle + (slots - 1) * burst_cycles_;
  const bool load = active(load_side) && eligible(load_side) == first_cycle;
  const bool store = active(store_side) && eligible(store_side) == first_cycle;
  bus_free_ = last_slot + burst_cycles_;
  if (!(load && store)) {
    count(load ? load_side : store_side, slots, burst_cycles_, last_slot);
    return;
  }
  const Requester first = last_granted_ == load_side ? store_side : load_side;
  const Requester second = last_granted_;
  const uint64_t second_slots = slots / 2;
  if (slots % 2 == 0) {
    count(first, second_slots, 2 * burst_cycles_, last_slot - burst_cycles_);
    count(second, second_slots, 2 * burst_cycles_, last_slot);
  } else {
    if (second_slots > 0) count(second, second_slots, 2 * burst_cycles_, last_slot - burst_cycles_);
    count(first, second_slots + 1, 2 * burst_cycles_, last_slot);
  }
}

void DramBus::advance(uint64_t cycle) {
  if (closed_form_) {
    grant_run(cycle);
  } else if (next_grant() == cycle) {
    grant(cycle);
  }
}

uint64_t DramBus::take_finished(Requester requester) {
  const uint64_t cycle = requests_[requester].finished;
  requests_[requester].finished = kNever;
  return cycle;
}

void DramBus::describe(StateWords& state) const {
  state.add(closed_form_ ? 1 : 0);
  state.add(store_masked_ ? 1 : 0);
  state.add(static_cast<uint64_t>(last_granted_));
  state.add_until(bus_free_);
  for (const Request& request : requests_) {
    state.add(request.remaining);
    state.add_until(request.remaining > 0 ? std::max(request.from, bus_free_) : 0);
    state.add_time(request.finished);
  }
  state.add(arrivals_.size());
  for (const uint64_t arrival : arrivals_) state.add_until(arrival);
  state.add(load_grants_.size());
}

void DramBus::jump(const Jump& jump) {
  bus_free_ = jump.later(bus_free_);
  for (Request& request : requests_) {
    request.from = jump.later(request.from);
    request.finished = jump.later(request.finished);
  }
  for (uint64_t& arrival : arrivals_) arrival = jump.later(arrival);
}

}  // namespace vernier::engine
