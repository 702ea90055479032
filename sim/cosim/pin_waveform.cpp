// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/pin_waveform.h"

#include "models/pe/registry.h"

namespace vernier::cosim {
namespace {

void put(TwoSidedVcd& vcd, const machine::ArrayParams& array, const array::ArrayInputs& in) {
  const pe::PeDescriptor& pe = pe::pe(array.pe);
  const auto rows = static_cast<size_t>(array.rows);
  const auto lanes = static_cast<size_t>(array.lanes);
  const size_t acts = static_cast<size_t>(array.cols) * lanes * static_cast<size_t>(pe.act_slot_words);
  vcd.put("start", in.start, 1);
  vcd.put("rows", static_cast<uint64_t>(in.rows), 13);
  vcd.put("cols", static_cast<uint64_t>(in.cols), 13);
  vcd.put("format", in.format, 8);
  vcd.put("final", in.final, 1);
  vcd.put("accumulate", in.accumulate, 1);
  vcd.put("step_valid", in.step_valid, 1);
  vcd.put("step_weights", in.weights, rows * lanes, static_cast<size_t>(pe.weight_slot_bits));
  vcd.put("step_acts", in.acts, acts, 16);
  vcd.put("step_group_last", in.group_last, 1);
  vcd.put("step_pass_last", in.pass_last, 1);
  vcd.put("step_scales", in.scales, rows, 16);
  vcd.put("step_tags", in.tags, rows, 8);
  vcd.put("channel_scales", in.channel_scales, rows, 16);
  vcd.put("partial", in.partial, rows, 32);
  vcd.put("out_ready", in.out_ready, 1);
}

void put(TwoSidedVcd& vcd, const machine::ArrayParams& array, const array::ArrayOutputs& out) {
  vcd.put("step_ready", out.step_ready, 1);
  vcd.put("partial_req", out.partial_req, 1);
  vcd.put("partial_col", static_cast<uint64_t>(out.partial_col), 13);
  vcd.put("out_valid", out.out_valid, 1);
  vcd.put("out_col", static_cast<uint64_t>(out.out_col), 13);
  vcd.put("out_data", out.out_valid ? out.out_data : nullptr, static_cast<size_t>(array.rows), 32);
  vcd.put("busy", out.busy, 1);
}

void put(TwoSidedVcd& vcd, const machine::ArrayParams& array, const array::WsInputs& in) {
  const auto cols = static_cast<size_t>(array.cols);
  vcd.put("start", in.start, 1);
  vcd.put("rows", static_cast<uint64_t>(in.rows), 13);
  vcd.put("cols", static_cast<uint64_t>(in.cols), 13);
  vcd.put("format", in.format, 8);
  vcd.put("final", in.final, 1);
  vcd.put("accumulate", in.accumulate, 1);
  vcd.put("weight_valid", in.weight_valid, 1);
  vcd.put("weights", in.weights, cols, static_cast<size_t>(pe::pe(array.pe).weight_slot_bits));
  vcd.put("act_valid", in.act_valid, 1);
  vcd.put("acts", in.acts, static_cast<size_t>(array.rows), 16);
  vcd.put("act_last", in.act_last, 1);
  vcd.put("channel_scales", in.channel_scales, cols, 16);
  vcd.put("partial", in.partial, cols, 32);
  vcd.put("out_ready", in.out_ready, 1);
}

void put(TwoSidedVcd& vcd, const machine::ArrayParams& array, const array::WsOutputs& out) {
  vcd.put("weight_ready", out.weight_ready, 1);
  vcd.put("act_ready", out.act_ready, 1);
  vcd.put("partial_req", out.partial_req, 1);
  vcd.put("partial_token", out.partial_token, 32);
  vcd.put("out_valid", out.out_valid, 1);
  vcd.put("out_token", out.out_token, 32);
  vcd.put("out_data", out.out_valid ? out.out_data : nullptr, static_cast<size_t>(array.cols), 32);
  vcd.put("busy", out.busy, 1);
}

}  // namespace

template <class Dataflow>
void PinWaveform<Dataflow>::cycle(uint64_t cycle, const typename Dataflow::Inputs& inputs,
                                  const typename Dataflow::Outputs& rtl,
                                  const typename Dataflow::Outputs& systemc) {
  if (!vcd_.start_cycle(cycle)) return;
  put(vcd_, array_, inputs);
  vcd_.inputs_end();
  put(vcd_, array_, rtl);
  put(vcd_, array_, systemc);
}

template class PinWaveform<OutputStationary>;
template class PinWaveform<WeightStationary>;

}  // namespace vernier::cosim
