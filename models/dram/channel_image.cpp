// SPDX-License-Identifier: Apache-2.0
#include "models/dram/channel_image.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::dram {
namespace {

using Entry = RequestQueue::Entry;

constexpr uint16_t kCold = 0xffff;

std::vector<Entry> in_order(const RequestQueue& queue) {
  std::vector<Entry> entries;
  for (const int16_t* bank = queue.active_begin(); bank != queue.active_end(); ++bank) {
    for (int16_t at = queue.of(*bank).head; at != RequestQueue::kNone; at = queue.entry(at).next) {
      entries.push_back(queue.entry(at));
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.order < b.order; });
  return entries;
}

/// Appends words; remembers whether each fitted.
struct Writer {
  ChannelImage::Words& words;
  uint64_t now;
  bool fits = true;
  void put(uint64_t value) {
    fits = fits && value < 0xffff;
    words.push_back(static_cast<uint16_t>(value));
  }
  void timer(uint64_t clock) { put(clock > now ? clock - now : 0); }
};

struct Reader {
  const uint16_t* at;
  uint64_t now;
  uint64_t get() { return *at++; }
  uint64_t timer() {
    const uint64_t rest = get();
    return rest == 0 ? 0 : now + rest;
  }
};

}  // namespace

RefreshCalendar::RefreshCalendar(const Part& part)
    : interval_(static_cast<uint64_t>(part.timing.REFI)),
      step_(interval_),
      banks_(static_cast<uint64_t>(part.organisation.banks())),
      ranks_(part.organisation.ranks),
      kind_(part.controller.refresh) {
  if (kind_ == Refresh::per_bank) step_ = interval_ / banks_;
}

uint64_t RefreshCalendar::fallen(int rank, uint64_t clock) const {
  // An all-bank refresh is due in a clock by the number of the clock alone; banks fall due in clocks
  // executed.
  const uint64_t known = kind_ == Refresh::all_bank ? clock + 1 : clock;
  return known <= first(rank) ? 0 : (known - first(rank) - 1) / step_ + 1;
}

RefreshCalendar::Due RefreshCalendar::next(uint64_t clock) const {
  Due due;
  if (kind_ == Refresh::off) return due;
  for (int r = 0; r < ranks_; ++r) {
    const bool per_bank = kind_ == Refresh::per_bank;
    const uint64_t number = fallen(r, clock);
    const uint64_t known = clock_of(r, number) + (per_bank ? 1 : 0);
    if (known < due.clock) due = {known, r, per_bank ? number % banks_ : 0};
  }
  return due;
}

