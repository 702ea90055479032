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

}  // namespace vernier::engine
