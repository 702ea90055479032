// SPDX-License-Identifier: Apache-2.0
// Where every cycle of a run went, and what every operator did: rows of a report from the instruction log.
#pragma once

#include <vector>

#include "models/array/gemm_timing.h"
#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "sim/engine/run_log.h"
#include "sim/report/run_result.h"

namespace vernier::engine {

/// Bytes [begin, end) of DRAM; empty if they are equal.
struct DramRange {
  uint64_t begin = 0;
  uint64_t end = 0;

  [[nodiscard]] bool contains(uint64_t address) const { return address >= begin && address < end; }
};

/// Gives each cycle to exactly one operator and one cause:
///   - while a gemm runs, to it: fill, compute, operand stall, drain as docs/timing.md splits a pass;
///   - else while the vector unit works, to its operator: vector;
///   - else the array and the vector unit wait, and the cycle goes to the operator that starts next on either
///   of
///     them: load stall if a load is in flight, else store stall if a store is, else idle.
/// Cycles after the last gemm and vector instruction go to the operator of that instruction.
class AttributionObserver : public IRunObserver {
 public:
  /// `kv_weights[op]`, `kv_results[op]`: the weight operand (the result) of that operator is key/value cache;
  /// what it loads from `kv_operands[op]` is, too.
  AttributionObserver(const isa::Program& program, const machine::Machine& machine,
                      std::vector<bool> kv_weights, std::vector<bool> kv_results,
                      std::vector<DramRange> kv_operands);

  void on_start(const isa::IssuedInstruction& issued, uint64_t cycle) override;
  void on_end(const isa::IssuedInstruction& issued, uint64_t cycle, uint64_t bursts) override;
  void on_finish(uint64_t cycles) override;

  [[nodiscard]] bool can_repeat(const Loop& loop) const override;
  void describe(StateWords& state) const override;
  void list(Counters& counters) override;
  void jump(const Jump& jump) override { last_cycle_ = jump.later(last_cycle_); }

  /// One row per Program::ops; after the run.
  [[nodiscard]] const std::vector<report::LayerRow>& rows() const { return rows_; }
  /// Sum over all gemm instructions of their descriptors' counts.
  [[nodiscard]] const array::GemmTiming& gemms() const { return gemms_; }

 private:
  struct Waiting {
    uint64_t load = 0, store = 0, idle = 0;
  };
  /// Events of one operator beside those of the array.
  struct OpEvents {
    array::EventCounts array;
    uint64_t mac_cycles = 0;  ///< multiply-accumulates, each as often as the cycles of its step
    uint64_t vector_elements = 0;
    uint64_t read_bursts = 0, write_bursts = 0;
    uint64_t weight_write_bits = 0, activation_write_bits = 0, output_write_bits = 0, output_read_bits = 0;
  };
  void advance(uint64_t cycle);
  void settle(uint32_t op);
  void count_transfer(const isa::IssuedInstruction& issued, uint64_t bursts);
  void count_vector(const isa::IssuedInstruction& issued);
  void count_gemm(const isa::Instruction& instruction);

  const isa::Program& program_;
  const machine::Machine& machine_;
  array::GemmTimingModel timing_;
  std::vector<bool> kv_weights_, kv_results_;
  std::vector<DramRange> kv_operands_;
  std::vector<report::LayerRow> rows_;
  std::vector<OpEvents> events_;
  array::GemmTiming gemms_;
  uint64_t last_cycle_ = 0;
  Waiting waiting_;
  int gemms_running_ = 0, vectors_running_ = 0, loads_running_ = 0, stores_running_ = 0;
  uint32_t vector_op_ = 0;
  uint32_t last_op_ = 0;
};

}  // namespace vernier::engine
