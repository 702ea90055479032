// SPDX-License-Identifier: Apache-2.0
// The events that a pass has to cause, from its stimulus and the golden functions.
#pragma once

#include <optional>
#include <string>

#include "sim/cosim/event.h"
#include "sim/cosim/test_vector.h"

namespace vernier::cosim {

/// Where two sides part: a signal in a cycle of a vector.
struct Difference {
  uint64_t cycle = 0;
  std::string signal;  ///< "out_data[row 1] of column 0", "step_ready"
  std::string rtl;
  std::string systemc;
  std::string golden;  ///< empty where the golden functions, which know no time, say nothing
};

/// Holds the events of one pass against what has to happen. Use: one object per pass.
class Expectation {
 public:
  explicit Expectation(const Pass& pass) : pass_(pass) {}

  /// The next event; nothing if it is the right one. The fields rtl and systemc are the same: those of
  /// `event`.
  [[nodiscard]] std::optional<Difference> check(const Event& event);
  /// At the end: events that did not happen.
  [[nodiscard]] std::optional<Difference> left_over(uint64_t cycle) const;

 private:
  const Pass& pass_;
  int steps_ = 0;
  int requests_ = 0;
  int columns_ = 0;
};

}  // namespace vernier::cosim
