// SPDX-License-Identifier: Apache-2.0
// A Verilated array and its clock, and what it shows beyond its pins: the part that the adaptors of both
// dataflows share. Included only by the sources that CMake generates, each of which names one Verilated
// class.
#pragma once

#include <verilated.h>
#if VM_COVERAGE
#include <verilated_cov.h>
#endif
#if VM_TRACE
#include <verilated_vcd_c.h>
#endif

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "base/error.h"
#include "models/array/array_inside.h"

namespace vernier::rtl_adaptor {

/// Model is the class that Verilator generated; Interface is RtlPeArray or RtlWsArray. A tick() is
/// begin_cycle(), inputs, edge(), outputs.
template <class Model, class Interface>
class VerilatedClock : public Interface {
 public:
  VerilatedClock() {
    context_.traceEverOn(VM_TRACE != 0);
    // Scopes enter and leave the lists of the thread's context, whichever context the model has.
    Verilated::threadContextp(&context_);
    model_ = std::make_unique<Model>(&context_);
  }

  ~VerilatedClock() override {
    VerilatedClock::close_trace();
    model_->final();
    Verilated::threadContextp(&context_);
    model_.reset();
    Verilated::threadContextp(Verilated::defaultContextp());
  }

  VerilatedClock(const VerilatedClock&) = delete;
  VerilatedClock& operator=(const VerilatedClock&) = delete;

  bool open_trace([[maybe_unused]] const array::ArrayTrace& window) override {
#if VM_TRACE
    VerilatedClock::close_trace();
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

  /// Every instance of a module on its own, so that they can be told apart and counted.
  bool write_coverage([[maybe_unused]] const std::string& path) override {
#if VM_COVERAGE
    context_.coveragep()->forcePerInstance(true);
    context_.coveragep()->write(path.c_str());
#endif
    return VM_COVERAGE != 0;
  }

 protected:
  [[nodiscard]] Model& model() { return *model_; }

  // Ports are little-endian words of up to 64 bits, or arrays of 32-bit words: plain memory either way.
  template <class Port, class Value>
  static void put(Port& port, const Value* values, size_t count) {
    std::memcpy(reinterpret_cast<unsigned char*>(&port), values, count * sizeof(Value));
  }
  template <class Port, class Value>
  static void get(const Port& port, Value* values, size_t count) {
    std::memcpy(values, reinterpret_cast<const unsigned char*>(&port), count * sizeof(Value));
  }

  /// Before the inputs of a cycle change. A cycle of the waveform begins with the rising edge that the
  /// previous edge() made: the registers as they are since then and the inputs of the cycle. Cycles without
  /// an edge() change nothing.
  void begin_cycle() {
#if VM_TRACE
    if (!trace_) return;
    now_ = window_.cycle();
    const uint64_t from = std::max(settled_, window_.begin);
    if (from < now_) show(from, 0);
#endif
  }

  /// The inputs settle with the clock low, then the rising edge.
  void edge() {
#if VM_TRACE
    if (trace_) {
      model_->eval();
      show(now_, 0);
    }
#endif
    level(0);
    show(now_, 500);
    level(1);
    settled_ = now_ + 1;
  }

  /// An edge in reset and one after it.
  void reset_edges() {
    model_->rst_ni = 1;
    model_->eval();
    model_->rst_ni = 0;
    level(0);
    show(now_, 750);
    level(1);
    model_->rst_ni = 1;
    level(0);
    level(1);
  }

 private:
  void level(unsigned char clock) {
    model_->clk_i = clock;
    model_->eval();
  }

  void show([[maybe_unused]] uint64_t cycle, [[maybe_unused]] uint64_t picoseconds) {
#if VM_TRACE
    if (trace_ && cycle >= window_.begin && cycle < window_.end) trace_->dump(cycle * 1000 + picoseconds);
#endif
  }

  VerilatedContext context_;
  std::unique_ptr<Model> model_;
#if VM_TRACE
  std::unique_ptr<VerilatedVcdC> trace_;
  array::ArrayTrace window_;
#endif
  uint64_t now_ = 0;      // cycle of the edge, if recorded
  uint64_t settled_ = 0;  // first cycle in which the registers are as they are now
};

}  // namespace vernier::rtl_adaptor
