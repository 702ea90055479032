// SPDX-License-Identifier: Apache-2.0
// The loops of a program, as far as their repetition goes.
#pragma once

#include <unordered_map>

#include "models/isa/instruction.h"
#include "sim/engine/repetition.h"

namespace vernier::engine {

/// `program` must have passed isa::validate and outlive the table.
class LoopTable {
 public:
  LoopTable(const isa::Program& program, int burst_bytes);

  /// The loop whose body begins at this node.
  [[nodiscard]] const Loop& at(size_t body) const { return loops_.at(body); }

 private:
  std::unordered_map<size_t, Loop> loops_;  // by the first node of the body
};

}  // namespace vernier::engine
