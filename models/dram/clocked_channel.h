// SPDX-License-Identifier: Apache-2.0
// One DRAM channel with its controller, clock by clock: the plain form, and the oracle of every faster one.
// Source of every rule: docs/memory.md, section The channel's controller.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "models/dram/address_map.h"
#include "models/dram/command.h"
#include "models/dram/part.h"

namespace vernier::dram {

class ClockedChannel {
 public:
  /// `observer` may be null; it sees every command.
  explicit ClockedChannel(const Part& part, ICommandObserver* observer = nullptr);

  /// Offers for the coming clock, at most one of each per clock; true if accepted. Bursts are numbers as in
  /// locate(). A read comes back from delivered() with its tag.
  bool offer_read(uint64_t burst, uint64_t tag);
  bool offer_write(uint64_t burst);

  /// Executes one clock, after the offers.
  void tick();
  /// Clocks executed.
  [[nodiscard]] uint64_t clock() const { return now_; }

  struct Delivery {
    uint64_t clock = 0;  ///< in which it is delivered
    uint64_t tag = 0;
  };
  /// The next read in order of delivery among those whose column command was issued or that were forwarded;
  /// its clock may lie ahead. Call again for more; each comes once.
  std::optional<Delivery> delivered();

  [[nodiscard]] size_t reads_queued() const { return reads_.size(); }
  [[nodiscard]] size_t writes_queued() const { return writes_.size(); }
  [[nodiscard]] bool write_mode() const { return write_mode_; }
  [[nodiscard]] const ChannelCounts& counts() const { return counts_; }

 private:
  struct Request {
    uint64_t burst = 0;
    uint64_t tag = 0;
    Location location;
    int bank = 0;  // flat
  };
  using Queue = std::deque<Request>;
  static constexpr int64_t kClosed = -1;
  struct Bank {
    int64_t open_row = kClosed;
    uint64_t activate = 0, precharge = 0, column = 0;  // earliest clock of these commands
    uint64_t last_column = 0;
    bool refresh_due = false;  // per-bank refresh
    bool conflict = false;     // precharged for a request of another row, until the next activate is used
    bool fresh = false;        // activated, no column command yet
  };
  struct Group {
    uint64_t activate = 0, read = 0, write = 0;
  };
  struct Rank {
    uint64_t activate = 0, read = 0, write = 0, refresh = 0;
    std::deque<uint64_t> activates;  // the last four
    uint64_t next_refresh = 0;
    int next_refresh_bank = 0;
    std::deque<int> banks_due;  // per-bank refresh, flat, in order of dues
  };

  [[nodiscard]] bool room(const Queue& queue, int depth) const;
  void choose_mode();
  void fall_due();
  bool refresh();
  bool refresh_rank(int rank);
  bool refresh_bank(int rank);
  bool column(Queue& queue);
  bool row(const Queue& queue);
  bool policy();
  [[nodiscard]] bool barred(int flat) const;
  [[nodiscard]] bool column_ready(const Request& request) const;
  [[nodiscard]] bool activate_ready(const Location& location, int bank) const;
  [[nodiscard]] static bool wanted(const Queue& queue, int bank, int64_t row);
  void issue_column(const Request& request);
  void issue_activate(const Request& request);
  void issue_precharge(int bank);
  void announce(CommandKind kind, const Location& location, int clocks);
  [[nodiscard]] Location location_of(int bank) const;
  [[nodiscard]] Bank& bank(int flat) { return banks_[static_cast<size_t>(flat)]; }
  [[nodiscard]] const Bank& bank(int flat) const { return banks_[static_cast<size_t>(flat)]; }
  [[nodiscard]] Rank& rank(int index) { return ranks_[static_cast<size_t>(index)]; }
  [[nodiscard]] const Rank& rank(int index) const { return ranks_[static_cast<size_t>(index)]; }
  [[nodiscard]] size_t group_index(const Location& location) const {
    return static_cast<size_t>(location.rank * part_.organisation.bank_groups + location.bank_group);
  }

  Part part_;
  ICommandObserver* observer_;
  uint64_t now_ = 0;
  Queue reads_, writes_;
  bool write_mode_ = false;
  std::vector<Bank> banks_;
  std::vector<Group> groups_;
  std::vector<Rank> ranks_;
  uint64_t bus_free_ = 0;  // command bus
  // Offers of the coming clock enter their queues when it is executed.
  std::optional<Request> offered_read_, offered_write_;
  std::deque<Delivery> deliveries_;
  ChannelCounts counts_;
};

}  // namespace vernier::dram
