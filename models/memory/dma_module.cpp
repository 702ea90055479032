// SPDX-License-Identifier: Apache-2.0
#include "models/memory/dma_module.h"

#include "models/machine/scratchpads.h"
#include "models/memory/copy.h"

namespace vernier::memory {

void DmaModule::on_cycle(uint64_t now) {
  if (now >= free_from_ && !ports_.queue.empty() && ports_.path.free(now)) pop(now);
  const bool syncing = now + 1 == free_from_;
  running_ = static_cast<uint32_t>(transfers_.size()) + (syncing ? 1 : 0);
  signals_.busy = running_ > 0;
}

void DmaModule::on_turn(uint64_t now) {
  for (int ended = ports_.path.move(now); ended > 0; --ended) retire(now);
  refused_ = ports_.path.refused();
}

void DmaModule::trace(sc_core::sc_trace_file* file) const {
  signals_.trace(file, name());
  sc_core::sc_trace(file, running_, std::string(name()) + ".running");
  sc_core::sc_trace(file, refused_, std::string(name()) + ".refused");
}

void DmaModule::pop(uint64_t now) {
  const isa::IssuedInstruction& issued = ports_.queue.head();
  const isa::Instruction& instruction = *issued.instruction;
  if (!ports_.semaphores.satisfied(instruction)) return;
  ports_.semaphores.take(instruction);
  ports_.log.start(issued, now);
  signals_.popped(issued);
  if (instruction.opcode == isa::Opcode::sync) {
    ports_.semaphores.post(instruction);
    ports_.log.end(issued, now + 1, 0);
    free_from_ = now + 1;
  } else {
    const Transfer transfer{issued.dram, instruction.rows, instruction.row_bytes, instruction.dram_stride};
    const uint64_t groups = machine::scratchpad_of(machine_, instruction.scratchpad)
                                .groups_of(issued.spad, issued.spad + transfer.bytes());
    ports_.path.start({transfer, instruction.scratchpad, groups}, now);
    transfers_.push_back({issued, burst_count(transfer, machine_.dram.burst_bytes)});
  }
  ports_.queue.pop();
}

/// The oldest transfer ends with this cycle.
void DmaModule::retire(uint64_t now) {
  const Flight& done = transfers_.front();
  if (ports_.image != nullptr) copy_transfer(done.issued, *ports_.image);
  ports_.semaphores.post(*done.issued.instruction);
  ports_.log.end(done.issued, now + 1, done.bursts);
  bursts_ += done.bursts;
  transfers_.pop_front();
}

}  // namespace vernier::memory
