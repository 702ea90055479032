// SPDX-License-Identifier: Apache-2.0
#include "models/dram/constraint_checker.h"

#include <fmt/format.h>

#include <algorithm>

namespace vernier::dram {
namespace {

constexpr int64_t kClosed = -1;
constexpr size_t kKinds = 7;
constexpr auto ACT = CommandKind::activate;
constexpr auto PRE = CommandKind::precharge;
constexpr auto PREA = CommandKind::precharge_all;
constexpr auto RD = CommandKind::read;
constexpr auto WR = CommandKind::write;
constexpr auto REF = CommandKind::refresh;
constexpr auto REFpb = CommandKind::refresh_bank;

bool contains(const std::vector<CommandKind>& kinds, CommandKind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

/// Whether a command is to one bank, and not to its rank.
bool has_bank(CommandKind kind) { return kind != PREA && kind != REF; }

}  // namespace

ConstraintChecker::ConstraintChecker(const Part& part) : part_(part), rules_to_(kKinds), reach_(kKinds) {
  const auto banks = static_cast<size_t>(part.organisation.bank_groups * part.organisation.banks_per_group);
  RankPast past;
  past.open_rows.assign(banks, kClosed);
  past.refreshes_of_bank.assign(banks, 0);
  ranks_.assign(static_cast<size_t>(part.organisation.ranks), past);
  add_rules();
}

void ConstraintChecker::rule(std::string name, std::vector<CommandKind> from, std::vector<CommandKind> to,
                             Scope scope, int64_t clocks) {
  if (clocks <= 0) return;
  for (const CommandKind kind : to) {
    rules_to_[static_cast<size_t>(kind)].push_back(rules_.size());
    reach_[static_cast<size_t>(kind)] = std::max(reach_[static_cast<size_t>(kind)], clocks);
  }
  longest_ = std::max(longest_, clocks);
  rules_.push_back({std::move(name), std::move(from), std::move(to), scope, clocks});
}

void ConstraintChecker::add_rules() {
  const Timing& t = part_.timing;
  using S = Scope;
  rule("tRCD", {ACT}, {RD, WR}, S::same_bank, t.RCD);
  rule("tRAS", {ACT}, {PRE, PREA}, S::same_bank, t.RAS);
  rule("tRC", {ACT}, {ACT, REF, REFpb}, S::same_bank, t.RC);
  rule("tRRD_L", {ACT}, {ACT}, S::same_group, t.RRD_L);
  rule("tRRD_S", {ACT}, {ACT}, S::other_group, t.RRD_S);
  rule("tRP", {PRE, PREA}, {ACT, REF, REFpb}, S::same_bank, t.RP);
  rule("tCCD_L", {RD}, {RD}, S::same_group, t.CCD_L);
  rule("tCCD_L", {WR}, {WR}, S::same_group, t.CCD_L);
  rule("tCCD_S", {RD}, {RD}, S::other_group, t.CCD_S);
  rule("tCCD_S", {WR}, {WR}, S::other_group, t.CCD_S);
  // Two clocks between read and written data for the turn of the bus and the write preamble.
  rule("read to write", {RD}, {WR}, S::same_rank, int64_t{t.CL} + t.BL + 2 - t.CWL);
  rule("tWTR_L", {WR}, {RD}, S::same_group, int64_t{t.CWL} + t.BL + t.WTR_L);
  rule("tWTR_S", {WR}, {RD}, S::other_group, int64_t{t.CWL} + t.BL + t.WTR_S);
  rule("tRTP", {RD}, {PRE, PREA}, S::same_bank, t.RTP);
  rule("tWR", {WR}, {PRE, PREA}, S::same_bank, int64_t{t.CWL} + t.BL + t.WR);
  rule("tRFC", {REF}, {ACT, REF, REFpb}, S::same_rank, t.RFC);
  rule("tRFCpb", {REFpb}, {ACT}, S::same_bank, t.RFCpb);
  rule("tRFCpb", {REFpb}, {REFpb, REF}, S::same_rank, t.RFCpb);
  rule("tPBR2ACT", {REFpb}, {ACT}, S::other_bank, t.PBR2ACT);
  // What else happens between ranks is the data bus's business, see check_data_bus.
  for (const CommandKind kind : {ACT, PRE, PREA, RD, WR, REF, REFpb}) {
    rule("command bus", {kind}, {ACT, PRE, PREA, RD, WR, REF, REFpb}, S::channel, clocks_of(kind));
  }
}

int64_t ConstraintChecker::clocks_of(CommandKind kind) const {
  const CommandClocks& clocks = part_.command_clocks;
  switch (kind) {
    case CommandKind::activate:
      return clocks.activate;
    case CommandKind::precharge:
    case CommandKind::precharge_all:
      return clocks.precharge;
    case CommandKind::read:
    case CommandKind::write:
      return clocks.column;
    case CommandKind::refresh:
    case CommandKind::refresh_bank:
      return clocks.refresh;
  }
  return 1;
}

size_t ConstraintChecker::bank_of(const Command& command) const {
  return static_cast<size_t>(command.bank_group) * static_cast<size_t>(part_.organisation.banks_per_group) +
         static_cast<size_t>(command.bank);
}

bool ConstraintChecker::within(Scope scope, const Command& before, const Command& command) const {
  if (scope == Scope::channel) return true;
  const bool rank = before.rank == command.rank;
  if (scope == Scope::other_rank) return !rank;
  if (!rank) return false;
  // A command to a rank is one to each of its banks and groups.
  const bool whole = !has_bank(before.kind) || !has_bank(command.kind);
  const bool group = before.bank_group == command.bank_group;
  const bool bank = group && before.bank == command.bank;
  switch (scope) {
    case Scope::same_bank:
      return whole || bank;
    case Scope::same_group:
      return whole || group;
    case Scope::other_group:
      return !whole && !group;
    case Scope::other_bank:
      return !whole && !bank;
    default:
      return true;  // same_rank
  }
}

void ConstraintChecker::on_command(const Command& command) {
  ++commands_;
  if (!past_.empty() && command.clock <= past_.back().clock) {
    violated(command, fmt::format("order: not after the command in clock {}", past_.back().clock));
  }
  check_pairs(command);
  check_window(command);
  check_data_bus(command);
  check_refreshes(command, command.clock);
  check_state(command);
  past_.push_back(command);
  const auto kept = static_cast<uint64_t>(std::max<int64_t>(longest_, part_.timing.FAW));
  while (past_.front().clock + kept < command.clock) past_.pop_front();
}

void ConstraintChecker::check_pairs(const Command& command) {
  const auto kind = static_cast<size_t>(command.kind);
  for (auto before = past_.rbegin(); before != past_.rend(); ++before) {
    const auto age = static_cast<int64_t>(command.clock - before->clock);
    if (age >= reach_[kind]) return;
    for (const size_t index : rules_to_[kind]) {
      const Rule& r = rules_[index];
      if (age >= r.clocks || !contains(r.from, before->kind) || !within(r.scope, *before, command)) continue;
      violated(command, fmt::format("{}: {} clocks after {} in clock {}, {} are due", r.name, age,
                                    name_of(before->kind), before->clock, r.clocks));
    }
  }
}

void ConstraintChecker::check_window(const Command& command) {
  if (command.kind != ACT) return;
  int activates = 1;
  for (auto before = past_.rbegin(); before != past_.rend(); ++before) {
    if (before->clock + static_cast<uint64_t>(part_.timing.FAW) <= command.clock) break;
    if (before->kind == ACT && before->rank == command.rank) ++activates;
  }
  if (activates > 4)
    violated(command, fmt::format("tFAW: {} activates in {} clocks", activates, part_.timing.FAW));
}

void ConstraintChecker::check_data_bus(const Command& command) {
  if (command.kind != RD && command.kind != WR) return;
  const int latency = command.kind == RD ? part_.timing.CL : part_.timing.CWL;
  Burst burst;
  burst.begin = command.clock + static_cast<uint64_t>(latency);
  burst.end = burst.begin + static_cast<uint64_t>(part_.timing.BL);
  burst.rank = command.rank;
  for (const Burst& other : bursts_) {
    const uint64_t gap = other.rank == burst.rank ? 0 : static_cast<uint64_t>(part_.timing.RTRS);
    if (burst.begin < other.end + gap && other.begin < burst.end + gap) {
      violated(command, fmt::format("data bus{}: data in clocks {}..{} beside that in {}..{}",
                                    gap > 0 ? " of another rank" : "", burst.begin, burst.end - 1,
                                    other.begin, other.end - 1));
    }
  }
  bursts_.push_back(burst);
  while (bursts_.front().end + static_cast<uint64_t>(part_.timing.RTRS) <= command.clock) bursts_.pop_front();
}

void ConstraintChecker::check_state(const Command& command) {
  RankPast& rank = ranks_.at(static_cast<size_t>(command.rank));
  std::vector<int64_t>& rows = rank.open_rows;
  const bool any_open = std::any_of(rows.begin(), rows.end(), [](int64_t row) { return row != kClosed; });
  int64_t& row = rows.at(has_bank(command.kind) ? bank_of(command) : 0);
  switch (command.kind) {
    case CommandKind::activate:
      if (row != kClosed) violated(command, fmt::format("state: activate of a bank with row {} open", row));
      row = command.row;
      break;
    case CommandKind::read:
    case CommandKind::write:
      if (row == kClosed) {
        violated(command, "state: access to a closed bank");
      } else if (row != command.row) {
        violated(command,
                 fmt::format("state: access to row {} of a bank with row {} open", command.row, row));
      }
      break;
    case CommandKind::precharge:
      row = kClosed;
      break;
    case CommandKind::precharge_all:
      std::fill(rows.begin(), rows.end(), kClosed);
      break;
    case CommandKind::refresh:
      if (any_open) violated(command, "state: refresh of a rank with open banks");
      ++rank.refreshes;
      break;
    case CommandKind::refresh_bank:
      if (row != kClosed) violated(command, fmt::format("state: refresh of a bank with row {} open", row));
      ++rank.refreshes_of_bank.at(bank_of(command));
      break;
  }
}

void ConstraintChecker::check_refreshes(const Command& command, uint64_t clock) {
  if (part_.controller.refresh == Refresh::off) return;
  // So many intervals have passed, and every bank is to be refreshed once in each.
  const uint64_t intervals = clock / static_cast<uint64_t>(part_.timing.REFI);
  if (intervals <= kOwedRefreshes) return;
  for (size_t r = 0; r < ranks_.size(); ++r) {
    uint64_t done = ranks_[r].refreshes;
    if (part_.controller.refresh == Refresh::per_bank) {
      done += *std::min_element(ranks_[r].refreshes_of_bank.begin(), ranks_[r].refreshes_of_bank.end());
    }
    if (intervals - kOwedRefreshes <= done) continue;
    violated(command, fmt::format("tREFI: rank {} has {} refreshes after {} intervals", r, done, intervals));
    ranks_[r].refreshes += intervals - done;  // said once
  }
}

void ConstraintChecker::finish(uint64_t clock) {
  Command end;
  end.clock = clock;
  check_refreshes(end, clock);
}

void ConstraintChecker::violated(const Command& command, std::string rule) {
  ++count_;
  const std::string name = rule.substr(0, rule.find(':'));
  for (const ConstraintViolation& other : first_) {
    if (other.rule.compare(0, name.size() + 1, name + ":") == 0) return;
  }
  first_.push_back({command, std::move(rule)});
}

std::string ConstraintChecker::text() const {
  std::string out;
  for (const ConstraintViolation& violation : first_) {
    const Command& c = violation.command;
    out += fmt::format("clock {}, {} rank {} bank group {} bank {}: {}\n", c.clock, name_of(c.kind), c.rank,
                       c.bank_group, c.bank, violation.rule);
  }
  return out;
}

}  // namespace vernier::dram
