// SPDX-License-Identifier: Apache-2.0
// Arrays with a fault, made of a good one: what a co-simulation has to find.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "models/array/array_port.h"

namespace vernier::cosim {

/// The outputs of a good array, changed by a function of the cycle, of the number of the pass (from 0, since
/// the array was made) and of the outputs. Remembers the first cycle of a pass in which it changed anything.
class FaultyArray : public array::IPeArray {
 public:
  using Fault = std::function<void(array::ArrayOutputs&, std::vector<uint32_t>& data, int pass)>;

  FaultyArray(std::unique_ptr<array::IPeArray> good, int rows, Fault fault)
      : good_(std::move(good)), fault_(std::move(fault)), data_(static_cast<size_t>(rows)) {
    update();
  }

  const array::ArrayOutputs& outputs() const override { return outputs_; }
  void tick(const array::ArrayInputs& inputs) override {
    if (inputs.start) ++pass_;
    good_->tick(inputs);
    update();
  }
  void reset() override {
    good_->reset();
    update();
  }

 private:
  void update() {
    outputs_ = good_->outputs();
    if (outputs_.out_valid) data_.assign(outputs_.out_data, outputs_.out_data + data_.size());
    fault_(outputs_, data_, pass_);
    outputs_.out_data = data_.data();
  }

  std::unique_ptr<array::IPeArray> good_;
  Fault fault_;
  std::vector<uint32_t> data_;
  array::ArrayOutputs outputs_;
  int pass_ = -1;
};

/// One output signal a cycle late.
inline FaultyArray::Fault delayed(bool array::ArrayOutputs::*signal) {
  return [signal, before = false](array::ArrayOutputs& out, std::vector<uint32_t>&, int) mutable {
    std::swap(before, out.*signal);
  };
}

}  // namespace vernier::cosim
