// SPDX-License-Identifier: Apache-2.0
#include "models/dram/clocked_channel.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::dram {
namespace {

void at_least(uint64_t& timer, uint64_t clock) { timer = std::max(timer, clock); }

}  // namespace

ClockedChannel::ClockedChannel(const Part& part, ICommandObserver* observer)
    : part_(part),
      observer_(observer),
      banks_(static_cast<size_t>(part.organisation.ranks * part.organisation.banks())),
      groups_(static_cast<size_t>(part.organisation.ranks * part.organisation.bank_groups)),
      ranks_(static_cast<size_t>(part.organisation.ranks)) {
  const auto interval = static_cast<uint64_t>(part.timing.REFI);
  for (size_t r = 0; r < ranks_.size(); ++r) {
    const uint64_t offset = interval * r / ranks_.size();
    const bool per_bank = part.controller.refresh == Refresh::per_bank;
    ranks_[r].next_refresh =
        offset + (per_bank ? interval / static_cast<uint64_t>(part.organisation.banks()) : interval);
  }
}

bool ClockedChannel::room(const Queue& queue, int depth) const {
  return queue.size() < static_cast<size_t>(depth);
}

bool ClockedChannel::offer_read(uint64_t burst, uint64_t tag) {
  VERNIER_INVARIANT(!offered_read_, "two reads offered in clock {}", now_);
  const bool forwarded = std::any_of(writes_.begin(), writes_.end(),
                                     [burst](const Request& write) { return write.burst == burst; });
  if (!room(reads_, part_.controller.read_queue)) return false;
  if (forwarded) {
    ++counts_.forwarded;
    const uint64_t clock = now_ + static_cast<uint64_t>(part_.controller.return_clocks);
    const auto place = std::upper_bound(deliveries_.begin(), deliveries_.end(), clock,
                                        [](uint64_t c, const Delivery& d) { return c < d.clock; });
    deliveries_.insert(place, {clock, tag});
    return true;
  }
  const Location location = locate(part_, burst);
  offered_read_ = Request{burst, tag, location, location.flat_bank(part_.organisation)};
  return true;
}

bool ClockedChannel::offer_write(uint64_t burst) {
  VERNIER_INVARIANT(!offered_write_, "two writes offered in clock {}", now_);
  if (!room(writes_, part_.controller.write_queue)) return false;
  const Location location = locate(part_, burst);
  offered_write_ = Request{burst, 0, location, location.flat_bank(part_.organisation)};
  return true;
}

std::optional<ClockedChannel::Delivery> ClockedChannel::delivered() {
  // A read issued later is delivered after those issued before; forwarded ones are placed when accepted, and
  // none is accepted for a clock that has passed.
  if (deliveries_.empty() || deliveries_.front().clock > now_) return std::nullopt;
  const Delivery delivery = deliveries_.front();
  deliveries_.pop_front();
  return delivery;
}

void ClockedChannel::tick() {
  if (offered_read_) reads_.push_back(*offered_read_);
  if (offered_write_) writes_.push_back(*offered_write_);
  offered_read_.reset();
  offered_write_.reset();
  choose_mode();
  fall_due();
  if (now_ >= bus_free_ && !refresh()) {
    Queue& queue = write_mode_ ? writes_ : reads_;
    if (!column(queue) && !row(queue)) policy();
  }
  ++now_;
}

void ClockedChannel::choose_mode() {
  const auto pending = static_cast<int>(writes_.size());
  if (!write_mode_) {
    write_mode_ = pending > part_.controller.write_high || (reads_.empty() && pending > 0);
  } else if (pending == 0 || (pending < part_.controller.write_low && !reads_.empty())) {
    write_mode_ = false;
  }
}

void ClockedChannel::fall_due() {
  if (part_.controller.refresh != Refresh::per_bank) return;
  const int banks = part_.organisation.banks();
  for (size_t r = 0; r < ranks_.size(); ++r) {
    Rank& rank = ranks_[r];
    if (now_ < rank.next_refresh) continue;
    rank.next_refresh += static_cast<uint64_t>(part_.timing.REFI / banks);
    // In turn with the bank group fastest.
    const int groups = part_.organisation.bank_groups;
    const int turn = rank.next_refresh_bank;
    rank.next_refresh_bank = (turn + 1) % banks;
    const int due =
        static_cast<int>(r) * banks + (turn % groups) * part_.organisation.banks_per_group + turn / groups;
    rank.banks_due.push_back(due);
    bank(due).refresh_due = true;
  }
}

