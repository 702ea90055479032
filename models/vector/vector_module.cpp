// SPDX-License-Identifier: Apache-2.0
#include "models/vector/vector_module.h"

#include "models/vector/vector_unit.h"

namespace vernier::vector {

VectorModule::VectorModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
                           const machine::Machine& machine, const VectorPorts& ports)
    : ClockedModule(name, domain), machine_(machine), ports_(ports) {}

void VectorModule::on_cycle(uint64_t now) {
  signals_.busy = running_ || (now >= end_ && !ports_.queue.empty() && pop(now));
  if (!signals_.busy) return;
  if (now + 1 != end_) return;
  const isa::Instruction& instruction = *issued_.instruction;
  if (ports_.image != nullptr && instruction.opcode == isa::Opcode::vector) {
    vector_execute(issued_, ports_.program, machine_, *ports_.image);
  }
  ports_.semaphores.post(instruction);
  ports_.log.end(issued_, end_, 0);
  running_ = false;
}

bool VectorModule::pop(uint64_t now) {
  const isa::Instruction& instruction = *ports_.queue.head().instruction;
  if (!ports_.semaphores.satisfied(instruction)) return false;
  issued_ = ports_.queue.head();
  ports_.queue.pop();
  ports_.semaphores.take(instruction);
  ports_.log.start(issued_, now);
  signals_.popped(issued_);
  running_ = true;
  end_ = now + (instruction.opcode == isa::Opcode::sync ? 1 : vector_cycles(machine_.vector, instruction));
  return true;
}

}  // namespace vernier::vector
