// SPDX-License-Identifier: Apache-2.0
// The PE array as one cycle model with vectorised state: the same pins, cycles and bits as rtl/array.
//
// The controller (handshakes, group dequantizer, drain) advances every cycle. The values of the PEs are
// computed by the PE's kernel when the pass (or the group, if it is scaled at the edge) is complete: nothing
// outside can see an accumulator before it is drained. Operands given as null pointers make a timing-only run
// (results are zero).
#pragma once

#include <array>
#include <vector>

#include "models/array/array_port.h"
#include "models/array/output_unit.h"
#include "models/formats/group_format.h"
#include "models/machine/machine.h"
#include "models/pe/kernel.h"
#include "models/pe/pe.h"

namespace vernier::array {

class PeArrayModel : public IPeArray {
 public:
  /// `formats`: the weight formats that may arrive (their codes on the format pin).
  PeArrayModel(const machine::ArrayParams& params, const std::vector<formats::GroupFormat>& formats);

  [[nodiscard]] const ArrayOutputs& outputs() const override { return outputs_; }
  void tick(const ArrayInputs& inputs) override;
  void reset() override;

 private:
  struct FormatFacts {
    int terms = 0;  // 0 = this code may not arrive
    int unit_exponent = 0;
    formats::GroupFormat weights;
  };

  void start_pass(const ArrayInputs& inputs);
  void clear_operands();
  void accept_step(const ArrayInputs& inputs);
  void dequantize_groups();
  void sum_row(uint32_t* result);
  bool issue_term();
  void advance_output(const ArrayInputs& inputs);
  void finish_column(int col, const uint32_t* partial);
  void update_outputs();

  machine::ArrayParams params_;
  const pe::PeDescriptor& pe_;
  std::array<FormatFacts, 256> formats_{};
  ArrayOutputs outputs_;

  // Sampled at the start of a pass.
  bool busy_ = false;
  OutputMode mode_;
  const FormatFacts* format_ = nullptr;
  int skew_ = 0;

  // The step in the edge register.
  bool holding_ = false;
  int term_ = 0;
  bool group_last_ = false;
  bool pass_last_ = false;
  int dequant_busy_ = 0;  // cycles until a group may end again

  // Drain: a two-stage pipeline behind the accumulators.
  int cycles_to_drain_ = -1;  // until column 0 enters stage 1; -1 = not counting
  int next_col_ = -1;         // column that enters stage 1 next; -1 = not draining
  int stage1_col_ = -1;       // -1 = empty
  int stage2_col_ = -1;

  bool with_values_ = false;
  pe::PassOperands operands_;
  std::vector<uint16_t> channel_scales_;
  std::vector<uint32_t> accumulators_;  // C x R, fp32 bits
  std::vector<uint32_t> group_sums_;    // the same, with dequantizers at the edge
  std::vector<uint32_t> out_data_;      // R
};

}  // namespace vernier::array
