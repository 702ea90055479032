// SPDX-License-Identifier: Apache-2.0
// What happens at the pins of an array, as events in order: the common language of two models in lockstep.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "models/array/array_port.h"
#include "models/array/weight_stationary/ws_port.h"

namespace vernier::cosim {

enum class EventKind {
  reset,
  start,  ///< a pass begins
  busy_falls,
  // Output-stationary arrays.
  step_accepted,     ///< index: step of the pass
  column_requested,  ///< index: column; the first cycle in which its partial sums are
  column_out,        ///< index: column; payload: the active rows of out_data; the cycle in which it is taken
  // Weight-stationary arrays.
  row_accepted,     ///< index: row of weights in the order of arrival
  token_accepted,   ///< index: token of the pass
  token_requested,  ///< index: token; the first cycle in which its partial sums are
  token_out,        ///< index: token; payload: its channels of out_data; the cycle in which it is taken
};

struct Event {
  uint64_t cycle = 0;
  EventKind kind = EventKind::reset;
  int64_t index = 0;
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
  const std::vector<Event>& observe(uint64_t cycle, const array::WsInputs& inputs,
                                    const array::WsOutputs& outputs);
  /// The array is reset before this cycle.
  void reset(uint64_t cycle);

  /// The last kKept events, oldest first.
  [[nodiscard]] const std::deque<Event>& last() const { return last_; }

 private:
  void begin(uint64_t cycle, bool busy);
  void request(uint64_t cycle, EventKind kind, bool requested, int64_t index);
  void result(uint64_t cycle, EventKind kind, int64_t index, const uint32_t* data);
  void start(uint64_t cycle, int results);
  void add(Event event);

  std::vector<Event> now_;
  std::deque<Event> last_;
  size_t results_ = 0;                  // words of a column or token
  int64_t accepted_ = 0, weights_ = 0;  // in this pass: steps or tokens, and rows of weights
  int64_t requested_ = -1;
  bool busy_ = false;
};

}  // namespace vernier::cosim
