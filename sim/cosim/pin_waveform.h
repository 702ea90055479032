// SPDX-License-Identifier: Apache-2.0
// The pins of both arrays in lockstep as a waveform, under the names of docs/array.md and
// docs/weight-stationary.md.
#pragma once

#include "models/machine/machine.h"
#include "sim/cosim/lockstep.h"
#include "sim/cosim/two_sided_vcd.h"

namespace vernier::cosim {

template <class Dataflow>
class PinWaveform : public IWatcher<Dataflow> {
 public:
  PinWaveform(const machine::ArrayParams& array, uint64_t begin) : array_(array), vcd_("systemc", begin) {}

  void cycle(uint64_t cycle, const typename Dataflow::Inputs& inputs, const typename Dataflow::Outputs& rtl,
             const typename Dataflow::Outputs& systemc) override;
  [[nodiscard]] const TwoSidedVcd& vcd() const { return vcd_; }

 private:
  machine::ArrayParams array_;
  TwoSidedVcd vcd_;
};

}  // namespace vernier::cosim
