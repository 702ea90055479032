// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/event.h"

#include <fmt/format.h>

#include "base/error.h"

namespace vernier::cosim {
namespace {

std::string what(const Event& event) {
  switch (event.kind) {
    case EventKind::reset:
      return "reset";
    case EventKind::start:
      return "start";
    case EventKind::busy_falls:
      return "busy falls";
    case EventKind::step_accepted:
      return fmt::format("step {} accepted", event.index);
    case EventKind::column_requested:
      return fmt::format("partial sums of column {} requested", event.index);
    case EventKind::column_out:
      return fmt::format("column {} out:", event.index);
    case EventKind::row_accepted:
      return fmt::format("row {} of weights accepted", event.index);
    case EventKind::token_accepted:
      return fmt::format("token {} accepted", event.index);
    case EventKind::token_requested:
      return fmt::format("partial sums of token {} requested", event.index);
    case EventKind::token_out:
      return fmt::format("token {} out:", event.index);
  }
  VERNIER_INVARIANT(false, "no event of kind {}", static_cast<int>(event.kind));
}

}  // namespace

std::string Event::text() const {
  std::string text = fmt::format("cycle {}: {}", cycle, what(*this));
  for (const uint32_t word : payload) text += fmt::format(" {:08x}", word);
  return text;
}

void EventRecorder::clear() { *this = EventRecorder(); }

const std::vector<Event>& EventRecorder::observe(uint64_t cycle, const array::ArrayInputs& inputs,
                                                 const array::ArrayOutputs& outputs) {
  begin(cycle, outputs.busy);
  if (inputs.step_valid && outputs.step_ready) add({cycle, EventKind::step_accepted, accepted_++, {}});
  request(cycle, EventKind::column_requested, outputs.partial_req, outputs.partial_col);
  if (outputs.out_valid && inputs.out_ready) {
    result(cycle, EventKind::column_out, outputs.out_col, outputs.out_data);
  }
  if (inputs.start) start(cycle, inputs.rows);
  return now_;
}

const std::vector<Event>& EventRecorder::observe(uint64_t cycle, const array::WsInputs& inputs,
                                                 const array::WsOutputs& outputs) {
  begin(cycle, outputs.busy);
  if (inputs.weight_valid && outputs.weight_ready) add({cycle, EventKind::row_accepted, weights_++, {}});
  if (inputs.act_valid && outputs.act_ready) add({cycle, EventKind::token_accepted, accepted_++, {}});
  request(cycle, EventKind::token_requested, outputs.partial_req, outputs.partial_token);
  if (outputs.out_valid && inputs.out_ready) {
    result(cycle, EventKind::token_out, outputs.out_token, outputs.out_data);
  }
  if (inputs.start) start(cycle, inputs.cols);
  return now_;
}

void EventRecorder::reset(uint64_t cycle) {
  busy_ = false;
  requested_ = -1;
  add({cycle, EventKind::reset, 0, {}});
}

void EventRecorder::begin(uint64_t cycle, bool busy) {
  now_.clear();
  if (busy_ && !busy) add({cycle, EventKind::busy_falls, 0, {}});
  busy_ = busy;
}

void EventRecorder::request(uint64_t cycle, EventKind kind, bool requested, int64_t index) {
  if (requested && index != requested_) add({cycle, kind, index, {}});
  requested_ = requested ? index : -1;
}

void EventRecorder::result(uint64_t cycle, EventKind kind, int64_t index, const uint32_t* data) {
  add({cycle, kind, index, {data, data + results_}});
}

void EventRecorder::start(uint64_t cycle, int results) {
  add({cycle, EventKind::start, 0, {}});
  results_ = static_cast<size_t>(results);
  accepted_ = weights_ = 0;
}

void EventRecorder::add(Event event) {
  last_.push_back(event);
  if (last_.size() > kKept) last_.pop_front();
  now_.push_back(std::move(event));
}

}  // namespace vernier::cosim
