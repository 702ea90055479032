// SPDX-License-Identifier: Apache-2.0
// The state of an EventChannel as words that do not depend on when and in which rows: two channels with the
// same image do the same from there on, as long as no refresh falls due.
#pragma once

#include <cstdint>
#include <vector>

#include "models/dram/event_channel.h"

namespace vernier::dram {

/// The rows that offers named last, in every bank: what rows are called in images.
class RowNames {
 public:
  static constexpr int kRows = 4;
  static constexpr int kUnknown = -1;

  explicit RowNames(size_t banks) : rows_(banks * kRows, ~uint32_t{0}) {}
  /// 0 for the row named last, kUnknown if it is none of the last four.
  [[nodiscard]] int name(int bank, int64_t row) const {
    const uint32_t* rows = &rows_[static_cast<size_t>(bank) * kRows];
    for (int i = 0; i < kRows; ++i) {
      if (rows[i] == static_cast<uint32_t>(row)) return i;
    }
    return kUnknown;
  }
  [[nodiscard]] int64_t row(int bank, int name) const {
    return rows_[static_cast<size_t>(bank * kRows + name)];
  }
  /// The row is named; what it was called before.
  int note(int bank, int64_t row) {
    uint32_t* rows = &rows_[static_cast<size_t>(bank) * kRows];
    const int before = name(bank, row);
    for (int i = before == kUnknown ? kRows - 1 : before; i > 0; --i) rows[i] = rows[i - 1];
    rows[0] = static_cast<uint32_t>(row);
    return before;
  }

 private:
  std::vector<uint32_t> rows_;  // below 2^32 - 1
};

/// What banks are called in images: bank groups and the banks of groups are counted from those of one bank. A
/// controller treats all of them alike, so that states that differ by a rotation are one; unless banks are
/// refreshed in turn or closed in order: then every bank is called what it is.
class BankNames {
 public:
  explicit BankNames(const Part& part)
      : groups_(part.organisation.bank_groups),
        banks_(part.organisation.banks_per_group),
        fixed_(part.controller.refresh == Refresh::per_bank ||
               part.controller.row_policy != RowPolicy::open) {}
  void count_from(const Location& location) {
    if (fixed_) return;
    first_group_ = location.bank_group;
    first_bank_ = location.bank;
  }
  [[nodiscard]] int name(const Location& at) const {
    const int group = at.bank_group - first_group_ + (at.bank_group < first_group_ ? groups_ : 0);
    const int bank = at.bank - first_bank_ + (at.bank < first_bank_ ? banks_ : 0);
    return (at.rank * groups_ + group) * banks_ + bank;
  }
  [[nodiscard]] int name(int flat) const {
    Location at;
    at.rank = flat / (groups_ * banks_);
    at.bank_group = flat / banks_ % groups_;
    at.bank = flat % banks_;
    return name(at);
  }
  /// The flat number of the bank with this name; of the group, counted over all ranks.
  [[nodiscard]] int bank(int name) const {
    return group(name / banks_) * banks_ + (name % banks_ + first_bank_) % banks_;
  }
  [[nodiscard]] int group(int name) const {
    return name / groups_ * groups_ + (name % groups_ + first_group_) % groups_;
  }

 private:
  int groups_, banks_;
  bool fixed_;
  int first_group_ = 0, first_bank_ = 0;
};

/// When refreshes fall due, whatever the channel does.
class RefreshCalendar {
 public:
  explicit RefreshCalendar(const Part& part);
  struct Due {
    uint64_t clock = EventChannel::kNever;  ///< a channel with as many clocks executed knows of it
    int rank = 0;
    uint64_t turn = 0;  ///< per-bank: which bank of the rank, of all its dues the turn-th modulo banks
  };
  /// The first one that a channel with `clock` clocks executed does not know of.
  [[nodiscard]] Due next(uint64_t clock) const;
  /// From this clock on the next one tells all that follow: every rank has its turns.
  [[nodiscard]] uint64_t steady_from() const { return kind_ == Refresh::per_bank ? first(ranks_ - 1) : 0; }
  /// Of one rank: how many it knows of.
  [[nodiscard]] uint64_t fallen(int rank, uint64_t clock) const;
  /// In which clock it falls due.
  [[nodiscard]] uint64_t clock_of(int rank, uint64_t number) const { return first(rank) + number * step_; }

 private:
  [[nodiscard]] uint64_t first(int rank) const {
    return interval_ * static_cast<uint64_t>(rank) / static_cast<uint64_t>(ranks_) + step_;
  }
  uint64_t interval_, step_, banks_;
  int ranks_;
  Refresh kind_;
};

/// Appends and reads back the words of an image.
class ChannelImage {
 public:
  using Words = std::vector<uint16_t>;

  /// Banks, by flat number, that nothing is asked of and whose timers do not run; a row that is open in them
  /// was named last. The image tells of them only that they are. Their rows matter to requests of them, and
  /// whether one is open to a refresh. (None are cold where banks are refreshed in turn or closed in order.)
  struct Cold {
    uint64_t banks = 0;
    uint64_t open = 0;  ///< of them those with an open row
  };

  /// Appends the image; tags are stored as `tags` - tag. False if the state has none: write mode, an open row
  /// or one to be read without a name, a number too large.
  static bool write(const EventChannel& channel, const RowNames& rows, const BankNames& banks,
                    const RefreshCalendar& calendar, uint64_t tags, Words& words, Cold& cold);
  /// The bursts of the queued writes, oldest first. Of them the image has the banks and what the rows are
  /// called.
  static std::vector<uint64_t> write_bursts(const EventChannel& channel);
  /// The row that is open in a flat bank, or kClosed.
  static int64_t open_row(const EventChannel& channel, int bank) { return channel.bank(bank).open_row; }
  /// The clock from which no timer runs.
  static uint64_t settled(const EventChannel& channel);
  /// Makes the channel what it was, with `clock` clocks executed.
  static void read(EventChannel& channel, const RowNames& rows, const BankNames& banks,
                   const RefreshCalendar& calendar, uint64_t tags, uint64_t clock, const Cold& cold,
                   const std::vector<uint64_t>& write_bursts, const ChannelCounts& counts,
                   const uint16_t* words);

 private:
  static bool is_cold(const EventChannel& channel, const RowNames& rows, int bank);
};

}  // namespace vernier::dram
