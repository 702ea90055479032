// SPDX-License-Identifier: Apache-2.0
// Weight-stationary arrays side by side at their pins: the same inputs in every cycle, every output compared
// in every cycle, results held against those of the pass.
#pragma once

#include <optional>

#include "models/array/weight_stationary/ws_port.h"
#include "tests/weight_stationary/random_pass.h"

namespace vernier::ws_test {

/// Percentages in every cycle, and the cycle of a reset (0: none).
struct Conditions {
  int weight_gap = 0, act_gap = 0, stall = 0;
  uint64_t reset_after = 0;
};

inline Conditions random_conditions(Random& random) {
  Conditions conditions;
  if (random.chance(50)) conditions.weight_gap = random.pick(1, 90);
  if (random.chance(50)) conditions.act_gap = random.pick(1, 90);
  if (random.chance(60)) conditions.stall = random.pick(1, 95);
  if (random.chance(10)) conditions.reset_after = static_cast<uint64_t>(random.pick(1, 60));
  return conditions;
}

inline std::string text(const array::WsOutputs& out) {
  return fmt::format("weight_ready {:d} act_ready {:d} partial_req {:d} ({}) out_valid {:d} ({}) busy {:d}",
                     out.weight_ready, out.act_ready, out.partial_req, out.partial_token, out.out_valid,
                     out.out_token, out.busy);
}

class Lockstep {
 public:
  /// The arrays outlive this object; b may be null. Both are in reset state.
  Lockstep(array::IWsArray& a, array::IWsArray* b) : a_(a), b_(b) {}

  /// The first difference, if there is one. Ends with both arrays idle.
  std::optional<std::string> run(const Pass& pass, const Conditions& conditions, Random& random) {
    int rows = 0;
    uint32_t tokens = 0;
    uint32_t taken = 0;
    uint32_t requested = 0;
    for (uint64_t cycle = 0; cycle < 100000; ++cycle) {
      if (conditions.reset_after > 0 && cycle == conditions.reset_after) {
        a_.reset();
        if (b_ != nullptr) b_->reset();
        return a_.outputs().busy ? std::optional<std::string>("busy after reset") : compare(cycle, pass.n);
      }
      if (auto difference = compare(cycle, pass.n)) return difference;
      const array::WsOutputs out = a_.outputs();
      if (cycle > 0 && !out.busy) {
        if (taken != pass.m) return fmt::format("cycle {}: idle after {} tokens", cycle, taken);
        if (pass.accumulate != (requested == pass.m)) return fmt::format("{} tokens requested", requested);
        return std::nullopt;
      }
      array::WsInputs in;
      in.start = cycle == 0;
      in.rows = pass.k;
      in.cols = pass.n;
      in.final = pass.final;
      in.accumulate = pass.accumulate;
      in.channel_scales = pass.channel_scales.data();
      in.weight_valid = rows < pass.k && !random.chance(conditions.weight_gap);
      if (in.weight_valid) in.weights = pass.weights[static_cast<size_t>(pass.k - 1 - rows)].data();
      in.act_valid = tokens < pass.m && !random.chance(conditions.act_gap);
      if (in.act_valid) {
        in.acts = pass.acts[tokens].data();
        in.act_last = tokens + 1 == pass.m;
      }
      if (out.partial_req) {
        if (out.partial_token != requested && out.partial_token + 1 != requested)
          return fmt::format("cycle {}: token {} requested", cycle, out.partial_token);
        requested = out.partial_token + 1;
        in.partial = pass.old.at(out.partial_token).data();
      }
      in.out_ready = !random.chance(conditions.stall);
      if (out.weight_ready && in.weight_valid) ++rows;
      if (out.act_ready && in.act_valid) ++tokens;
      if (out.out_valid && in.out_ready) {
        if (out.out_token != taken) return fmt::format("cycle {}: token {} left", cycle, out.out_token);
        for (size_t c = 0; c < static_cast<size_t>(pass.n); ++c) {
          if (out.out_data[c] != pass.expected[taken][c])
            return fmt::format("cycle {}: token {} channel {}: {:08x}, expected {:08x}", cycle, taken, c,
                               out.out_data[c], pass.expected[taken][c]);
        }
        ++taken;
      }
      a_.tick(in);
      if (b_ != nullptr) b_->tick(in);
    }
    return "the pass does not end";
  }

 private:
  std::optional<std::string> compare(uint64_t cycle, int channels) {
    if (b_ == nullptr) return std::nullopt;
    const array::WsOutputs& a = a_.outputs();
    const array::WsOutputs& b = b_->outputs();
    const bool same = a.weight_ready == b.weight_ready && a.act_ready == b.act_ready &&
                      a.partial_req == b.partial_req && a.out_valid == b.out_valid && a.busy == b.busy &&
                      (!a.partial_req || a.partial_token == b.partial_token) &&
                      (!a.out_valid || a.out_token == b.out_token);
    if (!same) return fmt::format("cycle {}:\n  {}\n  {}", cycle, text(a), text(b));
    for (size_t c = 0; a.out_valid && c < static_cast<size_t>(channels); ++c) {
      if (a.out_data[c] != b.out_data[c])
        return fmt::format("cycle {}: token {} channel {}: {:08x}, {:08x}", cycle, a.out_token, c,
                           a.out_data[c], b.out_data[c]);
    }
    return std::nullopt;
  }

  array::IWsArray& a_;
  array::IWsArray* b_;
};

}  // namespace vernier::ws_test
