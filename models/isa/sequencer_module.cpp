// SPDX-License-Identifier: Apache-2.0
#include "models/isa/sequencer_module.h"

namespace vernier::isa {

SequencerModule::SequencerModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
                                 const Program& program, int queue_depth,
                                 const std::array<machine::InstructionQueue*, kQueueCount>& queues)
    : ClockedModule(name, domain),
      cursor_(program),
      queue_depth_(static_cast<size_t>(queue_depth)),
      queues_(queues) {
  has_next_ = cursor_.next(next_);
}

void SequencerModule::on_cycle(uint64_t) {
  dispatches_ = blocked_ = false;
  if (!has_next_) return;
  machine::InstructionQueue& queue = *queues_[static_cast<size_t>(next_.instruction->queue)];
  dispatches_ = queue.occupancy() < queue_depth_;
  blocked_ = !dispatches_;
  if (blocked_) return;
  queue.push(next_);
  ++dispatched_;
  has_next_ = cursor_.next(next_);
}

void SequencerModule::trace(sc_core::sc_trace_file* file) const {
  const std::string unit = name();
  sc_core::sc_trace(file, dispatches_, unit + ".dispatches");
  sc_core::sc_trace(file, blocked_, unit + ".blocked");
}

}  // namespace vernier::isa
