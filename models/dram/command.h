// SPDX-License-Identifier: Apache-2.0
// The commands of a DRAM channel, as its controller issues them and a checker reads them.
#pragma once

#include <cstdint>

namespace vernier::dram {

enum class CommandKind : uint8_t { activate, precharge, precharge_all, read, write, refresh, refresh_bank };

/// "ACT", "PRE", "PREA", "RD", "WR", "REF", "REFpb".
[[nodiscard]] const char* name_of(CommandKind kind);

struct Command {
  uint64_t clock = 0;
  CommandKind kind = CommandKind::read;
  int rank = 0;
  int bank_group = 0, bank = 0;  ///< bank within its group; unused by precharge_all and refresh
  int64_t row = 0;               ///< activate
  int64_t column = 0;            ///< read, write
};

/// Sees every command of one channel in order.
class ICommandObserver {
 public:
  virtual ~ICommandObserver() = default;
  virtual void on_command(const Command& command) = 0;
};

/// What a channel did.
struct ChannelCounts {
  uint64_t reads = 0, writes = 0;  ///< column commands
  uint64_t forwarded = 0;          ///< reads answered from the write queue
  uint64_t activates = 0;
  uint64_t precharges = 0;  ///< commands; one precharge-all counts once
  uint64_t refreshes = 0;   ///< of ranks or of banks
  /// Column commands that were the first after their bank's activate: with the bank found closed (miss), or
  /// precharged for a request of another row (conflict).
  uint64_t row_misses = 0, row_conflicts = 0;

  [[nodiscard]] uint64_t row_hits() const { return reads + writes - row_misses - row_conflicts; }

  ChannelCounts& operator+=(const ChannelCounts& o);
  ChannelCounts& operator-=(const ChannelCounts& o);
  ChannelCounts& operator*=(uint64_t factor);
  [[nodiscard]] bool operator==(const ChannelCounts& o) const;
};

}  // namespace vernier::dram
