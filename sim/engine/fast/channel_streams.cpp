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
                               int max_in_flight, int read_latency, IStreamEvents& events)
    : ratio_(ratio),
      channel_(channel),
      max_in_flight_(static_cast<uint64_t>(max_in_flight)),
      read_latency_(static_cast<uint64_t>(read_latency)),
      read_clocks_(static_cast<uint64_t>(part.timing.CL + part.timing.BL + part.controller.return_clocks)),
      return_clocks_(static_cast<uint64_t>(part.controller.return_clocks)),
      events_(events),
      dram_(part),
      mask_(places_for(max_in_flight_) - 1),
      ready_(mask_ + 1, kNever),
      returned_(mask_ + 1, 0),
      offered_(mask_ + 1, 0),
      freed_(mask_ + 1, 0),
      store_bursts_(mask_ + 1, 0) {}

void ChannelStreams::start_load(uint64_t cycle, const BurstSource& source, const StreamJob& job) {
  if (source.remaining() == 0) return;
  VERNIER_INVARIANT(load_.remaining() == 0, "channel {}: a load while {} bursts are left", channel_,
                    load_.remaining());
  load_ = source;
  load_from_ = std::max(load_from_, ratio_.clock_of(cycle + 1));
  unwritten_.push({job, accepted_ + source.remaining()});
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
  if (load_.remaining() == 0) return kNever;
  if (accepted_ < max_in_flight_) return load_from_;
  const uint64_t before = accepted_ - max_in_flight_;
  if (before >= written_) return kNever;
  return std::max(load_from_, returned_[before & mask_]);
}

uint64_t ChannelStreams::store_offer() const {
  return read_ == stored_ ? kNever : std::max(store_from_, offered_[stored_ & mask_]);
}

void ChannelStreams::run(uint64_t end) {
  while (dram_.clock() < end) {
    const uint64_t now = dram_.clock();
    const uint64_t load = dram_.read_room() ? load_offer() : kNever;
    const uint64_t store = dram_.write_room() ? store_offer() : kNever;
    if (load > now && store > now) {
      // Up to the next offer, but not past an event: it may make room, deliver, and return a burst.
      const uint64_t event = dram_.next_event();
      dram_.advance(std::min({end, load, store, event == kNever ? kNever : event + 1}));
      collect();
      continue;
    }
    if (load <= now) {
      const bool taken = dram_.offer_read(load_.peek(), accepted_);
      VERNIER_INVARIANT(taken, "channel {}: room for a read that is refused", channel_);
      ready(accepted_++) = kNever;
      load_from_ = now + 1;
      load_.skip(1);
      if (load_.remaining() == 0) events_.load_accepted(ratio_.cycle_of(now + 1));
    }
    if (store <= now) {
      const bool taken = dram_.offer_write(store_bursts_[stored_ & mask_]);
      VERNIER_INVARIANT(taken, "channel {}: room for a write that is refused", channel_);
      freed_[stored_++ & mask_] = ratio_.cycle_of(now + 1);
      store_from_ = now + 1;
      if (--store_unaccepted_ == 0) events_.store_accepted(ratio_.cycle_of(now + 1));
    }
    dram_.advance(now + 1);
    collect();
  }
}

void ChannelStreams::collect() {
  while (const auto delivery = dram_.known_delivery())
    ready(delivery->tag) = ratio_.cycle_of(delivery->clock);
  while (written_ < accepted_ && ready(written_) != kNever && unwritten_.front().job.free) {
    const StreamJob& job = unwritten_.front().job;
    const uint64_t own = job.slots.turn_of(channel_);
    uint64_t cycle = job.slots.next(own, std::max(write_from_, ready(written_)));
    for (uint64_t slot = 1; slot < job.slots.cycles(); ++slot) cycle = job.slots.next(own, cycle + 1);
    write(cycle);
  }
}

void ChannelStreams::write(uint64_t cycle) {
  returned_[written_++ & mask_] = ratio_.clock_of(cycle + 1);
  write_from_ = cycle + 1;
  write_slots_ = 0;
  if (written_ < unwritten_.front().end) return;
  events_.load_written(unwritten_.front().job.load, cycle);
  unwritten_.pop();
}

uint64_t ChannelStreams::load_accepted_bound() const {
  if (load_.remaining() == 0) return 0;
  return ratio_.cycle_of(std::max(load_from_, dram_.clock()) + load_.remaining());
}

uint64_t ChannelStreams::store_accepted_bound() const {
  if (store_unaccepted_ == 0) return 0;
  return ratio_.cycle_of(std::max(store_from_, dram_.clock()) + store_unaccepted_);
}

uint64_t ChannelStreams::load_end_bound() {
  const Unwritten& first = unwritten_.front();
  uint64_t bound = write_from_ + 1;
  if (first.end > accepted_) {
    const uint64_t last = std::max(load_from_, dram_.clock()) + (first.end - accepted_) - 1;
    bound = std::max(bound, ratio_.cycle_of(last + return_clocks_) + 1);
  } else if (const uint64_t cycle = ready(first.end - 1); cycle != kNever) {
    bound = std::max(bound, cycle + 1);
  } else {
    bound = std::max(bound, ratio_.cycle_of(dram_.next_event() + read_clocks_) + 1);
  }
  return bound;
}

bool ChannelStreams::has_job(Unit unit) const {
  return unit == Unit::load ? !unwritten_.empty() && !unwritten_.front().job.free : store_.remaining() > 0;
}

/// The cycle from which the next burst can be moved; kNever if that is not known yet.
uint64_t ChannelStreams::move_from(Unit unit) const {
  if (unit == Unit::load) {
    return written_ == accepted_ ? kNever : std::max(write_from_, ready(written_));
  }
  if (read_ < max_in_flight_) return read_from_;
  const uint64_t before = read_ - max_in_flight_;
  return before >= stored_ ? kNever : std::max(read_from_, freed_[before & mask_]);
}

uint64_t ChannelStreams::next_ask(Unit unit, uint64_t cycle) {
  if (!has_job(unit)) {
    // Writes to be asked for may wait behind writes that are not.
    return unit == Unit::load && unwritten_.size() > 1 ? std::max(cycle, load_end_bound()) : kNever;
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
  VERNIER_INVARIANT(!busy(), "channel {}: finished with transfers left", channel_);
  run(end);
  while (dram_.writes_queued() > 0) dram_.advance_to_column();
}

}  // namespace vernier::engine
