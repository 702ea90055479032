// SPDX-License-Identifier: Apache-2.0
#include "models/array/pe_array_model.h"

#include <algorithm>

#include "base/error.h"
#include "models/array/group_dequantizer.h"
#include "models/pe/registry.h"

namespace vernier::array {
namespace {

constexpr uint16_t kFp16One = 0x3c00;

size_t product(int a, int b) { return static_cast<size_t>(a) * static_cast<size_t>(b); }

}  // namespace

PeArrayModel::PeArrayModel(const machine::ArrayParams& params,
                           const std::vector<formats::GroupFormat>& formats)
    : params_(params), pe_(pe::pe(params.pe)) {
  for (const formats::GroupFormat& format : formats) {
    for (const formats::ActivationFormat activations : pe_.activations) {
      formats_[pe_.format_code(format, activations)] = {pe_.cycles_per_step(format),
                                                        pe_.unit_exponent(format), format};
    }
  }
  accumulators_.resize(product(params_.rows, params_.cols));
  if (pe_.edge_dequantizer) group_sums_.resize(accumulators_.size());
  out_data_.resize(static_cast<size_t>(params_.rows));
  channel_scales_.resize(static_cast<size_t>(params_.rows));
  reset();
}

void PeArrayModel::reset() {
  busy_ = holding_ = false;
  dequant_busy_ = 0;
  cycles_to_drain_ = next_col_ = stage1_col_ = stage2_col_ = -1;
  update_outputs();
}

void PeArrayModel::tick(const ArrayInputs& inputs) {
  const bool accept = inputs.step_valid && outputs_.step_ready;
  if (dequant_busy_ > 0) --dequant_busy_;
  if (inputs.start) start_pass(inputs);
  if (busy_) {
    advance_output(inputs);
    const bool last_term = holding_ && issue_term();
    if (last_term) holding_ = false;
    if (accept) accept_step(inputs);
  }
  update_outputs();
}

void PeArrayModel::start_pass(const ArrayInputs& inputs) {
  VERNIER_INVARIANT(!busy_, "a pass starts while another runs");
  VERNIER_INVARIANT(
      inputs.rows >= 1 && inputs.rows <= params_.rows && inputs.cols >= 1 && inputs.cols <= params_.cols,
      "{} x {} active PEs of {} x {}", inputs.rows, inputs.cols, params_.rows, params_.cols);
  format_ = &formats_[inputs.format];
  VERNIER_INVARIANT(format_->terms > 0, "format code {} was not announced", inputs.format);
  busy_ = true;
  pass_last_ = false;
  mode_ = {inputs.final, inputs.accumulate, format_->unit_exponent};
  skew_ = params_.delivery == machine::Delivery::systolic ? inputs.rows - 1 + inputs.cols - 1 : 0;
  operands_.rows = params_.rows;
  operands_.cols = params_.cols;
  operands_.lanes = params_.lanes;
  operands_.active_rows = inputs.rows;
  operands_.active_cols = inputs.cols;
  operands_.format = inputs.format;
  clear_operands();
  std::fill(accumulators_.begin(), accumulators_.end(), 0);
  with_values_ = false;
}

void PeArrayModel::clear_operands() {
  operands_.weights.clear();
  operands_.acts.clear();
  operands_.group_ends.assign(1, 0);
  operands_.scales.clear();
  operands_.tags.clear();
}

void PeArrayModel::accept_step(const ArrayInputs& inputs) {
  holding_ = true;
  term_ = 0;
  pass_last_ = inputs.pass_last;
  group_last_ = inputs.group_last || inputs.pass_last;
  ++operands_.group_ends.back();
  if (inputs.weights != nullptr) {
    with_values_ = true;
    operands_.weights.insert(operands_.weights.end(), inputs.weights,
                             inputs.weights + product(params_.rows, params_.lanes));
    operands_.acts.insert(operands_.acts.end(), inputs.acts,
                          inputs.acts + product(params_.cols, params_.lanes * pe_.act_slot_words));
  }
  if (!group_last_) return;
  const auto rows = static_cast<size_t>(params_.rows);
  const auto append = [rows](auto& to, const auto* from) {
    if (from == nullptr) {
      to.insert(to.end(), rows, 0);
    } else {
      to.insert(to.end(), from, from + rows);
    }
  };
  append(operands_.scales, inputs.scales);
  append(operands_.tags, inputs.tags);
  if (pe_.edge_dequantizer) dequantize_groups();
  if (!pass_last_) {
    if (!pe_.edge_dequantizer) operands_.group_ends.push_back(operands_.group_ends.back());
    return;
  }
  if (inputs.channel_scales == nullptr) {
    std::fill(channel_scales_.begin(), channel_scales_.end(), kFp16One);
  } else {
    std::copy_n(inputs.channel_scales, rows, channel_scales_.begin());
  }
}

/// Adds the group that is complete to the output accumulators. Nothing outside sees when.
void PeArrayModel::dequantize_groups() {
  if (with_values_) {
    const auto rows = static_cast<size_t>(params_.rows);
    const auto active_rows = static_cast<size_t>(operands_.active_rows);
    const auto cols = static_cast<size_t>(operands_.active_cols);
    pe_.pass_kernel(operands_, group_sums_.data());
    std::vector<uint32_t> column_sums(cols, 0);
    if (pe_.zero_point != nullptr) sum_row(column_sums.data());
    for (size_t r = 0; r < active_rows; ++r) {
      const uint16_t pin = operands_.scales[r];
      const uint16_t scale = pe_.edge_scale == nullptr ? pin : pe_.edge_scale(format_->weights, pin);
      const int zero =
          pe_.zero_point == nullptr ? 0 : pe_.zero_point(format_->weights, int{operands_.tags[r]});
      for (size_t c = 0; c < cols; ++c) {
        uint32_t& output = accumulators_[c * rows + r];
        output = dequantize_group(output, group_sums_[c * rows + r], column_sums[c], zero, scale);
      }
    }
  }
  clear_operands();
}

/// Group sums of the sum row: the weight 1 everywhere.
void PeArrayModel::sum_row(uint32_t* result) {
  pe::PassOperands ones = operands_;
  ones.rows = ones.active_rows = 1;
  ones.weights.clear();
  for (int step = 0; step < operands_.steps(); ++step) {
    for (int lane = 0; lane < params_.lanes; ++lane) {
      ones.weights.push_back(pe_.one_slot(format_->weights, lane));
    }
  }
  pe_.pass_kernel(ones, result);
}

/// One cycle of the step in the edge register. True if its last term was issued.
bool PeArrayModel::issue_term() {
  const bool last = term_ + 1 == format_->terms;
  if (last && group_last_ && dequant_busy_ > 0) return false;
  if (!last) {
    ++term_;
    return false;
  }
  if (group_last_) dequant_busy_ = group_interval(pe_, params_.delivery, operands_.active_cols);
  if (pass_last_) cycles_to_drain_ = skew_ + tail_cycles(pe_, operands_.active_cols);
  return true;
}

void PeArrayModel::advance_output(const ArrayInputs& inputs) {
  if (cycles_to_drain_ > 0 && --cycles_to_drain_ == 0) {
    cycles_to_drain_ = -1;
    next_col_ = 0;
    if (with_values_ && !pe_.edge_dequantizer) pe_.pass_kernel(operands_, accumulators_.data());
  }
  const bool taken = stage2_col_ >= 0 && inputs.out_ready;
  if (stage2_col_ >= 0 && !taken) return;  // the pipeline waits
  if (taken && stage2_col_ == operands_.active_cols - 1) {
    busy_ = false;
    stage2_col_ = -1;
    return;
  }
  stage2_col_ = stage1_col_;
  if (stage2_col_ >= 0) finish_column(stage2_col_, inputs.partial);
  stage1_col_ = next_col_;
  if (next_col_ >= 0 && ++next_col_ == operands_.active_cols) next_col_ = -1;
}

void PeArrayModel::finish_column(int col, const uint32_t* partial) {
  const uint32_t* x = &accumulators_[product(col, params_.rows)];
  for (size_t r = 0; r < static_cast<size_t>(operands_.active_rows); ++r) {
    out_data_[r] = output_unit(x[r], partial == nullptr ? 0 : partial[r], channel_scales_[r], mode_);
  }
}

void PeArrayModel::update_outputs() {
  // Ready when the edge register is free or is left in this cycle, up to the last step of the pass.
  const bool last_term = holding_ && term_ + 1 == format_->terms;
  const bool stalled = group_last_ && dequant_busy_ > 1;
  outputs_.step_ready = busy_ && !pass_last_ && (!holding_ || (last_term && !stalled));
  outputs_.partial_req = mode_.accumulate && stage1_col_ >= 0;
  outputs_.partial_col = std::max(stage1_col_, 0);
  outputs_.out_valid = stage2_col_ >= 0;
  outputs_.out_col = std::max(stage2_col_, 0);
  outputs_.out_data = out_data_.data();
  outputs_.busy = busy_;
}

}  // namespace vernier::array
