// SPDX-License-Identifier: Apache-2.0
// Drives the pins of one Verilated ws_array. Included only by the sources that CMake generates, each of which
// names one Verilated class.
#pragma once

#include <vector>

#include "models/formats/ieee.h"
#include "models/pe/registry.h"
#include "sim/rtl_adaptor/rtl_ws_array.h"
#include "sim/rtl_adaptor/verilated_clock.h"

namespace vernier::rtl_adaptor {

/// Model is the class that Verilator generated for ws_array with these parameters.
template <class Model>
class VerilatedWsArray : public VerilatedClock<Model, RtlWsArray> {
 public:
  VerilatedWsArray(const char* pe, size_t rows, size_t cols)
      : rows_(rows),
        cols_(cols),
        wide_slots_(pe::pe(pe).weight_slot_bits == 16),
        bytes_(cols),
        one_(cols, formats::kFp16One),
        zero_(cols, 0),
        out_data_(cols, 0) {
    outputs_.out_data = out_data_.data();
    VerilatedWsArray::reset();
  }

  const array::WsOutputs& outputs() const override { return outputs_; }

  void tick(const array::WsInputs& in) override {
    this->begin_cycle();
    Model& m = this->model();
    m.start_i = in.start;
    m.rows_i = static_cast<SData>(in.rows);
    m.cols_i = static_cast<SData>(in.cols);
    m.format_i = in.format;
    m.final_i = in.final;
    m.accumulate_i = in.accumulate;
    m.weight_valid_i = in.weight_valid;
    m.act_valid_i = in.act_valid;
    m.act_last_i = in.act_last;
    m.out_ready_i = in.out_ready;
    if (in.weights != nullptr) put_weights(in.weights);
    if (in.acts != nullptr) this->put(m.acts_i, in.acts, rows_);
    this->put(m.channel_scales_i, in.channel_scales != nullptr ? in.channel_scales : one_.data(), cols_);
    this->put(m.partial_i, in.partial != nullptr ? in.partial : zero_.data(), cols_);
    this->edge();
    read_outputs();
  }

  void reset() override {
    Model& m = this->model();
    m.start_i = 0;
    m.weight_valid_i = 0;
    m.act_valid_i = 0;
    m.out_ready_i = 0;
    this->reset_edges();
    read_outputs();
  }

 private:
  void put_weights(const uint16_t* weights) {
    if (wide_slots_) {
      this->put(this->model().weights_i, weights, cols_);
      return;
    }
    for (size_t c = 0; c < cols_; ++c) bytes_[c] = static_cast<uint8_t>(weights[c]);
    this->put(this->model().weights_i, bytes_.data(), cols_);
  }

  void read_outputs() {
    const Model& m = this->model();
    outputs_.weight_ready = m.weight_ready_o != 0;
    outputs_.act_ready = m.act_ready_o != 0;
    outputs_.partial_req = m.partial_req_o != 0;
    outputs_.partial_token = m.partial_token_o;
    outputs_.out_valid = m.out_valid_o != 0;
    outputs_.out_token = m.out_token_o;
    outputs_.busy = m.busy_o != 0;
    if (outputs_.out_valid) this->get(m.out_data_o, out_data_.data(), cols_);
  }

  size_t rows_, cols_;
  bool wide_slots_;
  std::vector<uint8_t> bytes_;
  std::vector<uint16_t> one_;
  std::vector<uint32_t> zero_, out_data_;
  array::WsOutputs outputs_;
};

}  // namespace vernier::rtl_adaptor
