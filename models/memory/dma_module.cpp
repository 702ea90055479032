// SPDX-License-Identifier: Apache-2.0
#include "models/memory/dma_module.h"

#include "models/memory/copy.h"
#include "models/memory/transfer.h"

namespace vernier::memory {

DmaModule::DmaModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
                     const machine::DramParams& dram, int request_delay_cycles, const DmaPorts& ports)
    : ClockedModule(name, domain), dram_(dram), request_delay_(request_delay_cycles), ports_(ports) {}

void DmaModule::on_cycle(uint64_t now) {
  if (requesting_ && delay_ > 0) {
    // The request made in one cycle reaches the controller in the next.
    if (--delay_ == 0) ports_.dram.request(current_.bursts);
  } else if (requesting_ && ports_.dram.all_granted()) {
    const uint64_t granted = now - 1;
    current_.end =
        granted + static_cast<uint64_t>(dram_.burst_cycles()) + static_cast<uint64_t>(dram_.latency_cycles);
    in_flight_.push_back(current_);
    requesting_ = false;
  }
  if (!requesting_ && now >= free_from_ && !ports_.queue.empty()) pop(now);
  const bool syncing = now + 1 == free_from_;
  running_ = static_cast<uint32_t>(in_flight_.size()) + (requesting_ ? 1 : 0) + (syncing ? 1 : 0);
  signals_.busy = running_ > 0;
  retire(now);
}

void DmaModule::trace(sc_core::sc_trace_file* file) const {
  signals_.trace(file, name());
  sc_core::sc_trace(file, running_, std::string(name()) + ".running");
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
    current_ = {issued, burst_count(transfer, dram_.burst_bytes), 0};
    requesting_ = true;
    delay_ = request_delay_ - 1;
    if (delay_ == 0) ports_.dram.request(current_.bursts);
  }
  ports_.queue.pop();
}

void DmaModule::retire(uint64_t now) {
  if (in_flight_.empty() || in_flight_.front().end != now + 1) return;
  const Flight& done = in_flight_.front();
  if (ports_.image != nullptr) copy_transfer(done.issued, *ports_.image);
  ports_.semaphores.post(*done.issued.instruction);
  ports_.log.end(done.issued, done.end, done.bursts);
  in_flight_.pop_front();
}

}  // namespace vernier::memory
