// SPDX-License-Identifier: Apache-2.0
// Who uses the scratchpad ports when, as far as compute and the vector unit go; and from that, when vector
// instructions end. Source of every rule: docs/memory.md, section Scratchpad ports.
#pragma once

#include <array>
#include <unordered_map>

#include "models/array/gemm_ports.h"
#include "models/array/gemm_timing.h"
#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "sim/engine/fast/fast_memory.h"
#include "sim/engine/fast/port_rules.h"
#include "sim/engine/repetition.h"

namespace vernier::engine {

class PortSchedule : public IPortSchedule, public IRepeatable {
 public:
  PortSchedule(const isa::Program& program, const machine::Machine& machine,
               const array::GemmTimingModel& timing, PortRules rules = PortRules::all);

  /// A gemm was popped in `cycle`; `timing` is that of the instruction. The one before has ended.
  void start_gemm(const isa::IssuedInstruction& issued, const array::GemmTiming& timing, uint64_t cycle);
  /// A vector instruction was popped in `cycle`; the one before has ended.
  void start_vector(const isa::IssuedInstruction& issued, uint64_t cycle);
  /// The end of the vector instruction as things stand: a gemm that starts later may move it.
  [[nodiscard]] uint64_t vector_end() const { return vector_.end; }
  /// Cycles in which the vector unit was refused; exact once the last instruction has ended.
  [[nodiscard]] uint64_t vector_stalls() const { return finished_stalls_ + vector_.stalls(); }

  [[nodiscard]] PortsLeft left(isa::Scratchpad scratchpad, uint64_t groups, uint64_t cycle) const override;
  [[nodiscard]] uint64_t next_change(isa::Scratchpad scratchpad, uint64_t groups,
                                     uint64_t cycle) const override;
  [[nodiscard]] bool loads_are_free(isa::Scratchpad scratchpad) const override;
  [[nodiscard]] bool unlimited() const override { return rules_ == PortRules::none; }

  [[nodiscard]] bool can_repeat(const Loop&) const override { return true; }
  void describe(StateWords& state) const override;
  void list(Counters& counters) override { counters.add(finished_stalls_); }
  void jump(const Jump& jump) override;

 private:
  static constexpr size_t kScratchpads = 3;
  struct Claim {
    isa::Scratchpad scratchpad = isa::Scratchpad::output;
    uint64_t groups = 0;
    array::PortUse use;
  };
  struct Vector {
    std::array<Claim, 2> claims;  // of a work cycle; the second may be empty (groups 0)
    uint64_t work_begin = 0;
    uint64_t work = 0;     // cycles that must be granted
    uint64_t done = 0;     // of these, before `counted`
    uint64_t counted = 0;  // >= work_begin
    uint64_t end = 0;
    [[nodiscard]] uint64_t stalls() const { return end - work_begin - work; }
  };
  struct Gemm {
    const array::GemmPorts* ports = nullptr;
    uint64_t begin = 0;  // of the first pass
    std::array<uint64_t, kScratchpads> groups{};
  };

  [[nodiscard]] array::UseUntil gemm_use(isa::Scratchpad scratchpad, uint64_t cycle) const;
  [[nodiscard]] bool granted(const Claim& claim, uint64_t cycle, uint64_t& until) const;
  [[nodiscard]] bool vector_granted(uint64_t cycle, uint64_t& until) const;
  void count_vector_to(uint64_t cycle);
  void forecast_vector();

  const isa::Program& program_;
  const machine::Machine& machine_;
  const array::GemmTimingModel& timing_;
  const PortRules rules_;
  bool vectors_write_activations_;
  std::unordered_map<const array::GemmTiming*, array::GemmPorts> known_;
  Gemm gemm_;
  Vector vector_;
  uint64_t finished_stalls_ = 0;
};

}  // namespace vernier::engine
