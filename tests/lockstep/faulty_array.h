// SPDX-License-Identifier: Apache-2.0
// Arrays with a fault, made of a good one: what a co-simulation has to find.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "sim/cosim/dataflow.h"

namespace vernier::cosim {

/// The outputs of a good array, changed by a function of the outputs and of the number of the pass (from 0,
/// since the array was made).
template <class Dataflow>
class Faulty : public Dataflow::Array {
 public:
  using Outputs = typename Dataflow::Outputs;
  using Fault = std::function<void(Outputs&, std::vector<uint32_t>& data, int pass)>;

  /// `width`: words of out_data.
  Faulty(std::unique_ptr<typename Dataflow::Array> good, int width, Fault fault)
      : good_(std::move(good)), fault_(std::move(fault)), data_(static_cast<size_t>(width)) {
    update();
  }

  const Outputs& outputs() const override { return outputs_; }
  void tick(const typename Dataflow::Inputs& inputs) override {
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

  std::unique_ptr<typename Dataflow::Array> good_;
  Fault fault_;
  std::vector<uint32_t> data_;
  Outputs outputs_;
  int pass_ = -1;
};
using FaultyArray = Faulty<OutputStationary>;
using FaultyWsArray = Faulty<WeightStationary>;

/// One output signal a cycle late.
template <class Outputs>
std::function<void(Outputs&, std::vector<uint32_t>&, int)> delayed(bool Outputs::*signal) {
  return [signal, before = false](Outputs& out, std::vector<uint32_t>&, int) mutable {
    std::swap(before, out.*signal);
  };
}

}  // namespace vernier::cosim
