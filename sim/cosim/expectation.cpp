// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/expectation.h"

#include <fmt/format.h>

#include <algorithm>

namespace vernier::cosim {
namespace {

Difference both(uint64_t cycle, std::string signal, const std::string& value, std::string golden) {
  return {cycle, std::move(signal), value, value, std::move(golden)};
}

}  // namespace

Expectation::Expectation(const Pass& pass)
    : sequences_{{EventKind::step_accepted, "steps accepted", "steps accepted",
                  static_cast<int64_t>(pass.steps.size())},
                 {EventKind::column_requested, "partial_col", "columns requested",
                  pass.accumulate ? pass.cols : 0},
                 {EventKind::column_out, "out_col", "columns out", pass.cols}},
      expected_(pass.expected),
      result_name_(&Pass::result_name),
      result_("column") {}

Expectation::Expectation(const WsPass& pass)
    : sequences_{{EventKind::row_accepted, "rows accepted", "rows accepted", pass.k},
                 {EventKind::token_accepted, "tokens accepted", "tokens accepted", pass.m},
                 {EventKind::token_requested, "partial_token", "tokens requested",
                  pass.accumulate ? pass.m : 0},
                 {EventKind::token_out, "out_token", "tokens out", pass.m}},
      expected_(pass.expected),
      result_name_(&WsPass::result_name),
      result_("token") {}

std::optional<Difference> Expectation::check(const Event& event) {
  const auto sequence = std::find_if(sequences_.begin(), sequences_.end(),
                                     [&event](const Sequence& s) { return s.kind == event.kind; });
  if (sequence == sequences_.end()) return std::nullopt;
  if (event.index != sequence->next || sequence->next >= sequence->count) {
    return both(event.cycle, sequence->signal, std::to_string(event.index),
                sequence->next < sequence->count ? std::to_string(sequence->next)
                                                 : fmt::format("none after {}", sequence->count));
  }
  ++sequence->next;
  return check_values(event);
}

std::optional<Difference> Expectation::check_values(const Event& event) const {
  for (size_t i = 0; i < event.payload.size(); ++i) {
    const uint32_t golden = expected_[static_cast<size_t>(event.index)][i];
    if (event.payload[i] == golden) continue;
    return both(event.cycle, result_name_(i, event.index), fmt::format("{:08x}", event.payload[i]),
                fmt::format("{:08x}", golden));
  }
  return std::nullopt;
}

std::optional<Difference> Expectation::left_over(uint64_t cycle) const {
  for (const Sequence& sequence : sequences_) {
    if (sequence.next == sequence.count) continue;
    return both(cycle, sequence.missing, std::to_string(sequence.next), std::to_string(sequence.count));
  }
  return std::nullopt;
}

Difference Expectation::hung(uint64_t cycle) const {
  return left_over(cycle).value_or(both(cycle, "busy", "1", fmt::format("0 after the last {}", result_)));
}

}  // namespace vernier::cosim
