// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/expectation.h"

#include <fmt/format.h>

namespace vernier::cosim {
namespace {

Difference both(uint64_t cycle, std::string signal, const std::string& value, std::string golden) {
  return {cycle, std::move(signal), value, value, std::move(golden)};
}

/// The next of `count` numbered events, or one too many.
std::optional<Difference> check_order(const Event& event, const char* signal, int count, int& next) {
  if (event.index == next && next < count) {
    ++next;
    return std::nullopt;
  }
  return both(event.cycle, signal, std::to_string(event.index),
              next < count ? std::to_string(next) : fmt::format("none after {}", count));
}

}  // namespace

std::optional<Difference> Expectation::check(const Event& event) {
  switch (event.kind) {
    case EventKind::step_accepted:
      return check_order(event, "steps accepted", static_cast<int>(pass_.steps.size()), steps_);
    case EventKind::partial_request:
      return check_order(event, "partial_col", pass_.accumulate ? pass_.cols : 0, requests_);
    case EventKind::column_out:
      if (auto difference = check_order(event, "out_col", pass_.cols, columns_)) return difference;
      for (size_t r = 0; r < event.payload.size(); ++r) {
        const uint32_t golden = pass_.expected[static_cast<size_t>(event.index)][r];
        if (event.payload[r] == golden) continue;
        return both(event.cycle, fmt::format("out_data[row {}] of column {}", r, event.index),
                    fmt::format("{:08x}", event.payload[r]), fmt::format("{:08x}", golden));
      }
      return std::nullopt;
    case EventKind::reset:
    case EventKind::start:
    case EventKind::busy_falls:
      break;
  }
  return std::nullopt;
}

std::optional<Difference> Expectation::left_over(uint64_t cycle) const {
  const auto all = static_cast<int>(pass_.steps.size());
  const int requests = pass_.accumulate ? pass_.cols : 0;
  if (steps_ < all) return both(cycle, "steps accepted", std::to_string(steps_), std::to_string(all));
  if (requests_ < requests)
    return both(cycle, "columns requested", std::to_string(requests_), std::to_string(requests));
  if (columns_ < pass_.cols)
    return both(cycle, "columns out", std::to_string(columns_), std::to_string(pass_.cols));
  return std::nullopt;
}

}  // namespace vernier::cosim
