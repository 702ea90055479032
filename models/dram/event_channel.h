// SPDX-License-Identifier: Apache-2.0
// One DRAM channel with its controller as events: ClockedChannel, command by command, without visiting the
// clocks in which nothing happens. Source of every rule: docs/memory.md, section The channel's controller.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "models/dram/channel_state.h"
#include "models/dram/command.h"
#include "models/dram/locator.h"
#include "models/dram/part.h"

namespace vernier::dram {

class EventChannel {
 public:
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  /// `observer` may be null; it sees every command.
  explicit EventChannel(const Part& part, ICommandObserver* observer = nullptr);

  /// Clocks executed; offers are for this clock, at most one read and one write each; true if accepted.
  /// Bursts are numbers as in locate(). A read comes back with its tag.
  [[nodiscard]] uint64_t clock() const { return now_; }
  bool offer_read(uint64_t burst, uint64_t tag);
  bool offer_write(uint64_t burst);
  [[nodiscard]] bool read_room() const { return !reads_.full(); }
  [[nodiscard]] bool write_room() const { return !writes_.full(); }

  /// Executes the clocks clock() .. end - 1.
  void advance(uint64_t end);
  /// First clock >= clock() in which something happens if nothing is offered: an offer enters its queue, the
  /// mode changes, a refresh falls due, a command is issued. kNever if nothing will.
  [[nodiscard]] uint64_t next_event();
  /// Nothing will happen before the next refresh falls due, if nothing is offered.
  [[nodiscard]] bool resting();
  /// Executes up to and including the next column command, but no clock from `end` on. To wait for room in a
  /// queue.
  void advance_to_column(uint64_t end = kNever);

  struct Delivery {
    uint64_t clock = 0;  ///< in which it is delivered
    uint64_t tag = 0;
  };
  /// The next read in order of delivery, once its clock has come: at most clock().
  std::optional<Delivery> delivered();
  /// The next read whose delivery is known, its clock may lie ahead: reads appear when their column command
  /// is issued or when they are forwarded.
  std::optional<Delivery> known_delivery();

  [[nodiscard]] size_t reads_queued() const { return static_cast<size_t>(reads_.size()); }
  [[nodiscard]] size_t writes_queued() const { return static_cast<size_t>(writes_.size()); }
  /// No read is queued or on its way; writes may still be queued.
  [[nodiscard]] bool reads_done() const { return reads_.size() == 0 && !pending_read_ && ring_size_ == 0; }
  [[nodiscard]] bool write_mode() const { return write_mode_; }
  [[nodiscard]] const ChannelCounts& counts() const { return counts_; }

 private:
  friend class ChannelImage;
  enum class Action : uint8_t {
    none,
    column,
    activate,
    precharge_for_row,
    precharge,
    precharge_all,
    refresh,
    refresh_bank
  };
  /// The next command, if nothing is offered and no refresh falls due before.
  struct Plan {
    bool valid = false;
    uint64_t clock = kNever;
    Action action = Action::none;
    int target = 0;  // flat bank, or rank
  };

  void execute();
  void accept();
  [[nodiscard]] bool mode_changes() const;
  void fall_due();
  void make_plan();
  uint64_t plan_refreshes();
  uint64_t plan_requests();
  [[nodiscard]] uint64_t earliest_policy() const;
  [[nodiscard]] uint64_t policy_ready(int flat) const;
  [[nodiscard]] Plan refresh_of_rank(int rank) const;
  [[nodiscard]] Plan refresh_of_bank(int rank) const;
  [[nodiscard]] bool due(int rank) const;
  [[nodiscard]] bool barred(int flat) const;
  void issue(const Plan& plan);
  void issue_column(int flat);
  void issue_activate(int flat);
  void issue_precharge(int flat);
  void issue_precharge_all(int rank);
  void issue_refresh(int rank);
  void issue_refresh_bank(int flat);
  void announce(CommandKind kind, const Location& location, int clocks);
  [[nodiscard]] Location location_of(int flat) const;
  [[nodiscard]] int due_bank(int rank) const;
  [[nodiscard]] uint64_t after(int clocks) const {
    return now_ + static_cast<uint64_t>(clocks < 0 ? 0 : clocks);
  }
  void deliver(uint64_t clock, uint64_t tag);
  [[nodiscard]] RequestQueue& served() { return write_mode_ ? writes_ : reads_; }
  [[nodiscard]] BankState& bank(int flat) { return banks_[static_cast<size_t>(flat)]; }
  [[nodiscard]] const BankState& bank(int flat) const { return banks_[static_cast<size_t>(flat)]; }
  [[nodiscard]] RankState& rank(int index) { return ranks_[static_cast<size_t>(index)]; }
  [[nodiscard]] const RankState& rank(int index) const { return ranks_[static_cast<size_t>(index)]; }

  using Timers = std::array<uint64_t, 3>;
  struct Place {
    int16_t rank = 0, group = 0;  // the group counted over all ranks
  };

  Part part_;
  Locator locator_;
  ICommandObserver* observer_;
  std::vector<Place> places_;  // of flat banks

  uint64_t now_ = 0;
  RequestQueue reads_, writes_;
  bool write_mode_ = false;
  std::vector<BankState> banks_;
  std::vector<Timers> groups_;
  std::vector<RankState> ranks_;
  uint64_t bus_free_ = 0;  // command bus
  uint64_t next_due_ = kNever;
  std::optional<RequestQueue::Entry> pending_read_, pending_write_;  // accepted in the coming clock
  Plan plan_;
  // While planning: the candidates of ranks that are due, and of banks with requests.
  struct Candidate {
    uint64_t ready = 0;
    uint64_t order = 0;  // of arrival, after all columns if it is for a row
    int bank = 0;
    Action action = Action::none;
  };
  std::vector<Plan> refreshes_;
  size_t refresh_count_ = 0;
  std::vector<Candidate> candidates_;
  size_t candidate_count_ = 0;

  std::vector<Delivery> ring_;  // in order of delivery; a power of two of places
  size_t ring_begin_ = 0, ring_size_ = 0;
  ChannelCounts counts_;
};

}  // namespace vernier::dram
