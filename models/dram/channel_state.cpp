// SPDX-License-Identifier: Apache-2.0
#include "models/dram/channel_state.h"

namespace vernier::dram {

RequestQueue::RequestQueue(int depth, size_t banks)
    : entries_(static_cast<size_t>(depth)), banks_(banks), active_(banks) {
  clear();
}

void RequestQueue::clear() {
  for (size_t i = 0; i < entries_.size(); ++i) {
    entries_[i].next = i + 1 < entries_.size() ? static_cast<int16_t>(i + 1) : kNone;
  }
  for (OfBank& bank : banks_) bank = {};
  free_ = 0;
  size_ = 0;
  active_count_ = 0;
}

int16_t RequestQueue::first_of_row(int16_t from, int64_t row) const {
  while (from != kNone && entry(from).row != row) from = entry(from).next;
  return from;
}

bool RequestQueue::contains(int bank, uint64_t burst) const {
  int16_t at = of(bank).head;
  while (at != kNone && entry(at).burst != burst) at = entry(at).next;
  return at != kNone;
}

bool RequestQueue::push(const Entry& entry, int64_t open_row) {
  const int16_t index = free_;
  Entry& slot = entries_[static_cast<size_t>(index)];
  free_ = slot.next;
  slot = entry;
  slot.order = arrivals_++;
  slot.next = kNone;
  ++size_;
  OfBank& bank = banks_[static_cast<size_t>(entry.bank)];
  if (bank.head == kNone) {
    bank.head = index;
    bank.active = static_cast<int16_t>(active_count_);
    active_[active_count_++] = entry.bank;
  } else {
    entries_[static_cast<size_t>(bank.tail)].next = index;
  }
  bank.tail = index;
  if (bank.hit != kNone || entry.row != open_row) return false;
  bank.hit = index;
  return true;
}

void RequestQueue::pop_hit(int flat) {
  OfBank& bank = banks_[static_cast<size_t>(flat)];
  const int16_t index = bank.hit;
  Entry& gone = entries_[static_cast<size_t>(index)];
  if (bank.head == index) {
    bank.head = gone.next;
    if (bank.head == kNone) bank.tail = kNone;
  } else {
    int16_t before = bank.head;
    while (entry(before).next != index) before = entry(before).next;
    entries_[static_cast<size_t>(before)].next = gone.next;
    if (bank.tail == index) bank.tail = before;
  }
  bank.hit = first_of_row(gone.next, gone.row);
  gone.next = free_;
  free_ = index;
  --size_;
  if (bank.head != kNone) return;
  const int16_t last = active_[--active_count_];
  active_[static_cast<size_t>(bank.active)] = last;
  banks_[static_cast<size_t>(last)].active = bank.active;
  bank.active = kNone;
}

void RequestQueue::row_changed(int flat, int64_t row) {
  OfBank& bank = banks_[static_cast<size_t>(flat)];
  bank.hit = row == BankState::kClosed ? kNone : first_of_row(bank.head, row);
}

}  // namespace vernier::dram
