// SPDX-License-Identifier: Apache-2.0
// Decides the inputs of every cycle of a vector. Inputs without a meaning in a cycle get garbage. An offer
// stands until it is accepted.
#pragma once

#include <vector>

#include "models/array/array_port.h"
#include "models/array/weight_stationary/ws_port.h"
#include "models/machine/machine.h"
#include "sim/cosim/test_vector.h"
#include "sim/cosim/ws_vector.h"

namespace vernier::cosim {

/// Of an output-stationary array.
class Driver {
 public:
  Driver(const TestVector& vector, const machine::ArrayParams& array);

  /// Before the pass.
  array::ArrayInputs idle();
  /// The first cycle of the pass.
  array::ArrayInputs start();
  /// A cycle of the pass with these outputs.
  array::ArrayInputs run(const array::ArrayOutputs& outputs);

 private:
  array::ArrayInputs controls();
  [[nodiscard]] array::ArrayInputs with_partial(array::ArrayInputs in,
                                                const array::ArrayOutputs& outputs) const;

  const Pass& pass_;
  const Conditions& conditions_;
  Random random_;
  uint8_t format_code_;
  Step garbage_;
  std::vector<uint32_t> garbage_partial_;
  size_t step_ = 0;
  bool offering_ = false;
};

/// Of a weight-stationary array.
class WsDriver {
 public:
  WsDriver(const WsVector& vector, const machine::ArrayParams& array);

  array::WsInputs idle();
  array::WsInputs start();
  array::WsInputs run(const array::WsOutputs& outputs);

 private:
  const WsPass& pass_;
  const WsConditions& conditions_;
  Random random_;
  uint8_t format_code_;
  std::vector<uint16_t> garbage_weights_, garbage_acts_;
  std::vector<uint32_t> garbage_partial_;
  size_t rows_ = 0, tokens_ = 0;  // accepted
  bool offering_weights_ = false, offering_acts_ = false;
};

}  // namespace vernier::cosim