bool ChannelImage::write(const EventChannel& channel, const RowNames& rows, const BankNames& banks,
                         const RefreshCalendar& calendar, uint64_t tags, Words& words, Cold& cold) {
  VERNIER_INVARIANT(!channel.pending_read_ && !channel.pending_write_ && channel.ring_size_ == 0,
                    "an image of a channel with offers or deliveries in clock {}", channel.now_);
  Writer out{words, channel.now_};
  const Controller& controller = channel.part_.controller;
  const uint64_t now = channel.now_;
  const auto faw = static_cast<uint64_t>(channel.part_.timing.FAW);
  cold = {};
  if (channel.write_mode_) return false;
  out.timer(channel.bus_free_);
  for (size_t r = 0; r < channel.ranks_.size(); ++r) {
    const RankState& rank = channel.ranks_[r];
    for (const uint64_t timer : rank.timers) out.timer(timer);
    for (size_t i = 0; i < 4; ++i) {
      const uint64_t activate = rank.activates[(static_cast<size_t>(rank.oldest_activate) + i) % 4];
      out.timer(activate == 0 ? 0 : activate - 1 + faw);  // when it leaves the window
    }
    if (controller.refresh == Refresh::off) continue;
    out.timer(rank.refresh);
    const uint64_t fallen = calendar.fallen(static_cast<int>(r), now);
    if (controller.refresh == Refresh::all_bank) {
      const uint64_t done = (rank.next_refresh - calendar.clock_of(static_cast<int>(r), 0)) /
                            static_cast<uint64_t>(channel.part_.timing.REFI);
      out.put(fallen - done);
    } else {
      out.put(rank.due);
      if (rank.due > 0) out.put(rank.turn % static_cast<uint64_t>(channel.part_.organisation.banks()));
    }
  }
  for (int g = 0; g < static_cast<int>(channel.groups_.size()); ++g) {
    for (const uint64_t timer : channel.groups_[static_cast<size_t>(banks.group(g))]) out.timer(timer);
  }
  const auto row_name = [&](int bank, int64_t row) {
    const int name = rows.name(bank, row);
    out.fits = out.fits && name != RowNames::kUnknown;
    return static_cast<uint64_t>(name + 1);
  };
  for (int b = 0; b < static_cast<int>(channel.banks_.size()); ++b) {
    const int flat = banks.bank(b);
    const BankState& bank = channel.banks_[static_cast<size_t>(flat)];
    const bool open = bank.open_row != BankState::kClosed;
    if (is_cold(channel, rows, flat)) {
      cold.banks |= uint64_t{1} << flat;
      cold.open |= uint64_t{open} << flat;
      words.push_back(kCold);
      continue;
    }
    const uint64_t name = open ? row_name(flat, bank.open_row) : 0;
    out.put(name << 2 | (bank.conflict ? 2 : 0) | (open && bank.fresh ? 1 : 0));
    out.timer(bank.activate);
    if (!open) continue;
    out.timer(bank.precharge);
    out.timer(bank.column);
    if (controller.row_policy == RowPolicy::adaptive) {
      out.timer(bank.last_column + static_cast<uint64_t>(controller.idle_clocks));
    }
  }
  out.put(static_cast<uint64_t>(channel.reads_.size()));
  for (const Entry& entry : in_order(channel.reads_)) {
    out.put(static_cast<uint64_t>(banks.name(entry.bank)));
    out.put(row_name(entry.bank, entry.row));
    out.put(tags - entry.tag);
  }
  // Rows of writes may have lost their names: then they are none of the others, and are told apart.
  out.put(static_cast<uint64_t>(channel.writes_.size()));
  const std::vector<Entry> writes = in_order(channel.writes_);
  for (auto entry = writes.begin(); entry != writes.end(); ++entry) {
    const int name = rows.name(entry->bank, entry->row);
    out.put(static_cast<uint64_t>(banks.name(entry->bank)));
    const auto first = std::find_if(writes.begin(), entry, [&](const Entry& before) {
      return before.bank == entry->bank && before.row == entry->row;
    });
    const auto known = static_cast<uint64_t>(name);
    const auto unknown = static_cast<uint64_t>(RowNames::kRows + (first - writes.begin()));
    const uint64_t called = name != RowNames::kUnknown ? known : unknown;
    out.put(called);
  }
  return out.fits;
}

std::vector<uint64_t> ChannelImage::write_bursts(const EventChannel& channel) {
  std::vector<uint64_t> bursts;
  for (const Entry& entry : in_order(channel.writes_)) bursts.push_back(entry.burst);
  return bursts;
}

bool ChannelImage::is_cold(const EventChannel& channel, const RowNames& rows, int bank) {
  const Controller& controller = channel.part_.controller;
  if (controller.refresh == Refresh::per_bank || controller.row_policy != RowPolicy::open) return false;
  if (channel.banks_.size() > 64) return false;
  const BankState& state = channel.bank(bank);
  return std::max({state.activate, state.precharge, state.column}) <= channel.now_ && !state.fresh &&
         !state.conflict && channel.reads_.of(bank).head == RequestQueue::kNone &&
         channel.writes_.of(bank).head == RequestQueue::kNone &&
         (state.open_row == BankState::kClosed || rows.name(bank, state.open_row) == 0);
}

uint64_t ChannelImage::settled(const EventChannel& channel) {
  uint64_t clock = channel.bus_free_;
  const auto timer = [&clock](uint64_t until) { clock = std::max(clock, until); };
  for (const RankState& rank : channel.ranks_) {
    for (const uint64_t until : rank.timers) timer(until);
    for (const uint64_t activate : rank.activates) {
      timer(activate + static_cast<uint64_t>(channel.part_.timing.FAW));
    }
    timer(rank.refresh);
  }
  for (const EventChannel::Timers& group : channel.groups_) {
    for (const uint64_t until : group) timer(until);
  }
  const Controller& controller = channel.part_.controller;
  const bool idle = controller.row_policy == RowPolicy::adaptive;
  for (const BankState& bank : channel.banks_) {
    timer(std::max({bank.activate, bank.precharge, bank.column}));
    if (idle) timer(bank.last_column + static_cast<uint64_t>(controller.idle_clocks));
  }
  return clock;
}

