// SPDX-License-Identifier: Apache-2.0
// Timing descriptor of the PE array: cycles of a gemm instruction without simulating it, and the
// events it causes. Source of every rule: docs/timing.md, section GEMM.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "models/formats/group_format.h"
#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "models/pe/pe.h"

namespace vernier::array {

/// What happened in an interval, counted identically by every engine; energy is computed from these.
struct EventCounts {
  uint64_t pe_steps = 0;          ///< PE steps: active rows * active columns, per array step
  uint64_t pe_terms = 0;          ///< PE cycles doing terms: pe_steps * T
  uint64_t group_ends = 0;        ///< group dequantizations over active PEs (0 for PEs without groups)
  uint64_t outputs = 0;           ///< accumulators drained
  uint64_t weight_read_bits = 0;  ///< weight scratchpad reads by the array
  uint64_t activation_read_bits = 0;
  uint64_t output_write_bits = 0;  ///< output scratchpad writes by the array
  uint64_t output_read_bits = 0;   ///< partial sums read back by the array

  uint64_t sum_row_terms = 0;  ///< PE cycles of the sum row
  // Output-stationary arrays: terms issued at the edges of active rows, the sum row is one; steps taken at
  // the edges of active columns.
  uint64_t row_terms = 0, column_steps = 0;

  EventCounts& operator+=(const EventCounts& other);
  EventCounts& operator*=(uint64_t factor);
  [[nodiscard]] bool operator==(const EventCounts& other) const;
};

/// Cycles of one pass or of a whole gemm instruction, split by cause; the parts sum to `cycles`.
struct GemmTiming {
  uint64_t cycles = 0;
  uint64_t fill = 0;           ///< from the start until the first step is accepted
  uint64_t compute = 0;        ///< steps * T
  uint64_t operand_stall = 0;  ///< array waiting for operand ports or for the group dequantizer
  uint64_t drain = 0;          ///< from the last term to the end of the pass
  uint64_t macs = 0;           ///< useful multiply-accumulates m * n * k
  EventCounts counts;

  GemmTiming& operator+=(const GemmTiming& other);
  GemmTiming& operator*=(uint64_t factor);
};

/// Timing of gemm instructions on one machine. Results are remembered per shape.
class GemmTimingModel {
 public:
  /// `formats` are those of the program; each must be one the machine's PE takes.
  GemmTimingModel(const machine::Machine& machine, const std::vector<std::string>& formats);

  /// One pass of an output-stationary array: n <= R rows, m <= C columns and k elements along K.
  [[nodiscard]] GemmTiming pass(
      int format, int64_t m, int64_t n, int64_t k, bool final, bool accumulate,
      formats::ActivationFormat activations = formats::ActivationFormat::fp16) const;

  /// A whole gemm instruction (start cycle included). The reference stays valid.
  const GemmTiming& instruction(const isa::Instruction& gemm);

  [[nodiscard]] const formats::GroupFormat& format(int index) const {
    return formats_[static_cast<size_t>(index)];
  }
  [[nodiscard]] int cycles_per_step(int index) const { return cycles_per_step_[static_cast<size_t>(index)]; }
  [[nodiscard]] const pe::PeDescriptor& pe() const { return pe_; }

 private:
  struct Key {
    uint32_t m, n, k;
    uint8_t format;
    formats::ActivationFormat activations;
    bool final, accumulate;
    bool operator==(const Key& other) const;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };

  const machine::Machine& machine_;
  const pe::PeDescriptor& pe_;
  std::vector<formats::GroupFormat> formats_;
  std::vector<int> cycles_per_step_;
  std::unordered_map<Key, GemmTiming, KeyHash> known_;
};

/// The steps of one group along K: the cycle (from the beginning of the pass) in which its first step is
/// accepted, how many there are, and the cycle in which the last term of the last one is issued.
struct AcceptedGroup {
  int64_t first_accept = 0;
  int64_t steps = 0;
  int64_t last_issue = 0;
};

/// Of one pass of an output-stationary array, all groups in order (docs/timing.md, section GEMM).
[[nodiscard]] std::vector<AcceptedGroup> accepted_groups(const machine::Machine& machine,
                                                         const GemmTimingModel& model, int format, int64_t m,
                                                         int64_t n, int64_t k,
                                                         formats::ActivationFormat activations);

/// Cycles in which the weights, with `starts_group` and the group parameters, of a step are read.
[[nodiscard]] int64_t weight_fetch_cycles(const machine::Machine& machine, const formats::GroupFormat& format,
                                          int64_t n, bool starts_group);
/// Cycles in which its activations are read.
[[nodiscard]] int64_t activation_fetch_cycles(const machine::Machine& machine,
                                              formats::ActivationFormat activations, int64_t m);

/// Operand fetch time of one step in cycles (docs/timing.md): f, or f0 with the group parameters.
[[nodiscard]] int64_t fetch_cycles(const machine::Machine& machine, const formats::GroupFormat& format,
                                   formats::ActivationFormat activations, int64_t m, int64_t n,
                                   bool starts_group);

/// Activation scratchpad bits of one column and step.
[[nodiscard]] int64_t step_activation_bits(const machine::Machine& machine,
                                           formats::ActivationFormat activations);

/// Cycles of the output scratchpad for one drained column of n values: to write it, and if it accumulates to
/// read the old partial sums, which costs cycles of its own only where there is one port for both.
[[nodiscard]] int64_t column_write_cycles(const machine::Machine& machine, int64_t n, bool final,
                                          bool accumulate);

}  // namespace vernier::array
