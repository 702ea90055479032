// SPDX-License-Identifier: Apache-2.0
// The SystemC side's weight-stationary array: cycle by cycle at its pins; values by the kernel of the PE
// (docs/weight-stationary.md).
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "models/array/output_unit.h"
#include "models/array/weight_stationary/ws_port.h"
#include "models/formats/group_format.h"
#include "models/machine/machine.h"
#include "models/pe/pe.h"

namespace vernier::array {

class WsArrayModel : public IWsArray {
 public:
  /// An array that ws_reject_array() accepts, in reset state; `formats` are those that passes will name.
  WsArrayModel(const machine::ArrayParams& params, const std::vector<formats::GroupFormat>& formats);

  [[nodiscard]] const WsOutputs& outputs() const override { return outputs_; }
  void tick(const WsInputs& inputs) override;
  void reset() override;

 private:
  void start_pass(const WsInputs& inputs);
  void accept_weights(const uint16_t* weights);
  void advance(const WsInputs& inputs, bool accept);
  void finish_token(const WsInputs& inputs);
  void compute_sums();
  void update_outputs();

  machine::ArrayParams params_;
  const pe::PeDescriptor& pe_;
  std::map<uint8_t, int> unit_exponents_;  // by format code

  // The pass.
  bool busy_ = false;
  int rows_ = 0, cols_ = 0;
  uint8_t format_ = 0;
  OutputMode mode_;
  int rows_loaded_ = 0;
  bool with_values_ = false;
  std::vector<uint16_t> weights_;  // rows_ x C, in the order of K
  bool last_accepted_ = false;
  uint32_t last_token_ = UINT32_MAX;  // of the pass, once it was accepted

  // From the edge register to the bottom of the array: whether each place holds a token. They are in order,
  // so their numbers need not travel.
  std::vector<bool> places_;
  size_t front_ = 0;  // the place that leaves next
  uint32_t accepted_ = 0;
  // Column sums, by token, of those accepted since the last call of the kernel.
  std::vector<uint16_t> pending_acts_;  // tokens x R
  uint32_t pending_from_ = 0;           // first token in pending_acts_
  std::vector<uint32_t> sums_;          // tokens x C, from sums_from_ to pending_from_
  uint32_t sums_from_ = 0;

  // Output units. Stage 1 holds token stage1_token_ (or the one to come), stage 2 the one before.
  bool stage1_ = false, stage2_ = false, held_ = false;
  uint32_t stage1_token_ = 0, stage2_token_ = 0, held_token_ = 0;
  std::vector<uint32_t> stage2_data_, held_data_;

  WsOutputs outputs_;
};

}  // namespace vernier::array
