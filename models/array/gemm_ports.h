// SPDX-License-Identifier: Apache-2.0
// In which cycles a gemm instruction accesses the scratchpads: the descriptor beside gemm_timing.h. Source of
// every rule: docs/memory.md, section Scratchpad ports.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "models/array/gemm_timing.h"
#include "models/isa/instruction.h"
#include "models/machine/machine.h"

namespace vernier::array {

/// Accesses in one cycle to one scratchpad; on a single port (1rw) at most one of them is set.
struct PortUse {
  bool read = false, write = false;
  [[nodiscard]] bool operator==(const PortUse& o) const { return read == o.read && write == o.write; }
};

/// What a value is from some cycle on, and the first cycle after it in which it may be another.
struct UseUntil {
  PortUse use;
  uint64_t until = UINT64_MAX;
};

/// Operand reads of one pass, in cycles from its beginning: one window at first, then one after the accept of
/// each step but the last, group by group.
struct FetchPattern {
  struct Group {
    uint64_t first_accept = 0, steps = 0;
  };
  uint64_t begin = 0, end = 0;  ///< the first window
  std::vector<Group> groups;    ///< empty: that window only
  uint64_t stride = 1;          ///< between accepts of a group
  uint64_t inner = 0;           ///< window for a step inside a group
  uint64_t first = 0;           ///< window for the first step of a group

  [[nodiscard]] UseUntil at(uint64_t cycle) const;
};

/// One pass.
struct PassPorts {
  uint64_t cycles = 0;
  FetchPattern weight, activation;
  uint64_t output_begin = 0;  ///< output accesses in [output_begin, cycles)
  PortUse output;

  [[nodiscard]] UseUntil at(isa::Scratchpad scratchpad, uint64_t cycle) const;
};

/// All passes of an instruction, in order: rows of tiles; equal rows and equal passes are stored once.
class GemmPorts {
 public:
  /// `gemm` of a program with `timing`'s formats.
  GemmPorts(const machine::Machine& machine, const GemmTimingModel& timing, const isa::Instruction& gemm);

  /// `cycle` counted from the beginning of the first pass; after the last one there is no use.
  [[nodiscard]] UseUntil at(isa::Scratchpad scratchpad, uint64_t cycle) const;
  [[nodiscard]] uint64_t cycles() const { return cycles_; }

 private:
  struct Repeated {
    uint64_t count = 0;
    PassPorts pass;
  };
  struct Row {
    uint64_t count = 0;
    uint64_t cycles = 0;
    std::vector<Repeated> passes;
  };
  void add_output_stationary(const machine::Machine& machine, const GemmTimingModel& timing,
                             const isa::Instruction& gemm);
  void add_weight_stationary(const machine::Machine& machine, const GemmTimingModel& timing,
                             const isa::Instruction& gemm);
  void add_row(Row row);

  std::vector<Row> rows_;
  uint64_t cycles_ = 0;
};

}  // namespace vernier::array
