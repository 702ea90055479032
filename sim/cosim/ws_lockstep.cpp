// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/ws_lockstep.h"

#include <fmt/format.h>

#include "models/pe/registry.h"

namespace vernier::cosim {
namespace {

constexpr uint64_t kHungCycles = 100000;  // no pass of a vector takes nearly that long

std::string hex(uint32_t value) { return fmt::format("{:08x}", value); }

Difference both(uint64_t cycle, std::string signal, const std::string& value, std::string golden) {
  return {cycle, std::move(signal), value, value, std::move(golden)};
}

/// The first pin that differs. Pins that mean nothing in this cycle are not compared.
std::optional<Difference> compare_pins(uint64_t cycle, const array::WsOutputs& rtl,
                                       const array::WsOutputs& systemc, const WsPass& pass) {
  std::optional<Difference> found;
  const auto compare = [&](const char* signal, uint32_t a, uint32_t b) {
    if (found || a == b) return;
    found = Difference{cycle, signal, std::to_string(a), std::to_string(b), ""};
  };
  compare("weight_ready", rtl.weight_ready, systemc.weight_ready);
  compare("act_ready", rtl.act_ready, systemc.act_ready);
  compare("busy", rtl.busy, systemc.busy);
  compare("partial_req", rtl.partial_req, systemc.partial_req);
  compare("out_valid", rtl.out_valid, systemc.out_valid);
  if (rtl.partial_req) compare("partial_token", rtl.partial_token, systemc.partial_token);
  if (rtl.out_valid) compare("out_token", rtl.out_token, systemc.out_token);
  if (found || !rtl.out_valid) return found;
  for (size_t c = 0; c < static_cast<size_t>(pass.n); ++c) {
    if (rtl.out_data[c] == systemc.out_data[c]) continue;
    return Difference{cycle, fmt::format("out_data[channel {}] of token {}", c, rtl.out_token),
                      hex(rtl.out_data[c]), hex(systemc.out_data[c]),
                      rtl.out_token < pass.m ? hex(pass.expected[rtl.out_token][c]) : ""};
  }
  return std::nullopt;
}

}  // namespace

/// Decides the inputs of every cycle. Inputs without a meaning in a cycle get garbage.
class WsLockstep::Driver {
 public:
  Driver(const WsVector& vector, const machine::ArrayParams& array)
      : pass(vector.pass),
        conditions_(vector.conditions),
        random_(vector.random),
        format_code_(pe::pe(array.pe).format_code(pass.format, pass.activations)) {
    const uint64_t slot = (1U << pe::pe(array.pe).weight_slot_bits) - 1;
    for (int c = 0; c < array.cols; ++c) {
      garbage_weights_.push_back(static_cast<uint16_t>(random_.bits() & slot));
      garbage_partial_.push_back(static_cast<uint32_t>(random_.bits()));
    }
    for (int r = 0; r < array.rows; ++r) garbage_acts_.push_back(static_cast<uint16_t>(random_.bits()));
  }

  /// Before the pass, or in its first cycle.
  array::WsInputs idle() {
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
    in.channel_scales = pass.channel_scales.data();
    in.partial = garbage_partial_.data();
    in.out_ready = !random_.chance(conditions_.stall_percent);
    return in;
  }

  array::WsInputs start() {
    array::WsInputs in = idle();
    in.start = true;
    in.rows = pass.k;
    in.cols = pass.n;
    in.format = format_code_;
    in.final = pass.final;
    in.accumulate = pass.accumulate;
    rows_ = tokens_ = 0;
    offering_weights_ = offering_acts_ = false;
    return in;
  }

  /// A cycle of the pass with these outputs. An offer stands until it is accepted; once all rows or tokens
  /// were, garbage is offered.
  array::WsInputs run(const array::WsOutputs& out) {
    array::WsInputs in = idle();
    if (rows_ < static_cast<size_t>(pass.k)) {
      offering_weights_ = offering_weights_ || !random_.chance(conditions_.weight_gap_percent);
      in.weight_valid = offering_weights_;
      if (offering_weights_) in.weights = pass.weights[static_cast<size_t>(pass.k) - 1 - rows_].data();
      if (offering_weights_ && out.weight_ready) {
        ++rows_;
        offering_weights_ = false;
      }
    }
    if (tokens_ < pass.m) {
      offering_acts_ = offering_acts_ || !random_.chance(conditions_.act_gap_percent);
      in.act_valid = offering_acts_;
      if (offering_acts_) {
        in.acts = pass.acts[tokens_].data();
        in.act_last = tokens_ + 1 == pass.m;
      }
      if (offering_acts_ && out.act_ready) {
        ++tokens_;
        offering_acts_ = false;
      }
    }
    if (out.partial_req && out.partial_token < pass.m) in.partial = pass.old[out.partial_token].data();
    return in;
  }

  const WsPass& pass;

