// SPDX-License-Identifier: Apache-2.0
// EventChannel: which command comes next, and when.
#include <algorithm>

#include "models/dram/event_channel.h"

namespace vernier::dram {
namespace {

constexpr uint64_t kRowsLast = uint64_t{1} << 63;

}  // namespace

bool EventChannel::due(int index) const {
  switch (part_.controller.refresh) {
    case Refresh::off:
      return false;
    case Refresh::all_bank:
      return now_ >= rank(index).next_refresh;
    case Refresh::per_bank:
      return rank(index).due > 0;
  }
  return false;
}

bool EventChannel::barred(int flat) const {
  const int index = places_[static_cast<size_t>(flat)].rank;
  if (!due(index)) return false;
  if (part_.controller.refresh == Refresh::all_bank) return true;
  // Banks are due in turn, bank group fastest.
  const Organisation& o = part_.organisation;
  const int in_rank = flat % o.banks();
  const auto banks = static_cast<uint64_t>(o.banks());
  const auto own =
      static_cast<uint64_t>(in_rank % o.banks_per_group * o.bank_groups + in_rank / o.banks_per_group);
  return (own + banks - rank(index).turn % banks) % banks < rank(index).due;
}

int EventChannel::due_bank(int index) const {
  const Organisation& o = part_.organisation;
  const auto turn = static_cast<int>(rank(index).turn % static_cast<uint64_t>(o.banks()));
  return index * o.banks() + turn % o.bank_groups * o.banks_per_group + turn / o.bank_groups;
}

EventChannel::Plan EventChannel::refresh_of_rank(int index) const {
  const int banks = part_.organisation.banks();
  bool open = false;
  uint64_t precharge = 0;
  uint64_t refresh = rank(index).refresh;
  for (int b = index * banks; b < (index + 1) * banks; ++b) {
    refresh = std::max(refresh, bank(b).activate);
    if (bank(b).open_row == BankState::kClosed) continue;
    open = true;
    precharge = std::max(precharge, bank(b).precharge);
  }
  return open ? Plan{true, precharge, Action::precharge_all, index}
              : Plan{true, refresh, Action::refresh, index};
}

EventChannel::Plan EventChannel::refresh_of_bank(int index) const {
  const int target = due_bank(index);
  if (bank(target).open_row != BankState::kClosed) {
    return {true, bank(target).precharge, Action::precharge, target};
  }
  return {true, std::max(bank(target).activate, rank(index).refresh), Action::refresh_bank, target};
}

uint64_t EventChannel::plan_refreshes() {
  refresh_count_ = 0;
  uint64_t earliest = kNever;
  const bool all_bank = part_.controller.refresh == Refresh::all_bank;
  if (all_bank) next_due_ = kNever;
  for (int r = 0; r < part_.organisation.ranks; ++r) {
    if (due(r)) {
      const Plan plan = all_bank ? refresh_of_rank(r) : refresh_of_bank(r);
      refreshes_[refresh_count_++] = plan;
      earliest = std::min(earliest, plan.clock);
    } else if (all_bank) {
      next_due_ = std::min(next_due_, rank(r).next_refresh);
    }
  }
  return earliest;
}

uint64_t EventChannel::plan_requests() {
  candidate_count_ = 0;
  uint64_t earliest = kNever;
  const RequestQueue& queue = served();
  const Timer column_timer = write_mode_ ? write_timer : read_timer;
  for (const int16_t* at = queue.active_begin(); at != queue.active_end(); ++at) {
    if (refresh_count_ > 0 && barred(*at)) continue;
    const BankState& bank = this->bank(*at);
    const Place place = places_[static_cast<size_t>(*at)];
    const Timers& rank = this->rank(place.rank).timers;
    const Timers& group = groups_[static_cast<size_t>(place.group)];
    const RequestQueue::OfBank& requests = queue.of(*at);
    Candidate& candidate = candidates_[candidate_count_++];
    candidate.bank = *at;
    if (requests.hit != RequestQueue::kNone) {
      candidate.action = Action::column;
      candidate.ready = std::max({bank.column, rank[column_timer], group[column_timer]});
      candidate.order = queue.entry(requests.hit).order;
    } else {
      const bool closed = bank.open_row == BankState::kClosed;
      candidate.action = closed ? Action::activate : Action::precharge_for_row;
      candidate.ready =
          closed ? std::max({bank.activate, rank[activate_timer], group[activate_timer]}) : bank.precharge;
      candidate.order = queue.entry(requests.head).order | kRowsLast;
    }
    earliest = std::min(earliest, candidate.ready);
  }
  return earliest;
}

uint64_t EventChannel::policy_ready(int flat) const {
  const BankState& bank = this->bank(flat);
  if (bank.open_row == BankState::kClosed || reads_.of(flat).hit != RequestQueue::kNone ||
      writes_.of(flat).hit != RequestQueue::kNone || (refresh_count_ > 0 && barred(flat))) {
    return kNever;
  }
  if (part_.controller.row_policy == RowPolicy::closed) return bank.precharge;
  return std::max(bank.precharge, bank.last_column + static_cast<uint64_t>(part_.controller.idle_clocks));
}

uint64_t EventChannel::earliest_policy() const {
  uint64_t earliest = kNever;
  for (int b = 0; b < static_cast<int>(banks_.size()); ++b) earliest = std::min(earliest, policy_ready(b));
  return earliest;
}

void EventChannel::make_plan() {
  const bool has_policy = part_.controller.row_policy != RowPolicy::open;
  uint64_t earliest = plan_refreshes();
  earliest = std::min(earliest, plan_requests());
  if (has_policy) earliest = std::min(earliest, earliest_policy());
  plan_ = {true, kNever, Action::none, 0};
  if (earliest == kNever) return;
  plan_.clock = std::max({earliest, bus_free_, now_});
  for (size_t i = 0; i < refresh_count_; ++i) {
    if (refreshes_[i].clock > plan_.clock) continue;
    plan_.action = refreshes_[i].action;
    plan_.target = refreshes_[i].target;
    return;
  }
  uint64_t first = kNever;
  for (size_t i = 0; i < candidate_count_; ++i) {
    const Candidate& candidate = candidates_[i];
    if (candidate.ready > plan_.clock || candidate.order >= first) continue;
    first = candidate.order;
    plan_.action = candidate.action;
    plan_.target = candidate.bank;
  }
  if (first != kNever) return;
  plan_.action = Action::precharge;
  while (policy_ready(plan_.target) > plan_.clock) ++plan_.target;
}

}  // namespace vernier::dram