void ChannelImage::read(EventChannel& channel, const RowNames& rows, const BankNames& banks,
                        const RefreshCalendar& calendar, uint64_t tags, uint64_t clock, const Cold& cold,
                        const std::vector<uint64_t>& write_bursts, const ChannelCounts& counts,
                        const uint16_t* words) {
  Reader in{words, clock};
  const Controller& controller = channel.part_.controller;
  const auto faw = static_cast<uint64_t>(channel.part_.timing.FAW);
  channel.now_ = clock;
  channel.counts_ = counts;
  channel.plan_.valid = false;
  channel.ring_size_ = 0;
  channel.write_mode_ = false;
  channel.bus_free_ = in.timer();
  channel.next_due_ = EventChannel::kNever;
  for (size_t r = 0; r < channel.ranks_.size(); ++r) {
    RankState& rank = channel.ranks_[r];
    for (uint64_t& timer : rank.timers) timer = in.timer();
    rank.oldest_activate = 0;
    for (uint64_t& activate : rank.activates) {
      const uint64_t leaves = in.timer();
      activate = leaves < faw ? 0 : leaves - faw + 1;
    }
    if (controller.refresh == Refresh::off) continue;
    rank.refresh = in.timer();
    const uint64_t fallen = calendar.fallen(static_cast<int>(r), clock);
    if (controller.refresh == Refresh::all_bank) {
      rank.next_refresh = calendar.clock_of(static_cast<int>(r), fallen - in.get());
    } else {
      rank.due = in.get();
      if (rank.due > 0) in.get();  // the turn: known from the calendar
      rank.turn = fallen - rank.due;
      rank.next_refresh = calendar.clock_of(static_cast<int>(r), fallen);
    }
    channel.next_due_ = std::min(channel.next_due_, rank.next_refresh);
  }
  for (int g = 0; g < static_cast<int>(channel.groups_.size()); ++g) {
    for (uint64_t& timer : channel.groups_[static_cast<size_t>(banks.group(g))]) timer = in.timer();
  }
  for (int b = 0; b < static_cast<int>(channel.banks_.size()); ++b) {
    const int flat = banks.bank(b);
    BankState& bank = channel.banks_[static_cast<size_t>(flat)];
    bank = {};
    const uint64_t flags = in.get();
    if (flags == kCold) {
      if ((cold.open >> flat & 1) != 0) bank.open_row = rows.row(flat, 0);
      continue;
    }
    bank.conflict = (flags & 2) != 0;
    bank.fresh = (flags & 1) != 0;
    bank.activate = in.timer();
    if (flags >> 2 == 0) continue;
    bank.open_row = rows.row(flat, static_cast<int>(flags >> 2) - 1);
    bank.precharge = in.timer();
    bank.column = in.timer();
    if (controller.row_policy == RowPolicy::adaptive) {
      const uint64_t idle = in.timer();
      const auto wait = static_cast<uint64_t>(controller.idle_clocks);
      bank.last_column = idle < wait ? 0 : idle - wait;
    }
  }
  const auto push = [&channel](RequestQueue& queue, const Entry& entry) {
    queue.push(entry, channel.banks_[static_cast<size_t>(entry.bank)].open_row);
  };
  channel.reads_.clear();
  const uint64_t reads = in.get();
  for (uint64_t i = 0; i < reads; ++i) {
    Entry entry;
    entry.bank = static_cast<int16_t>(banks.bank(static_cast<int>(in.get())));
    entry.row = rows.row(entry.bank, static_cast<int>(in.get()) - 1);
    entry.tag = tags - in.get();
    push(channel.reads_, entry);
  }
  channel.writes_.clear();
  VERNIER_INVARIANT(in.get() == write_bursts.size(), "{} writes are not those of the image",
                    write_bursts.size());
  for (const uint64_t burst : write_bursts) {
    const Location location = channel.locator_.locate(burst);
    const auto bank = static_cast<int16_t>(location.flat_bank(channel.part_.organisation));
    push(channel.writes_, {burst, 0, 0, location.row, location.column, bank});
  }
}

}  // namespace vernier::dram
