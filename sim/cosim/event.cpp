// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/event.h"

#include <fmt/format.h>

namespace vernier::cosim {

std::string Event::text() const {
  switch (kind) {
    case EventKind::reset:
      return fmt::format("cycle {}: reset", cycle);
    case EventKind::start:
      return fmt::format("cycle {}: start", cycle);
    case EventKind::step_accepted:
      return fmt::format("cycle {}: step {} accepted", cycle, index);
    case EventKind::partial_request:
      return fmt::format("cycle {}: partial sums of column {} requested", cycle, index);
    case EventKind::busy_falls:
      return fmt::format("cycle {}: busy falls", cycle);
    case EventKind::column_out:
      break;
  }
  std::string text = fmt::format("cycle {}: column {} out:", cycle, index);
  for (const uint32_t word : payload) text += fmt::format(" {:08x}", word);
  return text;
}

void EventRecorder::clear() { *this = EventRecorder(); }

const std::vector<Event>& EventRecorder::observe(uint64_t cycle, const array::ArrayInputs& inputs,
                                                 const array::ArrayOutputs& outputs) {
  now_.clear();
  if (busy_ && !outputs.busy) add({cycle, EventKind::busy_falls, 0, {}});
  busy_ = outputs.busy;
  if (inputs.step_valid && outputs.step_ready) add({cycle, EventKind::step_accepted, steps_++, {}});
  if (outputs.partial_req && outputs.partial_col != requested_) {
    add({cycle, EventKind::partial_request, outputs.partial_col, {}});
  }
  requested_ = outputs.partial_req ? outputs.partial_col : -1;
  if (outputs.out_valid && inputs.out_ready) {
    add({cycle, EventKind::column_out, outputs.out_col, {outputs.out_data, outputs.out_data + rows_}});
  }
  if (inputs.start) {
    add({cycle, EventKind::start, 0, {}});
    rows_ = static_cast<size_t>(inputs.rows);
    steps_ = 0;
  }
  return now_;
}

void EventRecorder::reset(uint64_t cycle) {
  busy_ = false;
  requested_ = -1;
  add({cycle, EventKind::reset, 0, {}});
}

void EventRecorder::add(Event event) {
  last_.push_back(event);
  if (last_.size() > kKept) last_.pop_front();
  now_.push_back(std::move(event));
}

}  // namespace vernier::cosim
