// SPDX-License-Identifier: Apache-2.0
// What a channel is between two clocks, in flat arrays: the timers and queues of docs/memory.md, section The
// channel's controller. Timers are the earliest clocks of commands.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/dram/part.h"

namespace vernier::dram {

/// The kinds of timers of ranks and bank groups.
enum Timer : size_t { read_timer = 0, write_timer = 1, activate_timer = 2 };

struct BankState {
  static constexpr int64_t kClosed = -1;
  int64_t open_row = kClosed;
  uint64_t activate = 0, precharge = 0, column = 0;
  uint64_t last_column = 0;
  bool conflict = false;  ///< precharged for a request of another row, until the next activate is used
  bool fresh = false;     ///< activated, no column command yet
};

struct RankState {
  std::array<uint64_t, 3> timers{};
  uint64_t refresh = 0;
  uint64_t next_refresh = 0;            ///< when the next refresh falls due (per-bank: after those in `due`)
  std::array<uint64_t, 4> activates{};  ///< 1 + the clocks of the last four; 0 = never
  int oldest_activate = 0;              ///< index of the oldest of them
  uint64_t turn = 0;                    ///< per-bank: refreshes done
  uint64_t due = 0;                     ///< per-bank: due and not done
};

/// Requests in order of arrival, and those of every bank.
class RequestQueue {
 public:
  static constexpr int16_t kNone = -1;
  struct Entry {
    uint64_t burst = 0, tag = 0;
    uint64_t order = 0;  ///< of arrival
    int64_t row = 0, column = 0;
    int16_t bank = 0;      ///< flat
    int16_t next = kNone;  ///< of the same bank, in order of arrival; or of the free entries
  };
  struct OfBank {
    int16_t head = kNone, tail = kNone;
    int16_t hit = kNone;     ///< the oldest one for the open row
    int16_t active = kNone;  ///< place in active_banks()
  };

  RequestQueue(int depth, size_t banks);

  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] bool full() const { return size_ == static_cast<int>(entries_.size()); }
  [[nodiscard]] const OfBank& of(int bank) const { return banks_[static_cast<size_t>(bank)]; }
  [[nodiscard]] const Entry& entry(int index) const { return entries_[static_cast<size_t>(index)]; }
  /// Banks with requests, in no particular order.
  [[nodiscard]] const int16_t* active_begin() const { return active_.data(); }
  [[nodiscard]] const int16_t* active_end() const { return active_.data() + active_count_; }
  [[nodiscard]] bool contains(int bank, uint64_t burst) const;

  /// True if it is now the oldest of its bank for the open row.
  bool push(const Entry& entry, int64_t open_row);
  /// Removes the oldest hit of the bank.
  void pop_hit(int bank);
  /// The bank opened this row (kClosed: was closed).
  void row_changed(int bank, int64_t row);
  void clear();

 private:
  [[nodiscard]] int16_t first_of_row(int16_t from, int64_t row) const;

  std::vector<Entry> entries_;
  std::vector<OfBank> banks_;
  std::vector<int16_t> active_;
  size_t active_count_ = 0;
  int size_ = 0;
  int16_t free_ = kNone;
  uint64_t arrivals_ = 0;
};

}  // namespace vernier::dram
