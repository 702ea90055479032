// SPDX-License-Identifier: Apache-2.0
// Drives the pins of one Verilated pe_array. Included only by the sources that CMake generates, each of which
// names one Verilated class.
#pragma once

#include <vector>

#include "models/pe/registry.h"
#include "sim/rtl_adaptor/rtl_pe_array.h"
#include "sim/rtl_adaptor/verilated_clock.h"

namespace vernier::rtl_adaptor {

struct ArraySize {
  const char* pe;
  int rows, cols, lanes;
};

/// Model is the class that Verilator generated for pe_array with these parameters.
template <class Model>
class VerilatedArray : public VerilatedClock<Model, RtlPeArray> {
 public:
  explicit VerilatedArray(const ArraySize& size)
      : rows_(static_cast<size_t>(size.rows)),
        weight_slots_(static_cast<size_t>(size.rows) * static_cast<size_t>(size.lanes)),
        act_words_(static_cast<size_t>(size.cols) * static_cast<size_t>(size.lanes) *
                   static_cast<size_t>(pe::pe(size.pe).act_slot_words)),
        wide_slots_(pe::pe(size.pe).weight_slot_bits == 16),
        bytes_(weight_slots_),
        no_tags_(rows_, 0),
        one_(rows_, 0x3c00),
        no_scales_(rows_, 0),
        zero_(rows_, 0),
        out_data_(rows_, 0) {
    outputs_.out_data = out_data_.data();
    VerilatedArray::reset();
  }

  const array::ArrayOutputs& outputs() const override { return outputs_; }

  void tick(const array::ArrayInputs& in) override {
    this->begin_cycle();
    Model& m = this->model();
    m.start_i = in.start;
    m.rows_i = static_cast<SData>(in.rows);
    m.cols_i = static_cast<SData>(in.cols);
    m.format_i = in.format;
    m.final_i = in.final;
    m.accumulate_i = in.accumulate;
    m.step_valid_i = in.step_valid;
    m.step_group_last_i = in.group_last;
    m.step_pass_last_i = in.pass_last;
    m.out_ready_i = in.out_ready;
    if (in.step_valid) put_step(in);
    this->put(m.channel_scales_i, in.channel_scales != nullptr ? in.channel_scales : one_.data(), rows_);
    this->put(m.partial_i, in.partial != nullptr ? in.partial : zero_.data(), rows_);
    this->edge();
    read_outputs();
  }

  void reset() override {
    Model& m = this->model();
    m.start_i = 0;
    m.step_valid_i = 0;
    m.out_ready_i = 0;
    this->reset_edges();
    read_outputs();
  }

 private:
  void put_step(const array::ArrayInputs& in) {
    if (in.weights == nullptr) return;  // timing only: what the pins carry is of no interest
    Model& m = this->model();
    if (wide_slots_) {
      this->put(m.step_weights_i, in.weights, weight_slots_);
    } else {
      for (size_t i = 0; i < weight_slots_; ++i) bytes_[i] = static_cast<uint8_t>(in.weights[i]);
      this->put(m.step_weights_i, bytes_.data(), weight_slots_);
    }
    this->put(m.step_acts_i, in.acts, act_words_);
    this->put(m.step_scales_i, in.scales != nullptr ? in.scales : no_scales_.data(), rows_);
    this->put(m.step_tags_i, in.tags != nullptr ? in.tags : no_tags_.data(), rows_);
  }

  void read_outputs() {
    const Model& m = this->model();
    outputs_.step_ready = m.step_ready_o != 0;
    outputs_.partial_req = m.partial_req_o != 0;
    outputs_.partial_col = m.partial_col_o;
    outputs_.out_valid = m.out_valid_o != 0;
    outputs_.out_col = m.out_col_o;
    outputs_.busy = m.busy_o != 0;
    if (outputs_.out_valid) this->get(m.out_data_o, out_data_.data(), rows_);
  }

  size_t rows_, weight_slots_, act_words_;
  bool wide_slots_;
  std::vector<uint8_t> bytes_, no_tags_;
  std::vector<uint16_t> one_, no_scales_;
  std::vector<uint32_t> zero_, out_data_;
  array::ArrayOutputs outputs_;
};

}  // namespace vernier::rtl_adaptor
