// SPDX-License-Identifier: Apache-2.0
#include "models/array/weight_stationary/ws_array_model.h"

#include <algorithm>

#include "base/error.h"
#include "models/array/weight_stationary/ws_rules.h"
#include "models/formats/ieee.h"
#include "models/pe/registry.h"

namespace vernier::array {

WsArrayModel::WsArrayModel(const machine::ArrayParams& params,
                           const std::vector<formats::GroupFormat>& formats)
    : params_(params), pe_(pe::pe(params.pe)) {
  const auto refusal = ws_reject_array(params);
  VERNIER_INVARIANT(!refusal, "{}", *refusal);
  for (const formats::GroupFormat& format : formats) {
    for (const formats::ActivationFormat activations : pe_.activations) {
      unit_exponents_[pe_.format_code(format, activations)] = pe_.unit_exponent(format);
    }
  }
  // Edge register, product register, R sums and C - 1 hops of the column that is reached last.
  places_.resize(static_cast<size_t>(params_.rows) + static_cast<size_t>(params_.cols) + 1);
  stage2_data_.resize(static_cast<size_t>(params_.cols));
  held_data_.resize(static_cast<size_t>(params_.cols));
  reset();
}

void WsArrayModel::reset() {
  busy_ = stage1_ = stage2_ = held_ = false;
  rows_loaded_ = rows_ = 0;
  last_accepted_ = false;
  places_.assign(places_.size(), false);
  update_outputs();
}

void WsArrayModel::tick(const WsInputs& inputs) {
  if (inputs.start) start_pass(inputs);
  if (outputs_.weight_ready && inputs.weight_valid) accept_weights(inputs.weights);
  const bool taken = outputs_.out_valid && inputs.out_ready;
  const bool pass_ends = taken && outputs_.out_token == last_token_;
  if (held_) {
    held_ = !taken;
  } else {
    if (stage2_ && !taken) {
      held_ = true;
      held_token_ = stage2_token_;
      held_data_.swap(stage2_data_);
    }
    advance(inputs, outputs_.act_ready && inputs.act_valid);
  }
  if (pass_ends) busy_ = false;
  update_outputs();
}

void WsArrayModel::start_pass(const WsInputs& inputs) {
  VERNIER_INVARIANT(!busy_, "a pass starts while another runs");
  VERNIER_INVARIANT(
      inputs.rows >= 1 && inputs.rows <= params_.rows && inputs.cols >= 1 && inputs.cols <= params_.cols,
      "{} x {} active PEs of {} x {}", inputs.rows, inputs.cols, params_.rows, params_.cols);
  const auto format = unit_exponents_.find(inputs.format);
  VERNIER_INVARIANT(format != unit_exponents_.end(), "format code {} was not announced", inputs.format);
  busy_ = true;
  rows_ = inputs.rows;
  cols_ = inputs.cols;
  format_ = inputs.format;
  mode_ = {inputs.final, inputs.accumulate, format->second};
  rows_loaded_ = 0;
  with_values_ = false;
  last_accepted_ = false;
  last_token_ = UINT32_MAX;
  accepted_ = pending_from_ = sums_from_ = stage1_token_ = 0;
  pending_acts_.clear();
  sums_.clear();
}

void WsArrayModel::accept_weights(const uint16_t* weights) {
  ++rows_loaded_;
  if (weights == nullptr) return;
  const auto cols = static_cast<size_t>(params_.cols);
  with_values_ = true;
  weights_.resize(static_cast<size_t>(rows_) * cols);
  std::copy_n(weights, cols, &weights_[static_cast<size_t>(rows_ - rows_loaded_) * cols]);
}

/// One cycle in which nothing stalls: every token moves on by one place.
void WsArrayModel::advance(const WsInputs& inputs, bool accept) {
  stage2_ = stage1_;
  if (stage1_) finish_token(inputs);
  stage1_ = places_[front_];
  places_[front_] = accept;
  front_ = front_ + 1 == places_.size() ? 0 : front_ + 1;
  if (!accept) return;
  if (inputs.act_last) {
    last_accepted_ = true;
    last_token_ = accepted_;
  }
  ++accepted_;
  if (with_values_) pending_acts_.insert(pending_acts_.end(), inputs.acts, inputs.acts + params_.rows);
}

/// Stage 1 to stage 2.
void WsArrayModel::finish_token(const WsInputs& inputs) {
  stage2_token_ = stage1_token_++;
  if (!with_values_) {
    std::fill(stage2_data_.begin(), stage2_data_.end(), 0);
    return;
  }
  if (stage2_token_ == pending_from_) compute_sums();
  const auto cols = static_cast<size_t>(params_.cols);
  const uint32_t* x = &sums_[(stage2_token_ - sums_from_) * cols];
  for (size_t c = 0; c < static_cast<size_t>(cols_); ++c) {
    const uint16_t scale = inputs.channel_scales == nullptr ? formats::kFp16One : inputs.channel_scales[c];
    stage2_data_[c] = output_unit(x[c], inputs.partial == nullptr ? 0 : inputs.partial[c], scale, mode_);
  }
}

/// The sums down the columns, of all tokens that wait for them. A column adds up what one output-stationary
/// PE would over the same elements, so its kernel serves: channels as its rows, tokens as its columns.
void WsArrayModel::compute_sums() {
  const auto tokens = static_cast<size_t>(accepted_ - pending_from_);
  const auto array_rows = static_cast<size_t>(params_.rows);
  pe::PassOperands operands;
  operands.rows = params_.cols;
  operands.cols = static_cast<int>(tokens);
  operands.lanes = 1;
  operands.active_rows = cols_;
  operands.active_cols = static_cast<int>(tokens);
  operands.format = format_;
  operands.weights = weights_;
  operands.acts.resize(static_cast<size_t>(rows_) * tokens);
  for (size_t k = 0; k < static_cast<size_t>(rows_); ++k) {
    for (size_t t = 0; t < tokens; ++t) operands.acts[k * tokens + t] = pending_acts_[t * array_rows + k];
  }
  operands.group_ends = {rows_};
  operands.scales.assign(static_cast<size_t>(params_.cols), formats::kFp16One);
  operands.tags.assign(static_cast<size_t>(params_.cols), 0);
  sums_.assign(tokens * static_cast<size_t>(params_.cols), 0);
  pe_.pass_kernel(operands, sums_.data());
  sums_from_ = pending_from_;
  pending_from_ = accepted_;
  pending_acts_.clear();
}

void WsArrayModel::update_outputs() {
  outputs_.weight_ready = busy_ && rows_loaded_ < rows_;
  outputs_.act_ready = busy_ && rows_loaded_ == rows_ && !last_accepted_ && !held_;
  outputs_.partial_req = mode_.accumulate && stage1_;
  outputs_.partial_token = stage1_token_;
  outputs_.out_valid = held_ || stage2_;
  outputs_.out_token = held_ ? held_token_ : stage2_token_;
  outputs_.out_data = held_ ? held_data_.data() : stage2_data_.data();
  outputs_.busy = busy_;
}

}  // namespace vernier::array