 private:
  const WsConditions& conditions_;
  Random random_;
  uint8_t format_code_;
  std::vector<uint16_t> garbage_weights_, garbage_acts_;
  std::vector<uint32_t> garbage_partial_;
  size_t rows_ = 0, tokens_ = 0;  // accepted
  bool offering_weights_ = false, offering_acts_ = false;
};

std::optional<Difference> WsLockstep::run(const WsVector& vector) {
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
std::optional<Difference> WsLockstep::run_pass(Driver& driver, uint64_t limit) {
  Progress progress;
  const uint64_t begin = cycle_;
  if (auto difference = run_cycle(driver.start(), nullptr)) return difference;
  while (busy()) {
    if (cycle_ - begin == kHungCycles) {
      if (auto difference = left_over(progress)) return difference;
      return both(cycle_, "busy", "1", "0 after the last token");
    }
    if (cycle_ - begin == limit) return std::nullopt;
    if (auto difference = run_cycle(driver.run(systemc_.array.outputs()), &progress)) return difference;
  }
  if (auto difference = observe(array::WsInputs{}, nullptr)) return difference;
  return left_over(progress);
}

std::optional<Difference> WsLockstep::run_cycle(const array::WsInputs& inputs, Progress* progress) {
  if (auto difference = observe(inputs, progress)) return difference;
  rtl_.array.tick(inputs);
  systemc_.array.tick(inputs);
  ++cycle_;
  ++tally_.cycles;
  return std::nullopt;
}

/// The outputs of this cycle, on their own and as events. Without progress no pass runs: all are low.
std::optional<Difference> WsLockstep::observe(const array::WsInputs& inputs, Progress* progress) {
  note_events(rtl_, inputs);
  note_events(systemc_, inputs);
  const array::WsOutputs& outputs = rtl_.array.outputs();
  if (auto difference = compare_pins(cycle_, outputs, systemc_.array.outputs(), *pass_)) return difference;
  if (progress != nullptr) return check(inputs, *progress);
  auto difference = compare_pins(cycle_, outputs, array::WsOutputs{}, *pass_);
  if (difference) {
    difference->systemc = difference->rtl;
    difference->golden = "0, no pass runs";
  }
  return difference;
}

/// What happens in this cycle, the same on both sides, against the pass.
std::optional<Difference> WsLockstep::check(const array::WsInputs& inputs, Progress& progress) const {
  const array::WsOutputs& out = rtl_.array.outputs();
  if (out.weight_ready && inputs.weight_valid && ++progress.rows > pass_->k)
    return both(cycle_, "rows accepted", std::to_string(progress.rows), std::to_string(pass_->k));
  if (out.act_ready && inputs.act_valid && ++progress.tokens > pass_->m)
    return both(cycle_, "tokens accepted", std::to_string(progress.tokens), std::to_string(pass_->m));
  const auto order = [this](const char* signal, uint32_t token, uint32_t next,
                            uint32_t count) -> std::optional<Difference> {
    if (token == next && next < count) return std::nullopt;
    return both(cycle_, signal, std::to_string(token),
                next < count ? std::to_string(next) : fmt::format("none after {}", count));
  };
  // A request stands while the array stalls.
  if (out.partial_req && (progress.requested == 0 || out.partial_token + 1 != progress.requested)) {
    const uint32_t count = pass_->accumulate ? pass_->m : 0;
    if (auto found = order("partial_token", out.partial_token, progress.requested, count)) return found;
    ++progress.requested;
  }
  if (!out.out_valid || !inputs.out_ready) return std::nullopt;
  if (auto found = order("out_token", out.out_token, progress.taken, pass_->m)) return found;
  for (size_t c = 0; c < static_cast<size_t>(pass_->n); ++c) {
    const uint32_t golden = pass_->expected[progress.taken][c];
    if (out.out_data[c] == golden) continue;
    return both(cycle_, fmt::format("out_data[channel {}] of token {}", c, out.out_token),
                hex(out.out_data[c]), hex(golden));
  }
  ++progress.taken;
  return std::nullopt;
}

std::optional<Difference> WsLockstep::left_over(const Progress& progress) const {
  std::optional<Difference> found;
  const auto compare = [&](const char* what, uint32_t done, uint32_t all) {
    if (!found && done != all) found = both(cycle_, what, std::to_string(done), std::to_string(all));
  };
  compare("rows accepted", static_cast<uint32_t>(progress.rows), static_cast<uint32_t>(pass_->k));
  compare("tokens accepted", progress.tokens, pass_->m);
  compare("tokens requested", progress.requested, pass_->accumulate ? pass_->m : 0);
  compare("tokens out", progress.taken, pass_->m);
  return found;
}

void WsLockstep::note_events(Side& side, const array::WsInputs& inputs) {
  const array::WsOutputs& out = side.array.outputs();
  const auto add = [&](const std::string& what) {
    side.events.push_back(fmt::format("cycle {}: {}", cycle_, what));
    if (side.events.size() > EventRecorder::kKept) side.events.erase(side.events.begin());
    if (&side == &rtl_) ++tally_.events;
  };
  if (side.busy && !out.busy) add("busy falls");
  side.busy = out.busy;
  if (inputs.start) {
    add("start");
    side.requested = 0;
  }
  if (out.weight_ready && inputs.weight_valid) add("row of weights accepted");
  if (out.act_ready && inputs.act_valid) add(inputs.act_last ? "last token accepted" : "token accepted");
  if (out.partial_req && out.partial_token + 1 != side.requested) {
    side.requested = out.partial_token + 1;
    add(fmt::format("partial sums of token {} requested", out.partial_token));
  }
  if (!out.out_valid || !inputs.out_ready) return;
  std::string data;
  for (int c = 0; c < pass_->n; ++c) data += " " + hex(out.out_data[c]);
  add(fmt::format("token {} out:{}", out.out_token, data));
}

bool WsLockstep::busy() const { return rtl_.array.outputs().busy || systemc_.array.outputs().busy; }

void WsLockstep::reset() {
  if (busy()) ++tally_.resets;
  for (Side* side : {&rtl_, &systemc_}) {
    side->array.reset();
    side->events.push_back(fmt::format("cycle {}: reset", cycle_));
    side->busy = false;
  }
}

}  // namespace vernier::cosim
