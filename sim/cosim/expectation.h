// SPDX-License-Identifier: Apache-2.0
// The events that a pass has to cause, from its stimulus and the golden functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/cosim/event.h"
#include "sim/cosim/test_vector.h"
#include "sim/cosim/ws_vector.h"

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
  explicit Expectation(const Pass& pass);
  explicit Expectation(const WsPass& pass);

  /// The next event; nothing if it is the right one. The fields rtl and systemc are the same: those of
  /// `event`.
  [[nodiscard]] std::optional<Difference> check(const Event& event);
  /// At the end: events that did not happen.
  [[nodiscard]] std::optional<Difference> left_over(uint64_t cycle) const;
  /// The same of a pass that is still busy long after its time.
  [[nodiscard]] Difference hung(uint64_t cycle) const;

 private:
  /// Events of one kind, numbered from 0.
  struct Sequence {
    EventKind kind;
    const char* signal;   ///< names one event too many or out of order
    const char* missing;  ///< names those left over
    int64_t count;
    int64_t next = 0;
  };

  [[nodiscard]] std::optional<Difference> check_values(const Event& event) const;

  std::vector<Sequence> sequences_;
  const std::vector<std::vector<uint32_t>>& expected_;
  std::string (*result_name_)(size_t word, int64_t index);
  const char* result_;  // "column", "token"
};

}  // namespace vernier::cosim
