// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/lockstep.h"

#include "sim/cosim/pins.h"

namespace vernier::cosim {
namespace {

constexpr uint64_t kHungCycles = 100000;  // no pass of a vector takes nearly that long

}  // namespace

template <class Dataflow>
std::optional<Difference> ArrayLockstep<Dataflow>::run(const Vector& vector) {
  cycle_ = 0;
  vector_ = &vector;
  rtl_.events.clear();
  systemc_.events.clear();
  Driver driver(vector, params_);
  for (int i = 0; i < vector.conditions.idle_cycles; ++i) {
    if (auto difference = run_cycle(driver.idle(), nullptr)) return difference;
  }
  if (vector.conditions.reset_after > 0) {
    const auto limit = static_cast<uint64_t>(vector.conditions.reset_after);
    if (auto difference = run_pass(driver, limit)) return difference;
    reset();
  }
  if (auto difference = run_pass(driver, kHungCycles)) return difference;
  ++tally_.vectors;
  return std::nullopt;
}

/// A pass, or its first `limit` cycles. Ends in the cycle in which busy is low again: it may be the first of
/// the next pass.
template <class Dataflow>
std::optional<Difference> ArrayLockstep<Dataflow>::run_pass(Driver& driver, uint64_t limit) {
  Expectation expectation(vector_->pass);
  const uint64_t begin = cycle_;
  if (auto difference = run_cycle(driver.start(), nullptr)) return difference;
  while (busy()) {
    if (cycle_ - begin == kHungCycles) return expectation.hung(cycle_);
    if (cycle_ - begin == limit) return std::nullopt;
    if (auto difference = run_cycle(driver.run(systemc_.array.outputs()), &expectation)) return difference;
  }
  if (auto difference = observe(Inputs{}, nullptr)) return difference;
  return expectation.left_over(cycle_);
}

template <class Dataflow>
std::optional<Difference> ArrayLockstep<Dataflow>::run_cycle(const Inputs& inputs, Expectation* expectation) {
  if (auto difference = observe(inputs, expectation)) return difference;
  rtl_.array.tick(inputs);
  systemc_.array.tick(inputs);
  ++cycle_;
  ++tally_.cycles;
  return std::nullopt;
}

/// The outputs of this cycle, on their own and as events. Without an expectation no pass runs: all are low.
template <class Dataflow>
std::optional<Difference> ArrayLockstep<Dataflow>::observe(const Inputs& inputs, Expectation* expectation) {
  const Outputs& outputs = rtl_.array.outputs();
  if (watcher_ != nullptr) watcher_->cycle(cycle_, inputs, outputs, systemc_.array.outputs());
  const std::vector<Event>& events = rtl_.events.observe(cycle_, inputs, outputs);
  tally_.events += events.size();
  systemc_.events.observe(cycle_, inputs, systemc_.array.outputs());
  if (auto difference = compare_pins(cycle_, outputs, systemc_.array.outputs(), vector_->pass))
    return difference;
  if (expectation == nullptr) {
    auto difference = compare_pins(cycle_, outputs, Outputs{}, vector_->pass);
    if (difference) {
      difference->systemc = difference->rtl;
      difference->golden = "0, no pass runs";
    }
    return difference;
  }
  for (const Event& event : events) {
    if (auto difference = expectation->check(event)) return difference;
  }
  return std::nullopt;
}

template <class Dataflow>
bool ArrayLockstep<Dataflow>::busy() const {
  return rtl_.array.outputs().busy || systemc_.array.outputs().busy;
}

template <class Dataflow>
void ArrayLockstep<Dataflow>::reset() {
  if (busy()) ++tally_.resets;
  rtl_.array.reset();
  systemc_.array.reset();
  rtl_.events.reset(cycle_);
  systemc_.events.reset(cycle_);
}

template class ArrayLockstep<OutputStationary>;
template class ArrayLockstep<WeightStationary>;

}  // namespace vernier::cosim