bool ClockedChannel::refresh() {
  if (part_.controller.refresh == Refresh::off) return false;
  for (int r = 0; r < part_.organisation.ranks; ++r) {
    if (part_.controller.refresh == Refresh::all_bank ? refresh_rank(r) : refresh_bank(r)) return true;
  }
  return false;
}

bool ClockedChannel::refresh_rank(int index) {
  Rank& rank = this->rank(index);
  if (now_ < rank.next_refresh) return false;
  const auto begin = banks_.begin() + index * part_.organisation.banks();
  const auto end = begin + part_.organisation.banks();
  const bool any_open = std::any_of(begin, end, [](const Bank& bank) { return bank.open_row != kClosed; });
  Location location;
  location.rank = index;
  if (any_open) {
    const bool ready = std::all_of(
        begin, end, [this](const Bank& bank) { return bank.open_row == kClosed || now_ >= bank.precharge; });
    if (!ready) return false;
    for (auto bank = begin; bank != end; ++bank) {
      if (bank->open_row == kClosed) continue;
      bank->open_row = kClosed;
      at_least(bank->activate, now_ + static_cast<uint64_t>(part_.timing.RP));
    }
    ++counts_.precharges;
    announce(CommandKind::precharge_all, location, part_.command_clocks.precharge);
    return true;
  }
  const bool ready = now_ >= rank.refresh &&
                     std::all_of(begin, end, [this](const Bank& bank) { return now_ >= bank.activate; });
  if (!ready) return false;
  rank.next_refresh += static_cast<uint64_t>(part_.timing.REFI);
  rank.refresh = now_ + static_cast<uint64_t>(part_.timing.RFC);
  at_least(rank.activate, now_ + static_cast<uint64_t>(part_.timing.RFC));
  ++counts_.refreshes;
  announce(CommandKind::refresh, location, part_.command_clocks.refresh);
  return true;
}

bool ClockedChannel::refresh_bank(int index) {
  Rank& rank = this->rank(index);
  if (rank.banks_due.empty()) return false;
  const int due = rank.banks_due.front();
  Bank& target = bank(due);
  if (target.open_row != kClosed) {
    if (now_ < target.precharge) return false;
    issue_precharge(due);
    return true;
  }
  if (now_ < target.activate || now_ < rank.refresh) return false;
  rank.banks_due.pop_front();
  target.refresh_due = std::find(rank.banks_due.begin(), rank.banks_due.end(), due) != rank.banks_due.end();
  target.activate = now_ + static_cast<uint64_t>(part_.timing.RFCpb);
  rank.refresh = now_ + static_cast<uint64_t>(part_.timing.RFCpb);
  at_least(rank.activate, now_ + static_cast<uint64_t>(part_.timing.PBR2ACT));
  ++counts_.refreshes;
  announce(CommandKind::refresh_bank, location_of(due), part_.command_clocks.refresh);
  return true;
}

bool ClockedChannel::barred(int flat) const {
  switch (part_.controller.refresh) {
    case Refresh::off:
      return false;
    case Refresh::all_bank:
      return now_ >= rank(flat / part_.organisation.banks()).next_refresh;
    case Refresh::per_bank:
      return bank(flat).refresh_due;
  }
  return false;
}

bool ClockedChannel::column_ready(const Request& request) const {
  const Bank& bank = this->bank(request.bank);
  if (bank.open_row != request.location.row || now_ < bank.column || barred(request.bank)) return false;
  const Rank& rank = this->rank(request.location.rank);
  const Group& group = groups_[group_index(request.location)];
  return write_mode_ ? now_ >= rank.write && now_ >= group.write : now_ >= rank.read && now_ >= group.read;
}

bool ClockedChannel::activate_ready(const Location& location, int flat) const {
  const Rank& rank = this->rank(location.rank);
  return now_ >= bank(flat).activate && now_ >= rank.activate &&
         now_ >= groups_[group_index(location)].activate &&
         (rank.activates.size() < 4 ||
          now_ >= rank.activates.front() + static_cast<uint64_t>(part_.timing.FAW));
}

bool ClockedChannel::wanted(const Queue& queue, int bank, int64_t row) {
  return std::any_of(queue.begin(), queue.end(), [=](const Request& request) {
    return request.bank == bank && request.location.row == row;
  });
}

bool ClockedChannel::column(Queue& queue) {
  const auto oldest = std::find_if(queue.begin(), queue.end(),
                                   [this](const Request& request) { return column_ready(request); });
  if (oldest == queue.end()) return false;
  const Request request = *oldest;
  queue.erase(oldest);
  issue_column(request);
  return true;
}

