// SPDX-License-Identifier: Apache-2.0
// Drives one Verilated block below the array. Included only by the sources that cmake/BlockAdaptor.cmake
// writes.
#pragma once

#include <verilated.h>

#include <functional>
#include <memory>
#include <vector>

#include "sim/cosim/block_rtl.h"

namespace vernier::rtl_adaptor {

/// Model is the class that Verilator generated; has_clock and has_reset say whether it has clk_i and rst_ni.
template <class Model, bool has_clock, bool has_reset>
class VerilatedBlock : public cosim::IBlockRtl {
 public:
  explicit VerilatedBlock(std::function<std::vector<cosim::RtlPin>(Model&)> pins)
      : model_(std::make_unique<Model>(&context_)), pins_(pins(*model_)) {}
  ~VerilatedBlock() override {
    model_->final();
    Verilated::threadContextp(&context_);
    model_.reset();
    Verilated::threadContextp(Verilated::defaultContextp());
  }
  VerilatedBlock(const VerilatedBlock&) = delete;
  VerilatedBlock& operator=(const VerilatedBlock&) = delete;

  std::vector<cosim::RtlPin> pins() override { return pins_; }
  void reset() override {
    if constexpr (has_reset) {
      model_->rst_ni = 1;
      model_->eval();
      model_->rst_ni = 0;
      model_->eval();
      model_->rst_ni = 1;
    }
  }
  void settle() override {
    if constexpr (has_clock) model_->clk_i = 0;
    model_->eval();
  }
  void edge() override {
    if constexpr (has_clock) {
      model_->clk_i = 1;
      model_->eval();
    }
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Model> model_;
  std::vector<cosim::RtlPin> pins_;
};

}  // namespace vernier::rtl_adaptor
