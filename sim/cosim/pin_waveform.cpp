// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/pin_waveform.h"

#include "models/pe/registry.h"

namespace vernier::cosim {

PinWaveform::PinWaveform(const machine::ArrayParams& array, uint64_t begin)
    : rows_(static_cast<size_t>(array.rows)),
      weight_slots_(rows_ * static_cast<size_t>(array.lanes)),
      acts_(static_cast<size_t>(array.cols) * static_cast<size_t>(array.lanes) *
            static_cast<size_t>(pe::pe(array.pe).act_slot_words)),
      slot_bits_(static_cast<size_t>(pe::pe(array.pe).weight_slot_bits)),
      vcd_("systemc", begin) {}

void PinWaveform::cycle(uint64_t cycle, const array::ArrayInputs& in, const array::ArrayOutputs& rtl,
                        const array::ArrayOutputs& systemc) {
  if (!vcd_.start_cycle(cycle)) return;
  inputs(in);
  vcd_.inputs_end();
  outputs(rtl);
  outputs(systemc);
}

void PinWaveform::inputs(const array::ArrayInputs& in) {
  vcd_.put("start", in.start, 1);
  vcd_.put("rows", static_cast<uint64_t>(in.rows), 13);
  vcd_.put("cols", static_cast<uint64_t>(in.cols), 13);
  vcd_.put("format", in.format, 8);
  vcd_.put("final", in.final, 1);
  vcd_.put("accumulate", in.accumulate, 1);
  vcd_.put("step_valid", in.step_valid, 1);
  vcd_.put("step_weights", in.weights, weight_slots_, slot_bits_);
  vcd_.put("step_acts", in.acts, acts_, 16);
  vcd_.put("step_group_last", in.group_last, 1);
  vcd_.put("step_pass_last", in.pass_last, 1);
  vcd_.put("step_scales", in.scales, rows_, 16);
  vcd_.put("step_tags", in.tags, rows_, 8);
  vcd_.put("channel_scales", in.channel_scales, rows_, 16);
  vcd_.put("partial", in.partial, rows_, 32);
  vcd_.put("out_ready", in.out_ready, 1);
}

void PinWaveform::outputs(const array::ArrayOutputs& out) {
  vcd_.put("step_ready", out.step_ready, 1);
  vcd_.put("partial_req", out.partial_req, 1);
  vcd_.put("partial_col", static_cast<uint64_t>(out.partial_col), 13);
  vcd_.put("out_valid", out.out_valid, 1);
  vcd_.put("out_col", static_cast<uint64_t>(out.out_col), 13);
  vcd_.put("out_data", out.out_valid ? out.out_data : nullptr, rows_, 32);
  vcd_.put("busy", out.busy, 1);
}

}  // namespace vernier::cosim
