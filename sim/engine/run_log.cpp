// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/run_log.h"

#include <algorithm>
#include <tuple>

#include "base/error.h"

namespace vernier::engine {
namespace {

/// Events this much older than the newest announcement cannot be preceded by anything still to come.
constexpr uint64_t kHorizonCycles = 2;

}  // namespace

bool InstructionRecord::operator==(const InstructionRecord& other) const {
  return std::tie(sequence, op, opcode, queue, start, end, bursts) ==
         std::tie(other.sequence, other.op, other.opcode, other.queue, other.start, other.end, other.bursts);
}

void RunLog::start(const isa::IssuedInstruction& issued, uint64_t cycle) { add({cycle, true, issued, 0}); }

void RunLog::end(const isa::IssuedInstruction& issued, uint64_t cycle, uint64_t bursts) {
  cycles_ = std::max(cycles_, cycle);
  add({cycle, false, issued, bursts});
}

void RunLog::add(const Event& event) {
  const auto key = [](const Event& e) {
    return std::make_tuple(e.cycle, e.is_start, e.issued.instruction->queue, e.issued.sequence);
  };
  const auto position = std::upper_bound(pending_.begin(), pending_.end(), event,
                                         [&key](const Event& a, const Event& b) { return key(a) < key(b); });
  pending_.insert(position, event);
  const uint64_t newest = pending_.back().cycle;
  size_t ready = 0;
  while (ready < pending_.size() && pending_[ready].cycle + kHorizonCycles < newest) ++ready;
  deliver(ready);
}

void RunLog::deliver(size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const Event& event = pending_[i];
    for (IRunObserver* observer : observers_) {
      if (event.is_start) {
        observer->on_start(event.issued, event.cycle);
      } else {
        observer->on_end(event.issued, event.cycle, event.bursts);
      }
    }
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
}

uint64_t RunLog::finish() {
  deliver(pending_.size());
  for (IRunObserver* observer : observers_) observer->on_finish(cycles_);
  return cycles_;
}

bool RunLog::can_repeat(const Loop& loop) const {
  return std::all_of(observers_.begin(), observers_.end(),
                     [&loop](const IRunObserver* observer) { return observer->can_repeat(loop); });
}

void RunLog::describe(StateWords& state) const {
  state.add_time(cycles_);
  state.add(pending_.size());
  for (const Event& event : pending_) {
    state.add_time(event.cycle);
    state.add(event.is_start ? 1 : 0);
    state.add(event.issued);
    state.add(event.bursts);
  }
  for (const IRunObserver* observer : observers_) observer->describe(state);
}

void RunLog::list(Counters& counters) {
  for (IRunObserver* observer : observers_) observer->list(counters);
}

void RunLog::jump(const Jump& jump) {
  cycles_ = jump.later(cycles_);
  for (Event& event : pending_) {
    event.cycle = jump.later(event.cycle);
    jump.move(event.issued);
  }
  for (IRunObserver* observer : observers_) observer->jump(jump);
}

void RecordingObserver::on_start(const isa::IssuedInstruction& issued, uint64_t cycle) {
  open_.emplace_back(issued.sequence, cycle);
}

void RecordingObserver::on_end(const isa::IssuedInstruction& issued, uint64_t cycle, uint64_t bursts) {
  const auto open = std::find_if(open_.begin(), open_.end(),
                                 [&issued](const auto& entry) { return entry.first == issued.sequence; });
  VERNIER_INVARIANT(open != open_.end(), "instruction {} ended without a start", issued.sequence);
  const uint64_t start = open->second;
  open_.erase(open);
  ++seen_;
  if (records_.size() >= limit_) return;
  const isa::Instruction& instruction = *issued.instruction;
  records_.push_back(
      {issued.sequence, instruction.op, instruction.opcode, instruction.queue, start, cycle, bursts});
}

/// When those in flight began is in no other state.
void RecordingObserver::describe(StateWords& state) const {
  for (const auto& [sequence, start] : open_) {
    state.add(sequence - state.turn().sequence);
    state.add_time(start);
  }
}

void RecordingObserver::jump(const Jump& jump) {
  for (auto& [sequence, start] : open_) {
    sequence += jump.times * jump.instructions;
    start = jump.later(start);
  }
  if (records_.size() >= limit_) return;
  // As many have ended in the last period as were dispatched in it.
  const size_t first = records_.size() - jump.instructions;
  const uint64_t missing = std::min<uint64_t>(limit_ - records_.size(), jump.times * jump.instructions);
  for (uint64_t i = 0; i < missing; ++i) {
    InstructionRecord record = records_[first + i];
    record.sequence += jump.instructions;
    record.start += jump.cycles;
    record.end += jump.cycles;
    records_.push_back(record);
  }
}

}  // namespace vernier::engine
