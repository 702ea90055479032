// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/lockstep.h"

#include <fmt/format.h>

#include "models/pe/registry.h"
#include "sim/cosim/operands.h"

namespace vernier::cosim {
namespace {

constexpr uint64_t kHungCycles = 100000;  // no pass of a vector takes nearly that long

/// The first pin that differs. Pins that mean nothing in this cycle (docs/array.md) are not compared.
std::optional<Difference> compare_pins(uint64_t cycle, const array::ArrayOutputs& rtl,
                                       const array::ArrayOutputs& systemc, const Pass& pass) {
  std::optional<Difference> found;
  const auto compare = [&](const char* signal, int a, int b) {
    if (found || a == b) return;
    found = Difference{cycle, signal, std::to_string(a), std::to_string(b), ""};
  };
  compare("step_ready", rtl.step_ready, systemc.step_ready);
  compare("busy", rtl.busy, systemc.busy);
  compare("partial_req", rtl.partial_req, systemc.partial_req);
  compare("out_valid", rtl.out_valid, systemc.out_valid);
  if (rtl.partial_req) compare("partial_col", rtl.partial_col, systemc.partial_col);
  if (!rtl.out_valid || found) return found;
  compare("out_col", rtl.out_col, systemc.out_col);
  for (int r = 0; r < pass.rows && !found; ++r) {
    if (rtl.out_data[r] == systemc.out_data[r]) continue;
    const auto col = static_cast<size_t>(rtl.out_col);
    found = Difference{
        cycle, fmt::format("out_data[row {}] of column {}", r, rtl.out_col),
        fmt::format("{:08x}", rtl.out_data[r]), fmt::format("{:08x}", systemc.out_data[r]),
        col < pass.expected.size() ? fmt::format("{:08x}", pass.expected[col][static_cast<size_t>(r)]) : ""};
  }
  return found;
}

}  // namespace

/// Decides the inputs of every cycle. Inputs without a meaning in a cycle get garbage.
class Lockstep::Driver {
 public:
  Driver(const TestVector& vector, const machine::ArrayParams& array)
      : pass(vector.pass),
        conditions_(vector.conditions),
        random_(vector.random),
        format_code_(pe::pe(array.pe).format_code(pass.format, pass.activations)) {
    garbage_ = garbage_step(array, pass.format, random_, nullptr);
    for (int r = 0; r < array.rows; ++r) garbage_partial_.push_back(static_cast<uint32_t>(random_.bits()));
  }

  /// Before the pass, or in its first cycle.
  array::ArrayInputs idle() {
    array::ArrayInputs in = controls();
    offer(in, garbage_);
    in.step_valid = random_.chance(50);
    return in;
  }

  array::ArrayInputs start() {
    array::ArrayInputs in = idle();
    in.start = true;
    in.rows = pass.rows;
    in.cols = pass.cols;
    in.format = format_code_;
    in.final = pass.final;
    in.accumulate = pass.accumulate;
    step_ = 0;
    offering_ = false;
    return in;
  }

  /// A cycle of the pass with these outputs. An offer stands until it is accepted.
  array::ArrayInputs run(const array::ArrayOutputs& outputs) {
    if (step_ == pass.steps.size()) return with_partial(idle(), outputs);
    array::ArrayInputs in = controls();
    offering_ = offering_ || !random_.chance(conditions_.gap_percent);
    offer(in, offering_ ? pass.steps[step_] : garbage_);
    in.step_valid = offering_;
    if (offering_ && outputs.step_ready) {
      ++step_;
      offering_ = false;
    }
    return with_partial(in, outputs);
  }

  const Pass& pass;

 private:
  array::ArrayInputs controls() {
    array::ArrayInputs in;
    in.rows = random_.pick(0, 8191);
    in.cols = random_.pick(0, 8191);
    in.format = static_cast<uint8_t>(random_.bits());
    in.final = random_.chance(50);
    in.accumulate = random_.chance(50);
    in.channel_scales = pass.channel_scales.data();
    in.partial = garbage_partial_.data();
    in.out_ready = !random_.chance(conditions_.stall_percent);
    return in;
  }

  static void offer(array::ArrayInputs& in, const Step& step) {
    in.weights = step.weights.data();
    in.acts = step.acts.data();
    in.scales = step.scales.data();
    in.tags = step.tags.data();
    in.group_last = step.group_last;
    in.pass_last = step.pass_last;
  }

  array::ArrayInputs with_partial(array::ArrayInputs in, const array::ArrayOutputs& outputs) const {
    const auto col = static_cast<size_t>(outputs.partial_col);
    if (outputs.partial_req && col < pass.old.size()) in.partial = pass.old[col].data();
    return in;
  }

  const Conditions& conditions_;
  Random random_;
  uint8_t format_code_;
  Step garbage_;
  std::vector<uint32_t> garbage_partial_;
  size_t step_ = 0;
  bool offering_ = false;
};

std::optional<Difference> Lockstep::run(const TestVector& vector) {
  cycle_ = 0;
  pass_ = &vector.pass;
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
std::optional<Difference> Lockstep::run_pass(Driver& driver, uint64_t limit) {
  Expectation expectation(driver.pass);
  const uint64_t begin = cycle_;
  if (auto difference = run_cycle(driver.start(), nullptr)) return difference;
  while (busy()) {
    if (cycle_ - begin == kHungCycles) {
      if (auto difference = expectation.left_over(cycle_)) return difference;
      return Difference{cycle_, "busy", "1", "1", "0 after the last column"};
    }
    if (cycle_ - begin == limit) return std::nullopt;
    if (auto difference = run_cycle(driver.run(systemc_.array.outputs()), &expectation)) return difference;
  }
  if (auto difference = observe(array::ArrayInputs{}, nullptr)) return difference;
  return expectation.left_over(cycle_);
}

std::optional<Difference> Lockstep::run_cycle(const array::ArrayInputs& inputs, Expectation* expectation) {
  if (auto difference = observe(inputs, expectation)) return difference;
  rtl_.array.tick(inputs);
  systemc_.array.tick(inputs);
  ++cycle_;
  ++tally_.cycles;
  return std::nullopt;
}

/// The outputs of this cycle, on their own and as events. Without an expectation no pass runs: all are low.
std::optional<Difference> Lockstep::observe(const array::ArrayInputs& inputs, Expectation* expectation) {
  const array::ArrayOutputs& outputs = rtl_.array.outputs();
  if (watcher_ != nullptr) watcher_->cycle(cycle_, inputs, outputs, systemc_.array.outputs());
  const std::vector<Event>& events = rtl_.events.observe(cycle_, inputs, outputs);
  tally_.events += events.size();
  systemc_.events.observe(cycle_, inputs, systemc_.array.outputs());
  if (auto difference = compare_pins(cycle_, outputs, systemc_.array.outputs(), *pass_)) return difference;
  if (expectation == nullptr) {
    const array::ArrayOutputs low;
    auto difference = compare_pins(cycle_, outputs, low, *pass_);
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

bool Lockstep::busy() const { return rtl_.array.outputs().busy || systemc_.array.outputs().busy; }

void Lockstep::reset() {
  if (busy()) ++tally_.resets;
  rtl_.array.reset();
  systemc_.array.reset();
  rtl_.events.reset(cycle_);
  systemc_.events.reset(cycle_);
}

}  // namespace vernier::cosim
