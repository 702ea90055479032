// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/fast/channel_streams.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::engine {
namespace {

uint64_t places_for(uint64_t in_flight) {
  uint64_t places = 4;
  while (places <= in_flight) places *= 2;
  return places;
}

}  // namespace

ChannelStreams::ChannelStreams(const dram::Part& part, const dram::ClockRatio& ratio, int channel,
                               int max_in_flight, int read_latency, IStreamEvents& events,
                               dram::ICommandObserver* observer)
    : ratio_(ratio),
      channel_(channel),
      max_in_flight_(static_cast<uint64_t>(max_in_flight)),
      read_latency_(static_cast<uint64_t>(read_latency)),
      read_clocks_(static_cast<uint64_t>(part.timing.CL + part.timing.BL + part.controller.return_clocks)),
      return_clocks_(static_cast<uint64_t>(part.controller.return_clocks)),
      events_(events),
      dram_(part, observer),
      locator_(part),
      organisation_(part.organisation),
      mask_(places_for(max_in_flight_) - 1),
      ready_(mask_ + 1, kNever),
      returned_(mask_ + 1, 0),
      counts_until_(mask_ + 1, 0),
      offered_(mask_ + 1, 0),
      freed_(mask_ + 1, 0),
      store_bursts_(mask_ + 1, 0) {}

void ChannelStreams::start_load(uint64_t cycle, const BurstSource& source, const StreamJob& job) {
  if (source.remaining() == 0) return;
  VERNIER_INVARIANT(at_.load.remaining() == 0, "channel {}: a load while {} bursts are left", channel_,
                    at_.load.remaining());
  at_.load = source;
  at_.load_from = std::max(at_.load_from, ratio_.clock_of(cycle + 1));
  at_.unwritten.push({job, at_.accepted + source.remaining()});
  at_.unwritten.back().job.step = write_step(ratio_, job.slots);
  at_.unwritten.back().job.slack = write_slack(ratio_, job.slots);
}

void ChannelStreams::start_store(uint64_t cycle, const BurstSource& source, const StreamJob& job) {
  if (source.remaining() == 0) return;
  VERNIER_INVARIANT(store_unaccepted_ == 0, "channel {}: a store while {} bursts are left", channel_,
                    store_unaccepted_);
  store_ = source;
  store_job_ = job;
  store_unaccepted_ = source.remaining();
  read_from_ = std::max(read_from_, cycle + 1);
}

uint64_t ChannelStreams::load_offer() const {
  if (at_.load.remaining() == 0) return kNever;
  if (at_.accepted < max_in_flight_) return at_.load_from;
  const uint64_t before = at_.accepted - max_in_flight_;
  if (before >= at_.written) return kNever;
  return std::max(at_.load_from, returned_[before & mask_]);
}

uint64_t ChannelStreams::store_offer() const {
  return read_ == stored_ ? kNever : std::max(store_from_, offered_[stored_ & mask_]);
}

void ChannelStreams::run(uint64_t end, uint64_t last) {
  while (dram_.clock() < end && at_.accepted < last) {
    const uint64_t now = dram_.clock();
    if (rows_ != nullptr) watch_credits(now);
    const uint64_t load = dram_.read_room() ? load_offer() : kNever;
    const uint64_t store = dram_.write_room() ? store_offer() : kNever;
    if (load > now && store > now) {
      // Up to the next offer, but not past an event: it may make room, deliver, and return a burst.
      const uint64_t event = dram_.next_event();
      const uint64_t watch = at_.load_from > now ? at_.load_from : kNever;
      dram_.advance(std::min({end, load, store, watch, event == kNever ? kNever : event + 1}));
      collect();
      continue;
    }
    if (load <= now) {
      if (rows_ != nullptr) name_row(at_.load.peek());
      const bool taken = dram_.offer_read(at_.load.peek(), at_.accepted);
      VERNIER_INVARIANT(taken, "channel {}: room for a read that is refused", channel_);
      ready(at_.accepted++) = kNever;
      at_.load_from = now + 1;
      at_.load.skip(1);
      if (at_.load.remaining() == 0) events_.load_accepted(channel_, ratio_.cycle_of(now + 1));
    }
    if (store <= now) {
      if (rows_ != nullptr) name_row(store_bursts_[stored_ & mask_]);
      const bool taken = dram_.offer_write(store_bursts_[stored_ & mask_]);
      VERNIER_INVARIANT(taken, "channel {}: room for a write that is refused", channel_);
      freed_[stored_++ & mask_] = ratio_.cycle_of(now + 1);
      store_from_ = now + 1;
      if (--store_unaccepted_ == 0) events_.store_accepted(channel_, ratio_.cycle_of(now + 1));
    }
    dram_.advance(now + 1);
    collect();
  }
}

void ChannelStreams::collect() {
  while (const auto delivery = dram_.known_delivery()) ready(delivery->tag) = delivery->clock;
  while (at_.written < at_.accepted && ready(at_.written) != kNever && at_.unwritten.front().job.free) {
    const StreamJob& job = at_.unwritten.front().job;
    const uint64_t own = job.slots.turn_of(channel_);
    uint64_t cycle = job.slots.next(own, std::max(write_from_, ratio_.cycle_of(ready(at_.written))));
    for (uint64_t slot = 1; slot < job.slots.cycles(); ++slot) cycle = job.slots.next(own, cycle + 1);
    write(cycle);
  }
}

void ChannelStreams::name_row(uint64_t burst) {
  const dram::Location location = locator_.locate(burst);
  rows_->note(location.flat_bank(organisation_), location.row);
}

