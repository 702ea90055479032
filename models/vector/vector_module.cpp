// SPDX-License-Identifier: Apache-2.0
#include "models/vector/vector_module.h"

#include "models/vector/vector_unit.h"

namespace vernier::vector {

VectorModule::VectorModule(const sc_core::sc_module_name& name, machine::ClockDomain& domain,
                           const machine::Machine& machine, const VectorPorts& ports)
    : ClockedModule(name, domain, machine::Turn::vector),
      machine_(machine),
      ports_(ports),
      one_port_(machine.output_spad.ports == machine::PortKind::rw1) {}

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
  const auto startup = static_cast<uint64_t>(machine_.vector.startup_cycles);
  running_ = true;
  popped_ = now;
  work_from_ = now + startup;
  accesses_left_ = (vector_cycles(machine_.vector, *issued_.instruction) - startup) * (one_port_ ? 2 : 1);
  const VectorFootprint footprint = vector_footprint(issued_, ports_.program, machine_);
  groups_ = machine_.output_spad.groups_of(footprint.write.lo, footprint.write.hi);
  for (const ByteRange& range : footprint.reads) {
    if (range.lo < range.hi) groups_ |= machine_.output_spad.groups_of(range.lo, range.hi);
  }
}

void VectorModule::on_turn(uint64_t now) {
  stall_ = false;
  if (!running_ || now < work_from_) return;
  stall_ = !claim(now);
  if (stall_) {
    ++stall_cycles_;
  } else if (--accesses_left_ == 0) {
    finish(now);
  }
}

bool VectorModule::claim(uint64_t now) {
  const bool writes = !one_port_ || accesses_left_ % 2 == 1;
  const bool reads = !one_port_ || accesses_left_ % 2 == 0;
  const memory::PortClaim claim{reads ? groups_ : 0, writes ? groups_ : 0};
  memory::ScratchpadPorts& ports = ports_.scratchpads.output;
  // In the cycle of the pop it does not hinder the store and the load.
  return now == popped_ ? ports.free(now, memory::PortUser::vector, claim)
                        : ports.claim(now, memory::PortUser::vector, claim);
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
