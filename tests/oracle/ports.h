// SPDX-License-Identifier: Apache-2.0
// The ports of a scratchpad in one cycle: docs/memory.md, section "Scratchpad ports".
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "models/machine/machine.h"

namespace vernier::oracle {

using Groups = std::set<uint64_t>;

inline uint64_t port_width(const machine::ScratchpadParams& pad) {
  const int banks = pad.stripe_banks == 0 ? pad.banks : pad.stripe_banks;
  return static_cast<uint64_t>(banks) * static_cast<uint64_t>(pad.bank_width_bits);
}

class Ports {
 public:
  explicit Ports(const machine::ScratchpadParams& pad) : pad_(pad) {
    const int stripe = pad.stripe_banks == 0 ? pad.banks : pad.stripe_banks;
    used_.resize(static_cast<size_t>(pad.banks / stripe));
  }

  /// Adds the groups that `bytes` bytes from `begin` on touch.
  void touch(Groups& groups, uint64_t begin, uint64_t bytes) const {
    if (bytes == 0) return;
    const auto group_of = [this](uint64_t byte) { return byte * used_.size() / pad_.capacity_bytes; };
    for (uint64_t group = group_of(begin); group <= group_of(begin + bytes - 1); ++group)
      groups.insert(group);
  }

  void next_cycle() { used_.assign(used_.size(), {}); }

  /// Whether every group has the accesses left.
  [[nodiscard]] bool has(const Groups& groups, int reads, int writes) const {
    for (const uint64_t group : groups) {
      const Used& used = used_.at(group);
      const int r = used.reads + reads, w = used.writes + writes;
      const bool fits = pad_.ports == machine::PortKind::rw1    ? r + w <= 1
                        : pad_.ports == machine::PortKind::r1w1 ? r <= 1 && w <= 1
                                                                : r + w <= 2;
      if (!fits) return false;
    }
    return true;
  }

  /// Takes them if every group has them.
  bool claim(const Groups& groups, int reads, int writes) {
    if (!has(groups, reads, writes)) return false;
    for (const uint64_t group : groups) {
      used_[group].reads += reads;
      used_[group].writes += writes;
    }
    return true;
  }

  [[nodiscard]] bool single() const { return pad_.ports == machine::PortKind::rw1; }

 private:
  struct Used {
    int reads = 0, writes = 0;
  };
  const machine::ScratchpadParams& pad_;
  std::vector<Used> used_;  // by group
};

}  // namespace vernier::oracle
