// SPDX-License-Identifier: Apache-2.0
// The pins of both arrays in lockstep as a waveform, under the names of docs/array.md.
#pragma once

#include "models/machine/machine.h"
#include "sim/cosim/lockstep.h"
#include "sim/cosim/two_sided_vcd.h"

namespace vernier::cosim {

class PinWaveform : public IWatcher {
 public:
  PinWaveform(const machine::ArrayParams& array, uint64_t begin);

  void cycle(uint64_t cycle, const array::ArrayInputs& inputs, const array::ArrayOutputs& rtl,
             const array::ArrayOutputs& systemc) override;
  [[nodiscard]] const TwoSidedVcd& vcd() const { return vcd_; }

 private:
  void inputs(const array::ArrayInputs& inputs);
  void outputs(const array::ArrayOutputs& outputs);

  size_t rows_, weight_slots_, acts_;
  size_t slot_bits_;
  TwoSidedVcd vcd_;
};

}  // namespace vernier::cosim
