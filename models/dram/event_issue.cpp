// SPDX-License-Identifier: Apache-2.0
// EventChannel: what each command does to the timers.
#include <algorithm>

#include "models/dram/event_channel.h"

namespace vernier::dram {
namespace {

void at_least(uint64_t& timer, uint64_t clock) { timer = std::max(timer, clock); }

}  // namespace

void EventChannel::issue(const Plan& plan) {
  switch (plan.action) {
    case Action::none:
      return;
    case Action::column:
      return issue_column(plan.target);
    case Action::activate:
      return issue_activate(plan.target);
    case Action::precharge_for_row:
      bank(plan.target).conflict = true;
      return issue_precharge(plan.target);
    case Action::precharge:
      return issue_precharge(plan.target);
    case Action::precharge_all:
      return issue_precharge_all(plan.target);
    case Action::refresh:
      return issue_refresh(plan.target);
    case Action::refresh_bank:
      return issue_refresh_bank(plan.target);
  }
}

void EventChannel::issue_column(int flat) {
  const Timing& t = part_.timing;
  const bool is_write = write_mode_;
  RequestQueue& queue = served();
  const RequestQueue::Entry& request = queue.entry(queue.of(flat).hit);
  const Place place = places_[static_cast<size_t>(flat)];
  for (int r = 0; r < part_.organisation.ranks; ++r) {
    Timers& timers = rank(r).timers;
    const bool same = r == place.rank;
    const int read = same ? (is_write ? t.write_to_read(false) : t.CCD_S)
                          : (is_write ? t.other_rank_write_to_read() : t.other_rank_read_to_read());
    const int write = same ? (is_write ? t.CCD_S : t.read_to_write())
                           : (is_write ? t.other_rank_write_to_write() : t.other_rank_read_to_write());
    at_least(timers[read_timer], after(read));
    at_least(timers[write_timer], after(write));
  }
  Timers& group = groups_[static_cast<size_t>(place.group)];
  at_least(group[read_timer], after(is_write ? t.write_to_read(true) : t.CCD_L));
  at_least(group[write_timer], after(is_write ? t.CCD_L : t.read_to_write()));
  BankState& bank = this->bank(flat);
  at_least(bank.precharge, after(is_write ? t.write_to_precharge() : t.RTP));
  bank.last_column = now_;
  if (bank.fresh) ++(bank.conflict ? counts_.row_conflicts : counts_.row_misses);
  bank.fresh = bank.conflict = false;
  ++(is_write ? counts_.writes : counts_.reads);
  if (!is_write) deliver(after(t.CL + t.BL + part_.controller.return_clocks), request.tag);
  Location location = location_of(flat);
  location.row = request.row;
  location.column = request.column;
  queue.pop_hit(flat);
  announce(is_write ? CommandKind::write : CommandKind::read, location, part_.command_clocks.column);
}

void EventChannel::issue_activate(int flat) {
  const Timing& t = part_.timing;
  BankState& bank = this->bank(flat);
  const RequestQueue::Entry& request = served().entry(served().of(flat).head);
  bank.open_row = request.row;
  reads_.row_changed(flat, bank.open_row);
  writes_.row_changed(flat, bank.open_row);
  bank.activate = after(t.RC);
  bank.precharge = after(t.RAS);
  bank.column = after(t.RCD);
  bank.last_column = now_;
  bank.fresh = true;
  const Place place = places_[static_cast<size_t>(flat)];
  RankState& rank = this->rank(place.rank);
  at_least(rank.timers[activate_timer], after(t.RRD_S));
  at_least(groups_[static_cast<size_t>(place.group)][activate_timer], after(t.RRD_L));
  rank.activates[static_cast<size_t>(rank.oldest_activate)] = now_ + 1;
  rank.oldest_activate = (rank.oldest_activate + 1) % 4;
  const uint64_t oldest = rank.activates[static_cast<size_t>(rank.oldest_activate)];
  if (oldest > 0) at_least(rank.timers[activate_timer], oldest - 1 + static_cast<uint64_t>(t.FAW));
  ++counts_.activates;
  Location location = location_of(flat);
  location.row = request.row;
  location.column = request.column;
  announce(CommandKind::activate, location, part_.command_clocks.activate);
}

void EventChannel::issue_precharge(int flat) {
  BankState& bank = this->bank(flat);
  bank.open_row = BankState::kClosed;
  at_least(bank.activate, after(part_.timing.RP));
  reads_.row_changed(flat, BankState::kClosed);
  writes_.row_changed(flat, BankState::kClosed);
  ++counts_.precharges;
  announce(CommandKind::precharge, location_of(flat), part_.command_clocks.precharge);
}

void EventChannel::issue_precharge_all(int index) {
  const int banks = part_.organisation.banks();
  for (int b = index * banks; b < (index + 1) * banks; ++b) {
    if (bank(b).open_row == BankState::kClosed) continue;
    bank(b).open_row = BankState::kClosed;
    at_least(bank(b).activate, after(part_.timing.RP));
    reads_.row_changed(b, BankState::kClosed);
    writes_.row_changed(b, BankState::kClosed);
  }
  ++counts_.precharges;
  Location location;
  location.rank = index;
  announce(CommandKind::precharge_all, location, part_.command_clocks.precharge);
}

void EventChannel::issue_refresh(int index) {
  RankState& rank = this->rank(index);
  rank.next_refresh += static_cast<uint64_t>(part_.timing.REFI);
  rank.refresh = after(part_.timing.RFC);
  at_least(rank.timers[activate_timer], after(part_.timing.RFC));
  ++counts_.refreshes;
  Location location;
  location.rank = index;
  announce(CommandKind::refresh, location, part_.command_clocks.refresh);
}

void EventChannel::issue_refresh_bank(int flat) {
  RankState& rank = this->rank(places_[static_cast<size_t>(flat)].rank);
  ++rank.turn;
  --rank.due;
  bank(flat).activate = after(part_.timing.RFCpb);
  rank.refresh = after(part_.timing.RFCpb);
  at_least(rank.timers[activate_timer], after(part_.timing.PBR2ACT));
  ++counts_.refreshes;
  announce(CommandKind::refresh_bank, location_of(flat), part_.command_clocks.refresh);
}

void EventChannel::announce(CommandKind kind, const Location& location, int clocks) {
  bus_free_ = now_ + static_cast<uint64_t>(clocks);
  if (observer_ == nullptr) return;
  observer_->on_command(
      {now_, kind, location.rank, location.bank_group, location.bank, location.row, location.column});
}

Location EventChannel::location_of(int flat) const {
  const Organisation& o = part_.organisation;
  Location location;
  location.rank = flat / o.banks();
  location.bank_group = flat % o.banks() / o.banks_per_group;
  location.bank = flat % o.banks_per_group;
  return location;
}

}  // namespace vernier::dram
