// SPDX-License-Identifier: Apache-2.0
#include "models/array/weight_stationary/ws_compute.h"

#include <algorithm>

namespace vernier::array {

void WsCompute::start(const isa::IssuedInstruction& issued, const formats::GroupFormat& format,
                      uint64_t cycle) {
  const isa::Instruction& gemm = *issued.instruction;
  issued_ = issued;
  format_ = &format;
  layout_ = {issued.out, gemm.m, gemm.n};
  operand_ports_ = OperandPorts(machine_, issued, format);
  n0_ = k0_ = 0;
  if (image_ != nullptr) {
    check_gemm_bounds(issued, format, machine_);
    weights_ =
        unpack_weight_block(format, &image_->weight_spad[issued.weight], weight_shape(gemm, machine_.array));
  }
  begin_pass(cycle);
}

void WsCompute::begin_pass(uint64_t cycle) {
  const isa::Instruction& gemm = *issued_.instruction;
  const auto cols = static_cast<uint32_t>(machine_.array.cols);
  const uint32_t k = std::min(gemm.k - k0_, static_cast<uint32_t>(machine_.array.rows));
  shape_ = {gemm.m,
            std::min(gemm.n - n0_, cols),
            k,
            gemm.final && k0_ + k == gemm.k,
            gemm.accumulate || k0_ > 0,
            gemm.act_format};
  cycles_ = ws_ports(machine_, *format_, shape_);
  begin_ = cycle;
  rows_accepted_ = tokens_accepted_ = results_taken_ = 0;
  row_offered_ = cycle + static_cast<uint64_t>(machine_.weight_spad.read_latency_cycles + cycles_.weight_row);
  token_offered_ =
      cycle + static_cast<uint64_t>(machine_.activation_spad.read_latency_cycles + cycles_.token);
  results_shown_ = false;
  write_free_ = 0;
  if (image_ == nullptr) return;
  channel_scales_.assign(cols, 0);
  for (size_t c = 0; c < static_cast<size_t>(shape_.n); ++c) {
    channel_scales_[c] = channel_scale_pin(weights_, n0_ + c, gemm.act_scale);
  }
}

bool WsCompute::run(uint64_t now) {
  const isa::Instruction& gemm = *issued_.instruction;
  const WsOutputs& outputs = array_.outputs();
  const int64_t rows_before = rows_accepted_;
  WsInputs inputs;
  inputs.start = now == begin_;
  inputs.rows = static_cast<int>(shape_.k);
  inputs.cols = static_cast<int>(shape_.n);
  inputs.format = pe_.format_code(*format_, gemm.act_format);
  inputs.final = shape_.final;
  inputs.accumulate = shape_.accumulate;
  if (image_ != nullptr) inputs.channel_scales = channel_scales_.data();
  if (rows_accepted_ < shape_.k && now >= row_offered_) offer_weights(now, outputs, inputs);
  if (tokens_accepted_ < shape_.m && now >= token_offered_) offer_activations(now, outputs, inputs);
  if (outputs.partial_req) inputs.partial = old_partials(outputs.partial_token);
  inputs.out_ready = now >= write_free_;
  if (outputs.out_valid && inputs.out_ready) take_result(now, outputs);
  results_shown_ |= outputs.out_valid;
  claim_ports(now, rows_before);
  note_pins(inputs, outputs);
  const bool pass_ends = results_taken_ == shape_.m && now + 1 == write_free_;
  array_.tick(inputs);
  return pass_ends && end_pass(now);
}

/// `rows_before`: rows of weights accepted in earlier cycles.
void WsCompute::claim_ports(uint64_t now, int64_t rows_before) {
  if (rows_before < shape_.k) {
    operand_ports_.read_weights(scratchpads_, now);
  } else {
    operand_ports_.read_activations(scratchpads_, now);
  }
  if (results_shown_) operand_ports_.write_results(scratchpads_, now, shape_.accumulate);
}

/// True if it was the last pass of the instruction; else the next one begins.
bool WsCompute::end_pass(uint64_t now) {
  const isa::Instruction& gemm = *issued_.instruction;
  macs_ += static_cast<uint64_t>(shape_.m * shape_.n * shape_.k);
  if (shape_.final && format_->has_channel_scale())
    counts_.weight_read_bits += static_cast<uint64_t>(shape_.n * 16);
  k0_ += static_cast<uint32_t>(shape_.k);
  if (k0_ == gemm.k) {
    k0_ = 0;
    n0_ += static_cast<uint32_t>(shape_.n);
  }
  if (n0_ == gemm.n) return true;
  begin_pass(now + 1);
  return false;
}

void WsCompute::offer_weights(uint64_t now, const WsOutputs& outputs, WsInputs& inputs) {
  inputs.weight_valid = true;
  if (image_ != nullptr) {
    // From the last element of the tile to the first.
    const size_t k = k0_ + static_cast<size_t>(shape_.k - 1 - rows_accepted_);
    weight_row_.assign(static_cast<size_t>(machine_.array.cols), 0);
    for (size_t c = 0; c < static_cast<size_t>(shape_.n); ++c) {
      weight_row_[c] = weights_.codes[(n0_ + c) * issued_.instruction->k + k];
    }
    inputs.weights = weight_row_.data();
  }
  if (!outputs.weight_ready) return;
  ++rows_accepted_;
  row_offered_ = now + static_cast<uint64_t>(cycles_.weight_row);
  counts_.weight_read_bits += static_cast<uint64_t>(shape_.n * format_->element_bits);
}

void WsCompute::offer_activations(uint64_t now, const WsOutputs& outputs, WsInputs& inputs) {
  const isa::Instruction& gemm = *issued_.instruction;
  inputs.act_valid = true;
  inputs.act_last = tokens_accepted_ + 1 == shape_.m;
  if (image_ != nullptr) {
    const uint64_t row = issued_.activation +
                         static_cast<uint64_t>(tokens_accepted_) * activation_bytes(gemm.act_format, gemm.k);
    token_.assign(static_cast<size_t>(machine_.array.rows), 0);
    activation_words(gemm.act_format, &image_->activation_spad[row], k0_, static_cast<uint64_t>(shape_.k), 1,
                     token_.data());
    inputs.acts = token_.data();
  }
  if (!outputs.act_ready) return;
  ++tokens_accepted_;
  token_offered_ = now + static_cast<uint64_t>(cycles_.token);
  const auto pes = static_cast<uint64_t>(shape_.n * shape_.k);
  counts_.pe_steps += pes;
  counts_.pe_terms += pes;
  counts_.activation_read_bits += 8 * activation_bytes(gemm.act_format, static_cast<uint64_t>(shape_.k));
}

void WsCompute::take_result(uint64_t now, const WsOutputs& outputs) {
  write_free_ = now + static_cast<uint64_t>(cycles_.result);
  ++results_taken_;
  const auto n = static_cast<uint64_t>(shape_.n);
  counts_.outputs += n;
  counts_.output_write_bits += n * (shape_.final ? 16 : 32);
  if (shape_.accumulate) counts_.output_read_bits += n * 32;
  if (image_ == nullptr) return;
  for (uint64_t c = 0; c < n; ++c) {
    const uint32_t value = outputs.out_data[c];
    if (shape_.final) {
      store_u16(image_->output_spad, layout_.final_address(outputs.out_token, n0_ + c),
                static_cast<uint16_t>(value));
    } else {
      store_u32(image_->output_spad, layout_.partial_address(outputs.out_token, n0_ + c), value);
    }
  }
}

const uint32_t* WsCompute::old_partials(uint32_t token) {
  if (image_ == nullptr) return nullptr;
  partials_.assign(static_cast<size_t>(machine_.array.cols), 0);
  for (size_t c = 0; c < static_cast<size_t>(shape_.n); ++c) {
    partials_[c] = load_u32(image_->output_spad, layout_.partial_address(token, n0_ + c));
  }
  return partials_.data();
}

void WsCompute::note_pins(const WsInputs& inputs, const WsOutputs& outputs) {
  pins_.start = inputs.start;
  pins_.weight_valid = inputs.weight_valid;
  pins_.weight_ready = outputs.weight_ready;
  pins_.act_valid = inputs.act_valid;
  pins_.act_ready = outputs.act_ready;
  pins_.act_last = inputs.act_last;
  pins_.partial_req = outputs.partial_req;
  pins_.partial_token = outputs.partial_token;
  pins_.out_valid = outputs.out_valid;
  pins_.out_ready = inputs.out_ready;
  pins_.out_token = outputs.out_token;
  pins_.busy = outputs.busy;
  pins_.tile_n = n0_;
  pins_.tile_k = k0_;
}

}  // namespace vernier::array