bool ClockedChannel::row(const Queue& queue) {
  for (const Request& request : queue) {
    const Bank& bank = this->bank(request.bank);
    if (bank.open_row == request.location.row || barred(request.bank)) continue;
    if (bank.open_row == kClosed) {
      if (!activate_ready(request.location, request.bank)) continue;
      issue_activate(request);
      return true;
    }
    if (now_ < bank.precharge || wanted(queue, request.bank, bank.open_row)) continue;
    issue_precharge(request.bank);
    this->bank(request.bank).conflict = true;
    return true;
  }
  return false;
}

bool ClockedChannel::policy() {
  const Controller& controller = part_.controller;
  if (controller.row_policy == RowPolicy::open) return false;
  for (int b = 0; b < static_cast<int>(banks_.size()); ++b) {
    const Bank& bank = this->bank(b);
    if (bank.open_row == kClosed || now_ < bank.precharge || barred(b) || wanted(reads_, b, bank.open_row) ||
        wanted(writes_, b, bank.open_row)) {
      continue;
    }
    if (controller.row_policy == RowPolicy::adaptive &&
        now_ < bank.last_column + static_cast<uint64_t>(controller.idle_clocks)) {
      continue;
    }
    issue_precharge(b);
    return true;
  }
  return false;
}

void ClockedChannel::issue_column(const Request& request) {
  const Timing& t = part_.timing;
  const auto after = [this](int clocks) { return now_ + static_cast<uint64_t>(std::max(clocks, 0)); };
  const bool is_write = write_mode_;
  for (int r = 0; r < part_.organisation.ranks; ++r) {
    Rank& rank = this->rank(r);
    if (r != request.location.rank) {
      at_least(rank.read, after(is_write ? t.other_rank_write_to_read() : t.other_rank_read_to_read()));
      at_least(rank.write, after(is_write ? t.other_rank_write_to_write() : t.other_rank_read_to_write()));
      continue;
    }
    at_least(rank.read, after(is_write ? t.write_to_read(false) : t.CCD_S));
    at_least(rank.write, after(is_write ? t.CCD_S : t.read_to_write()));
  }
  Group& group = groups_[group_index(request.location)];
  at_least(group.read, after(is_write ? t.write_to_read(true) : t.CCD_L));
  at_least(group.write, after(is_write ? t.CCD_L : t.read_to_write()));
  Bank& bank = this->bank(request.bank);
  at_least(bank.precharge, after(is_write ? t.write_to_precharge() : t.RTP));
  bank.last_column = now_;
  if (bank.fresh) ++(bank.conflict ? counts_.row_conflicts : counts_.row_misses);
  bank.fresh = bank.conflict = false;
  if (is_write) {
    ++counts_.writes;
  } else {
    ++counts_.reads;
    deliveries_.push_back({after(t.CL + t.BL + part_.controller.return_clocks), request.tag});
  }
  announce(is_write ? CommandKind::write : CommandKind::read, request.location, part_.command_clocks.column);
}

void ClockedChannel::issue_activate(const Request& request) {
  const Timing& t = part_.timing;
  const auto after = [this](int clocks) { return now_ + static_cast<uint64_t>(clocks); };
  Bank& bank = this->bank(request.bank);
  bank.open_row = request.location.row;
  bank.activate = after(t.RC);
  bank.precharge = after(t.RAS);
  bank.column = after(t.RCD);
  bank.last_column = now_;
  bank.fresh = true;
  Rank& rank = this->rank(request.location.rank);
  at_least(rank.activate, after(t.RRD_S));
  at_least(groups_[group_index(request.location)].activate, after(t.RRD_L));
  rank.activates.push_back(now_);
  if (rank.activates.size() > 4) rank.activates.pop_front();
  ++counts_.activates;
  announce(CommandKind::activate, request.location, part_.command_clocks.activate);
}

void ClockedChannel::issue_precharge(int flat) {
  Bank& bank = this->bank(flat);
  bank.open_row = kClosed;
  at_least(bank.activate, now_ + static_cast<uint64_t>(part_.timing.RP));
  ++counts_.precharges;
  announce(CommandKind::precharge, location_of(flat), part_.command_clocks.precharge);
}

void ClockedChannel::announce(CommandKind kind, const Location& location, int clocks) {
  bus_free_ = now_ + static_cast<uint64_t>(clocks);
  if (observer_ == nullptr) return;
  observer_->on_command(
      {now_, kind, location.rank, location.bank_group, location.bank, location.row, location.column});
}

Location ClockedChannel::location_of(int flat) const {
  const Organisation& o = part_.organisation;
  Location location;
  location.rank = flat / o.banks();
  location.bank_group = flat % o.banks() / o.banks_per_group;
  location.bank = flat % o.banks_per_group;
  return location;
}

}  // namespace vernier::dram
