// SPDX-License-Identifier: Apache-2.0
// Drives the pins of one Verilated pe_array. Included only by the sources that CMake generates, each of which
// names one Verilated class.
#pragma once

#include <verilated.h>
#if VM_TRACE
#include <verilated_vcd_c.h>
#endif

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "models/pe/registry.h"
#include "sim/rtl_adaptor/rtl_pe_array.h"
#include "sim/rtl_adaptor/verilated_coverage.h"

namespace vernier::rtl_adaptor {

struct ArraySize {
  const char* pe;
  int rows, cols, lanes;
};

/// Model is the class that Verilator generated for pe_array with these parameters.
template <class Model>
class VerilatedArray : public RtlPeArray {
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
    context_.traceEverOn(VM_TRACE != 0);
    // Scopes enter and leave the lists of the thread's context, whichever context the model has.
    Verilated::threadContextp(&context_);
    model_ = std::make_unique<Model>(&context_);
    outputs_.out_data = out_data_.data();
    reset();
  }

  ~VerilatedArray() override {
    close_trace();
    model_->final();
    Verilated::threadContextp(&context_);
    model_.reset();
    Verilated::threadContextp(Verilated::defaultContextp());
  }

  VerilatedArray(const VerilatedArray&) = delete;
  VerilatedArray& operator=(const VerilatedArray&) = delete;

  const array::ArrayOutputs& outputs() const override { return outputs_; }

  void tick(const array::ArrayInputs& in) override {
    show_settled();
    Model& m = *model_;
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
    put(m.channel_scales_i, in.channel_scales != nullptr ? in.channel_scales : one_.data(), rows_);
    put(m.partial_i, in.partial != nullptr ? in.partial : zero_.data(), rows_);
    show_cycle();
    fall();
    show(now_, 500);
    rise();
    settled_ = now_ + 1;
  }

  void reset() override {
    Model& m = *model_;
    m.start_i = 0;
    m.step_valid_i = 0;
    m.out_ready_i = 0;
    m.rst_ni = 1;
    m.eval();
    m.rst_ni = 0;
    fall();
    show(now_, 750);
    rise();
    m.rst_ni = 1;
    fall();
    rise();
  }

  bool open_trace([[maybe_unused]] const array::ArrayTrace& window) override {
#if VM_TRACE
    close_trace();
    window_ = window;
    trace_ = std::make_unique<VerilatedVcdC>();
    model_->trace(trace_.get(), 99);
    trace_->open(window.path.c_str());
    if (!trace_->isOpen())
      throw InputError("RTL002", fmt::format("cannot write the waveform file '{}'", window.path));
    return true;
#else
    return false;
#endif
  }

  void close_trace() override {
#if VM_TRACE
    if (!trace_) return;
    show(std::max(settled_, window_.begin), 0);
    trace_->close();
    trace_.reset();
#endif
  }

  bool write_coverage(const std::string& path) override { return write_coverage_of(context_, path); }

 private:
  // Ports are little-endian words of up to 64 bits, or arrays of 32-bit words: plain memory either way.
  template <class Port, class Value>
  static void put(Port& port, const Value* values, size_t count) {
    std::memcpy(reinterpret_cast<unsigned char*>(&port), values, count * sizeof(Value));
  }

  void put_step(const array::ArrayInputs& in) {
    if (in.weights == nullptr) return;  // timing only: what the pins carry is of no interest
    Model& m = *model_;
    if (wide_slots_) {
      put(m.step_weights_i, in.weights, weight_slots_);
    } else {
      for (size_t i = 0; i < weight_slots_; ++i) bytes_[i] = static_cast<uint8_t>(in.weights[i]);
      put(m.step_weights_i, bytes_.data(), weight_slots_);
    }
    put(m.step_acts_i, in.acts, act_words_);
    put(m.step_scales_i, in.scales != nullptr ? in.scales : no_scales_.data(), rows_);
    put(m.step_tags_i, in.tags != nullptr ? in.tags : no_tags_.data(), rows_);
  }

  // One cycle: the inputs settle with the clock low, then the rising edge.
  void fall() {
    model_->clk_i = 0;
    model_->eval();
  }
  void rise() {
    Model& m = *model_;
    m.clk_i = 1;
    m.eval();
    outputs_.step_ready = m.step_ready_o != 0;
    outputs_.partial_req = m.partial_req_o != 0;
    outputs_.partial_col = m.partial_col_o;
    outputs_.out_valid = m.out_valid_o != 0;
    outputs_.out_col = m.out_col_o;
    outputs_.busy = m.busy_o != 0;
    if (outputs_.out_valid) {
      std::memcpy(out_data_.data(), reinterpret_cast<const unsigned char*>(&m.out_data_o),
                  rows_ * sizeof(uint32_t));
    }
  }

  // A cycle of the waveform begins with the rising edge that the previous tick() made: the registers as they
  // are since then and the inputs of the cycle. Cycles without a tick() change nothing.
  void show_settled() {
#if VM_TRACE
    if (!trace_) return;
    now_ = window_.cycle();
    const uint64_t from = std::max(settled_, window_.begin);
    if (from < now_) show(from, 0);
#endif
  }
  void show_cycle() {
#if VM_TRACE
    if (!trace_) return;
    model_->eval();
    show(now_, 0);
#endif
  }
  void show([[maybe_unused]] uint64_t cycle, [[maybe_unused]] uint64_t picoseconds) {
#if VM_TRACE
    if (trace_ && cycle >= window_.begin && cycle < window_.end) trace_->dump(cycle * 1000 + picoseconds);
#endif
  }

  size_t rows_, weight_slots_, act_words_;
  bool wide_slots_;
  std::vector<uint8_t> bytes_, no_tags_;
  std::vector<uint16_t> one_, no_scales_;
  std::vector<uint32_t> zero_, out_data_;
  VerilatedContext context_;
  std::unique_ptr<Model> model_;
#if VM_TRACE
  std::unique_ptr<VerilatedVcdC> trace_;
  array::ArrayTrace window_;
#endif
  uint64_t now_ = 0;      // cycle of the tick, if recorded
  uint64_t settled_ = 0;  // first cycle in which the registers are as they are now
  array::ArrayOutputs outputs_;
};

}  // namespace vernier::rtl_adaptor