/// As in write_trail.h.
void ChannelStreams::bound_write(uint64_t cycle) {
  const StreamJob& job = at_.unwritten.front().job;
  if (!job.free) {
    late_ = std::max(late_, ratio_.clock_of(cycle + 1));
  } else {
    // Bursts before that took other slots are over when the first in these is written.
    if (!(written_slots_ == job.slots)) late_ = std::max(late_, ratio_.clock_of(write_from_));
    late_ = std::max(late_, ready(at_.written)) + job.step;
  }
  written_slots_ = job.slots;
  counts_until_[at_.written & mask_] = late_ + job.slack;
  if (writes_ != nullptr) writes_->push_back({cycle, ready(at_.written), late_});
}

/// Notes if an offer of this clock waits for bursts in flight, or would in another phase of the clocks.
void ChannelStreams::watch_credits(uint64_t now) {
  if (at_.load.remaining() == 0 || at_.load_from > now || !dram_.read_room()) return;
  if (at_.accepted < max_in_flight_) return;
  const uint64_t before = at_.accepted - max_in_flight_;
  if (before >= at_.written || counts_until_[before & mask_] > now) offers_wait_ = true;
}

void ChannelStreams::write(uint64_t cycle) {
  if (rows_ != nullptr) bound_write(cycle);
  returned_[at_.written++ & mask_] = ratio_.clock_of(cycle + 1);
  write_from_ = cycle + 1;
  write_slots_ = 0;
  if (at_.written < at_.unwritten.front().end) return;
  events_.load_written(channel_, at_.unwritten.front().job.load, cycle);
  at_.unwritten.pop();
}

uint64_t ChannelStreams::load_accepted_bound() const {
  if (at_.load.remaining() == 0) return 0;
  return ratio_.cycle_of(std::max(at_.load_from, dram_.clock()) + at_.load.remaining());
}

uint64_t ChannelStreams::store_accepted_bound() const {
  if (store_unaccepted_ == 0) return 0;
  return ratio_.cycle_of(std::max(store_from_, dram_.clock()) + store_unaccepted_);
}

uint64_t ChannelStreams::load_end_bound() {
  const Unwritten& first = at_.unwritten.front();
  uint64_t bound = write_from_ + 1;
  if (first.end > at_.accepted) {
    const uint64_t last = std::max(at_.load_from, dram_.clock()) + (first.end - at_.accepted) - 1;
    bound = std::max(bound, ratio_.cycle_of(last + return_clocks_) + 1);
  } else if (const uint64_t clock = ready(first.end - 1); clock != kNever) {
    bound = std::max(bound, ratio_.cycle_of(clock) + 1);
  } else {
    bound = std::max(bound, ratio_.cycle_of(dram_.next_event() + read_clocks_) + 1);
  }
  return bound;
}

bool ChannelStreams::has_job(Unit unit) const {
  return unit == Unit::load ? !at_.unwritten.empty() && !at_.unwritten.front().job.free
                            : store_.remaining() > 0;
}

/// The cycle from which the next burst can be moved; kNever if that is not known yet.
uint64_t ChannelStreams::move_from(Unit unit) const {
  if (unit == Unit::load) {
    const bool known = at_.written < at_.accepted && ready(at_.written) != kNever;
    return known ? std::max(write_from_, ratio_.cycle_of(ready(at_.written))) : kNever;
  }
  if (read_ < max_in_flight_) return read_from_;
  const uint64_t before = read_ - max_in_flight_;
  return before >= stored_ ? kNever : std::max(read_from_, freed_[before & mask_]);
}

uint64_t ChannelStreams::next_ask(Unit unit, uint64_t cycle) {
  if (!has_job(unit)) {
    // Writes to be asked for may wait behind writes that are not.
    return unit == Unit::load && at_.unwritten.size() > 1 ? std::max(cycle, load_end_bound()) : kNever;
  }
  uint64_t from = move_from(unit);
  if (from == kNever) {
    // Nothing before the next thing that happens in the channel: an offer, an event.
    const uint64_t offer = std::max(dram_.clock(), std::min(load_offer(), store_offer()));
    const uint64_t next = std::min(offer, dram_.next_event());
    VERNIER_INVARIANT(next != kNever, "channel {}: nothing will happen", channel_);
    from = ratio_.cycle_of(next + 1);
  }
  from = std::max({from, cycle, refused_until(unit)});
  return job(unit).slots.next(turn(unit), from);
}

bool ChannelStreams::asks(Unit unit, uint64_t cycle) const {
  return has_job(unit) && move_from(unit) <= cycle && job(unit).slots.owns(turn(unit), cycle);
}

void ChannelStreams::granted(Unit unit, uint64_t cycle) {
  uint64_t& slots = unit == Unit::load ? write_slots_ : read_slots_;
  if (++slots < job(unit).slots.cycles()) return;
  if (unit == Unit::load) {
    write(cycle);
    collect();
    return;
  }
  read_slots_ = 0;
  offered_[read_ & mask_] = ratio_.clock_of(cycle + read_latency_);
  store_bursts_[read_ & mask_] = store_.peek();
  ++read_;
  read_from_ = cycle + 1;
  store_.skip(1);
}

void ChannelStreams::refused(Unit unit, uint64_t until) { retry_[static_cast<size_t>(unit)] = until; }

void ChannelStreams::finish(uint64_t end) {
  run(end);
  VERNIER_INVARIANT(!busy(), "channel {}: finished with transfers left", channel_);
  while (dram_.writes_queued() > 0) dram_.advance_to_column();
}

}  // namespace vernier::engine
