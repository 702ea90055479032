// SPDX-License-Identifier: Apache-2.0
// Watches the commands of one DRAM channel and holds them against the rules of the standards (JESD79-4,
// JESD209-4/5, JESD235), pair by pair over the recorded past. It knows a part's numbers and nothing of any
// controller: neither its timers, nor its queues, nor the functions that it computes its distances with.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "models/dram/command.h"
#include "models/dram/part.h"

namespace vernier::dram {

struct ConstraintViolation {
  Command command;   ///< the one that must not have been
  std::string rule;  ///< e.g. "tRCD: RD 15 clocks after ACT in clock 100, 16 are due"
};

class ConstraintChecker final : public ICommandObserver {
 public:
  /// Refreshes that a rank may owe: JESD79-4 4.26 lets eight of an interval REFI be postponed; a controller
  /// that postpones none owes the one that is due, and for a moment the next when its ranks are staggered.
  static constexpr uint64_t kOwedRefreshes = 2;

  /// Rows and columns of commands are checked too if the observed controller fills them in.
  explicit ConstraintChecker(const Part& part);

  void on_command(const Command& command) override;
  /// No command comes any more; `clock` have passed. Finds refreshes that never came.
  void finish(uint64_t clock);

  [[nodiscard]] uint64_t commands() const { return commands_; }
  [[nodiscard]] uint64_t violations() const { return count_; }
  /// The first of every rule.
  [[nodiscard]] const std::vector<ConstraintViolation>& first() const { return first_; }
  /// One line per violation of first().
  [[nodiscard]] std::string text() const;

 private:
  enum class Scope : uint8_t {
    same_bank,
    same_group,   // another bank or the same, of the bank group
    other_group,  // of the same rank
    same_rank,
    other_bank,  // of the same rank
    other_rank,
    channel
  };
  /// `to` not earlier than `clocks` after `from` in the scope.
  struct Rule {
    std::string name;
    std::vector<CommandKind> from, to;
    Scope scope;
    int64_t clocks;
  };
  struct Burst {
    uint64_t begin = 0, end = 0;
    int rank = 0;
  };
  struct RankPast {
    std::vector<int64_t> open_rows;  // of its banks; kClosed
    uint64_t refreshes = 0;          // of single banks or of all
    std::vector<uint64_t> refreshes_of_bank;
  };

  void add_rules();
  void rule(std::string name, std::vector<CommandKind> from, std::vector<CommandKind> to, Scope scope,
            int64_t clocks);
  [[nodiscard]] bool within(Scope scope, const Command& before, const Command& command) const;
  void check_pairs(const Command& command);
  void check_window(const Command& command);
  void check_data_bus(const Command& command);
  void check_state(const Command& command);
  void check_refreshes(const Command& command, uint64_t clock);
  void violated(const Command& command, std::string rule);
  [[nodiscard]] int64_t clocks_of(CommandKind kind) const;
  [[nodiscard]] size_t bank_of(const Command& command) const;

  Part part_;
  std::vector<Rule> rules_;
  std::vector<std::vector<size_t>> rules_to_;  // by kind of the later command
  std::vector<int64_t> reach_;                 // by kind of the later command: the longest rule
  int64_t longest_ = 0;
  std::deque<Command> past_;
  std::deque<Burst> bursts_;
  std::vector<RankPast> ranks_;
  uint64_t commands_ = 0, count_ = 0;
  std::vector<ConstraintViolation> first_;
};

}  // namespace vernier::dram
