// SPDX-License-Identifier: Apache-2.0
#include "models/dram/event_channel.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::dram {
EventChannel::EventChannel(const Part& part, ICommandObserver* observer)
    : part_(part),
      locator_(part),
      observer_(observer),
      places_(static_cast<size_t>(part.organisation.ranks * part.organisation.banks())),
      reads_(part.controller.read_queue, places_.size()),
      writes_(part.controller.write_queue, places_.size()),
      banks_(places_.size()),
      groups_(static_cast<size_t>(part.organisation.ranks * part.organisation.bank_groups)),
      ranks_(static_cast<size_t>(part.organisation.ranks)),
      refreshes_(ranks_.size()),
      candidates_(places_.size()),
      ring_(64) {
  for (size_t b = 0; b < places_.size(); ++b) {
    places_[b].rank = static_cast<int16_t>(b / static_cast<size_t>(part.organisation.banks()));
    places_[b].group = static_cast<int16_t>(b / static_cast<size_t>(part.organisation.banks_per_group));
  }
  if (part.controller.refresh == Refresh::off) return;
  const auto interval = static_cast<uint64_t>(part.timing.REFI);
  const uint64_t first = part.controller.refresh == Refresh::per_bank
                             ? interval / static_cast<uint64_t>(part.organisation.banks())
                             : interval;
  for (size_t r = 0; r < ranks_.size(); ++r) {
    ranks_[r].next_refresh = interval * r / ranks_.size() + first;
    next_due_ = std::min(next_due_, ranks_[r].next_refresh);
  }
}

bool EventChannel::offer_read(uint64_t burst, uint64_t tag) {
  VERNIER_INVARIANT(!pending_read_, "two reads offered in clock {}", now_);
  if (reads_.full()) return false;
  const Location location = locator_.locate(burst);
  const int flat = location.flat_bank(part_.organisation);
  if (writes_.size() > 0 && writes_.contains(flat, burst)) {
    ++counts_.forwarded;
    deliver(now_ + static_cast<uint64_t>(part_.controller.return_clocks), tag);
    return true;
  }
  pending_read_ = {burst, tag, 0, location.row, location.column, static_cast<int16_t>(flat)};
  return true;
}

bool EventChannel::offer_write(uint64_t burst) {
  VERNIER_INVARIANT(!pending_write_, "two writes offered in clock {}", now_);
  if (writes_.full()) return false;
  const Location location = locator_.locate(burst);
  const int flat = location.flat_bank(part_.organisation);
  pending_write_ = {burst, 0, 0, location.row, location.column, static_cast<int16_t>(flat)};
  return true;
}

uint64_t EventChannel::next_event() {
  if (pending_read_ || pending_write_ || mode_changes()) return now_;
  if (!plan_.valid) make_plan();
  return std::min(plan_.clock, next_due_);
}

bool EventChannel::resting() {
  const uint64_t event = next_event();
  return event > now_ && event == next_due_ && plan_.action == Action::none;
}

void EventChannel::advance(uint64_t end) {
  while (now_ < end) {
    const uint64_t event = next_event();
    if (event >= end) {
      now_ = end;
      return;
    }
    now_ = event;
    execute();
    ++now_;
  }
}

void EventChannel::advance_to_column(uint64_t end) {
  const uint64_t before = counts_.reads + counts_.writes;
  while (now_ < end && before == counts_.reads + counts_.writes) {
    const uint64_t event = next_event();
    if (event >= end) {
      if (end != kNever) now_ = end;
      return;
    }
    now_ = event;
    execute();
    ++now_;
  }
}

bool EventChannel::mode_changes() const {
  const int pending = writes_.size();
  if (!write_mode_) return pending > part_.controller.write_high || (reads_.size() == 0 && pending > 0);
  return pending == 0 || (pending < part_.controller.write_low && reads_.size() > 0);
}

void EventChannel::execute() {
  accept();
  if (mode_changes()) {
    write_mode_ = !write_mode_;
    plan_.valid = false;
  }
  if (now_ >= next_due_) fall_due();
  if (!plan_.valid) make_plan();
  if (plan_.clock == now_) {
    plan_.valid = false;
    issue(plan_);
  }
}

void EventChannel::accept() {
  // A plan stands if no candidate changes: the bank's oldest request, its oldest hit, what the policy may
  // close.
  const bool has_policy = part_.controller.row_policy != RowPolicy::open;
  const auto push = [&](RequestQueue& queue, std::optional<RequestQueue::Entry>& pending) {
    if (!pending) return;
    const bool first = queue.of(pending->bank).head == RequestQueue::kNone;
    const bool hit = queue.push(*pending, bank(pending->bank).open_row);
    if ((&queue == &served() && (first || hit)) || (has_policy && hit)) plan_.valid = false;
    pending.reset();
  };
  push(reads_, pending_read_);
  push(writes_, pending_write_);
}

void EventChannel::fall_due() {
  plan_.valid = false;
  if (part_.controller.refresh != Refresh::per_bank) return;
  next_due_ = kNever;
  for (RankState& rank : ranks_) {
    if (now_ >= rank.next_refresh) {
      rank.next_refresh += static_cast<uint64_t>(part_.timing.REFI / part_.organisation.banks());
      ++rank.due;
    }
    next_due_ = std::min(next_due_, rank.next_refresh);
  }
}

void EventChannel::deliver(uint64_t clock, uint64_t tag) {
  if (ring_size_ == ring_.size()) {
    std::vector<Delivery> larger(2 * ring_.size());
    for (size_t i = 0; i < ring_size_; ++i) larger[i] = ring_[(ring_begin_ + i) & (ring_.size() - 1)];
    ring_ = std::move(larger);
    ring_begin_ = 0;
  }
  // Only forwarded reads overtake others.
  size_t at = ring_begin_ + ring_size_++;
  for (; at > ring_begin_; --at) {
    const Delivery& before = ring_[(at - 1) & (ring_.size() - 1)];
    if (before.clock <= clock) break;
    ring_[at & (ring_.size() - 1)] = before;
  }
  ring_[at & (ring_.size() - 1)] = {clock, tag};
}

std::optional<EventChannel::Delivery> EventChannel::delivered() {
  if (ring_size_ == 0 || ring_[ring_begin_].clock > now_) return std::nullopt;
  return known_delivery();
}

std::optional<EventChannel::Delivery> EventChannel::known_delivery() {
  if (ring_size_ == 0) return std::nullopt;
  const Delivery delivery = ring_[ring_begin_];
  ring_begin_ = (ring_begin_ + 1) & (ring_.size() - 1);
  --ring_size_;
  return delivery;
}

}  // namespace vernier::dram
