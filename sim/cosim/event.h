// SPDX-License-Identifier: Apache-2.0
// What happens at the pins of an array, as events in order: the common language of two models in lockstep.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "models/array/array_port.h"

namespace vernier::cosim {

enum class EventKind {
  reset,
  start,            ///< a pass begins
  step_accepted,    ///< index: step of the pass
  partial_request,  ///< index: column; the first cycle of the request
  column_out,       ///< index: column; payload: the active rows of out_data; the cycle in which it is taken
  busy_falls,
};

struct Event {
  uint64_t cycle = 0;
  EventKind kind = EventKind::reset;
  int index = 0;
  std::vector<uint32_t> payload;

  /// "cycle 17: column 3 out: 3f800000 00000000".
  [[nodiscard]] std::string text() const;
};

/// Finds the events at the pins of one array and keeps the last ones.
class EventRecorder {
 public:
  static constexpr size_t kKept = 8;

  /// Forgets everything, to start in cycle 0.
  void clear();
  /// The events of one cycle, given its inputs and outputs; valid until the next call.
  const std::vector<Event>& observe(uint64_t cycle, const array::ArrayInputs& inputs,
                                    const array::ArrayOutputs& outputs);
  /// The array is reset before this cycle.
  void reset(uint64_t cycle);

  /// The last kKept events, oldest first.
  [[nodiscard]] const std::deque<Event>& last() const { return last_; }

 private:
  void add(Event event);

  std::vector<Event> now_;
  std::deque<Event> last_;
  size_t rows_ = 0;  // active
  int steps_ = 0;    // accepted in this pass
  int requested_ = -1;
  bool busy_ = false;
};

}  // namespace vernier::cosim
