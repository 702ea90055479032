// SPDX-License-Identifier: Apache-2.0
#include "models/vector/vector_module.h"

#include "models/vector/vector_unit.h"

namespace vernier::vector {

VectorModule::VectorModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
                           const machine::Machine& machine, const VectorPorts& ports)
    : ClockedModule(name, domain, machine::Turn::vector), machine_(machine), ports_(ports) {}

void VectorModule::trace(sc_core::sc_trace_file* file) const {
  signals_.trace(file, name());
  sc_core::sc_trace(file, stall_, std::string(name()) + ".stall");
}

void VectorModule::on_cycle(uint64_t now) {
  signals_.busy = running_;
  if (!running_ && now >= free_from_ && !ports_.queue.empty()) pop(now);
}

void VectorModule::pop(uint64_t now) {
  const isa::Instruction& instruction = *ports_.queue.head().instruction;
  if (!ports_.semaphores.satisfied(instruction)) return;
  issued_ = ports_.queue.head();
  ports_.queue.pop();
  ports_.semaphores.take(instruction);
  ports_.log.start(issued_, now);
  signals_.busy = true;
  signals_.popped(issued_);
  if (instruction.opcode == isa::Opcode::sync) {
    finish(now);
  } else {
    start_work(now);
  }
}

void VectorModule::start_work(uint64_t now) {
  running_ = true;
  popped_ = now;
  work_from_ = now + static_cast<uint64_t>(machine_.vector.startup_cycles);
  work_ = work_ports(issued_, ports_.program, machine_);
}

void VectorModule::on_turn(uint64_t now) {
  stall_ = false;
  if (!running_ || now < work_from_) return;
  stall_ = !claim(now);
  if (stall_) {
    ++stall_cycles_;
  } else if (--work_.accesses == 0) {
    finish(now);
  }
}

/// The read and the write of a work cycle, or where they alternate one of them. In the cycle of the pop it
/// claims nothing.
bool VectorModule::claim(uint64_t now) {
  if (now == popped_) return true;
  const bool reads = !work_.alternates || work_.accesses % 2 == 0;
  const bool writes = work_.writes_output() && (!work_.alternates || work_.accesses % 2 == 1);
  const memory::PortClaim output{reads ? work_.output : 0, writes ? work_.output : 0};
  const memory::PortClaim activation{0, work_.activation};
  memory::Scratchpads& pads = ports_.scratchpads;
  constexpr auto kVector = memory::PortUser::vector;
  return pads.output.free(now, kVector, output) && pads.activation.claim(now, kVector, activation) &&
         pads.output.claim(now, kVector, output);
}

/// The instruction ends with this cycle.
void VectorModule::finish(uint64_t now) {
  const isa::Instruction& instruction = *issued_.instruction;
  if (ports_.image != nullptr && instruction.opcode == isa::Opcode::vector) {
    vector_execute(issued_, ports_.program, machine_, *ports_.image);
  }
  ports_.semaphores.post(instruction);
  ports_.log.end(issued_, now + 1, 0);
  running_ = false;
  free_from_ = now + 1;
}

}  // namespace vernier::vector
