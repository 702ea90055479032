// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/driver.h"

#include "models/pe/registry.h"
#include "sim/cosim/operands.h"

namespace vernier::cosim {
namespace {

void offer(array::ArrayInputs& in, const Step& step) {
  in.weights = step.weights.data();
  in.acts = step.acts.data();
  in.scales = step.scales.data();
  in.tags = step.tags.data();
  in.group_last = step.group_last;
  in.pass_last = step.pass_last;
}

}  // namespace

Driver::Driver(const TestVector& vector, const machine::ArrayParams& array)
    : pass_(vector.pass),
      conditions_(vector.conditions),
      random_(vector.random),
      format_code_(pe::pe(array.pe).format_code(pass_.format, pass_.activations)) {
  garbage_ = garbage_step(array, pass_.format, random_, nullptr);
  for (int r = 0; r < array.rows; ++r) garbage_partial_.push_back(static_cast<uint32_t>(random_.bits()));
}

array::ArrayInputs Driver::idle() {
  array::ArrayInputs in = controls();
  offer(in, garbage_);
  in.step_valid = random_.chance(50);
  return in;
}

array::ArrayInputs Driver::start() {
  array::ArrayInputs in = idle();
  in.start = true;
  in.rows = pass_.rows;
  in.cols = pass_.cols;
  in.format = format_code_;
  in.final = pass_.final;
  in.accumulate = pass_.accumulate;
  step_ = 0;
  offering_ = false;
  return in;
}

array::ArrayInputs Driver::run(const array::ArrayOutputs& outputs) {
  if (step_ == pass_.steps.size()) return with_partial(idle(), outputs);
  array::ArrayInputs in = controls();
  offering_ = offering_ || !random_.chance(conditions_.gap_percent);
  offer(in, offering_ ? pass_.steps[step_] : garbage_);
  in.step_valid = offering_;
  if (offering_ && outputs.step_ready) {
    ++step_;
    offering_ = false;
  }
  return with_partial(in, outputs);
}

array::ArrayInputs Driver::controls() {
  array::ArrayInputs in;
  in.rows = random_.pick(0, 8191);
  in.cols = random_.pick(0, 8191);
  in.format = static_cast<uint8_t>(random_.bits());
  in.final = random_.chance(50);
  in.accumulate = random_.chance(50);
  in.channel_scales = pass_.channel_scales.data();
  in.partial = garbage_partial_.data();
  in.out_ready = !random_.chance(conditions_.stall_percent);
  return in;
}

array::ArrayInputs Driver::with_partial(array::ArrayInputs in, const array::ArrayOutputs& outputs) const {
  const auto col = static_cast<size_t>(outputs.partial_col);
  if (outputs.partial_req && col < pass_.old.size()) in.partial = pass_.old[col].data();
  return in;
}

WsDriver::WsDriver(const WsVector& vector, const machine::ArrayParams& array)
    : pass_(vector.pass),
      conditions_(vector.conditions),
      random_(vector.random),
      format_code_(pe::pe(array.pe).format_code(pass_.format, pass_.activations)) {
  const uint64_t slot = (1U << pe::pe(array.pe).weight_slot_bits) - 1;
  for (int c = 0; c < array.cols; ++c) {
    garbage_weights_.push_back(static_cast<uint16_t>(random_.bits() & slot));
    garbage_partial_.push_back(static_cast<uint32_t>(random_.bits()));
  }
  for (int r = 0; r < array.rows; ++r) garbage_acts_.push_back(static_cast<uint16_t>(random_.bits()));
}

array::WsInputs WsDriver::idle() {
  array::WsInputs in;
  in.rows = random_.pick(0, 8191);
  in.cols = random_.pick(0, 8191);
  in.format = static_cast<uint8_t>(random_.bits());
  in.final = random_.chance(50);
  in.accumulate = random_.chance(50);
  in.weight_valid = random_.chance(50);
  in.weights = garbage_weights_.data();
  in.act_valid = random_.chance(50);
  in.acts = garbage_acts_.data();
  in.act_last = random_.chance(50);
  in.channel_scales = pass_.channel_scales.data();
  in.partial = garbage_partial_.data();
  in.out_ready = !random_.chance(conditions_.stall_percent);
  return in;
}

array::WsInputs WsDriver::start() {
  array::WsInputs in = idle();
  in.start = true;
  in.rows = pass_.k;
  in.cols = pass_.n;
  in.format = format_code_;
  in.final = pass_.final;
  in.accumulate = pass_.accumulate;
  rows_ = tokens_ = 0;
  offering_weights_ = offering_acts_ = false;
  return in;
}

/// Once all rows or tokens were accepted, garbage is offered.
array::WsInputs WsDriver::run(const array::WsOutputs& out) {
  array::WsInputs in = idle();
  if (rows_ < static_cast<size_t>(pass_.k)) {
    offering_weights_ = offering_weights_ || !random_.chance(conditions_.weight_gap_percent);
    in.weight_valid = offering_weights_;
    if (offering_weights_) in.weights = pass_.weights[static_cast<size_t>(pass_.k) - 1 - rows_].data();
    if (offering_weights_ && out.weight_ready) {
      ++rows_;
      offering_weights_ = false;
    }
  }
  if (tokens_ < pass_.m) {
    offering_acts_ = offering_acts_ || !random_.chance(conditions_.act_gap_percent);
    in.act_valid = offering_acts_;
    if (offering_acts_) {
      in.acts = pass_.acts[tokens_].data();
      in.act_last = tokens_ + 1 == pass_.m;
    }
    if (offering_acts_ && out.act_ready) {
      ++tokens_;
      offering_acts_ = false;
    }
  }
  if (out.partial_req && out.partial_token < pass_.m) in.partial = pass_.old[out.partial_token].data();
  return in;
}

}  // namespace vernier::cosim
