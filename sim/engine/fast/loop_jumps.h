// SPDX-License-Identifier: Apache-2.0
// Finds out when turns of a loop repeat what happened before, and how far to jump then.
#pragma once

#include <array>
#include <optional>
#include <unordered_map>
#include <vector>

#include "models/isa/instruction.h"
#include "sim/engine/fast/loop_table.h"
#include "sim/engine/repetition.h"

namespace vernier::engine {

/// At turns of a loop the state is compared with that of an earlier turn, of which one is kept per level,
/// later and later ones (Brent's way to find a cycle). If they are equal, everything between the two turns
/// happens again and again until the loop ends.
class LoopJumps {
 public:
  /// All that has a state; `parts` stay where they are and outlive this.
  LoopJumps(const isa::Program& program, int burst_bytes, std::vector<IRepeatable*> parts);

  /// The next instruction, number `sequence`, is the first of a turn of the loop at `level`, and everything
  /// of cycle `now` is done. If turns can be left out, all parts have left them out on return.
  std::optional<Jump> turned(const isa::Cursor& cursor, size_t level, uint64_t now, uint64_t sequence);

 private:
  struct Reference {
    const Loop* loop = nullptr;  // none
    uint64_t index = 0, cycle = 0, sequence = 0;
    uint64_t span = 0;  // turns for which it is kept
    std::vector<uint64_t> state, counters;
  };
  struct Experience {
    bool asked = false, allowed = false;
    int failures = 0;  // comparisons in a row
  };
  [[nodiscard]] bool is_allowed(const Loop& loop);
  [[nodiscard]] bool describe(const Turn& turn, std::vector<uint64_t>& words) const;
  void refer_to(Reference& reference, const Turn& turn, uint64_t span);

  LoopTable loops_;
  std::vector<IRepeatable*> parts_;
  Counters counters_;
  std::array<Reference, isa::kMaxLoopDepth> references_;
  std::unordered_map<const Loop*, Experience> experience_;
  std::vector<uint64_t> words_;
};

}  // namespace vernier::engine
