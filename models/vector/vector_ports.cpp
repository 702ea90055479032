// SPDX-License-Identifier: Apache-2.0
#include "models/vector/vector_ports.h"

#include "models/vector/vector_unit.h"

namespace vernier::vector {

WorkPorts work_ports(const isa::IssuedInstruction& issued, const isa::Program& program,
                     const machine::Machine& machine) {
  const isa::Instruction& instruction = *issued.instruction;
  const VectorFootprint footprint = vector_footprint(issued, program, machine);
  const auto groups = [](const machine::ScratchpadParams& scratchpad, const ByteRange& range) {
    return range.lo < range.hi ? scratchpad.groups_of(range.lo, range.hi) : 0;
  };
  WorkPorts ports;
  for (const ByteRange& range : footprint.reads) ports.output |= groups(machine.output_spad, range);
  for (const ByteRange& range : footprint.state) ports.output |= groups(machine.output_spad, range);
  if (instruction.dst_scratchpad == isa::Scratchpad::activation) {
    ports.activation = groups(machine.activation_spad, footprint.write);
  } else {
    ports.output |= groups(machine.output_spad, footprint.write);
  }
  ports.alternates = ports.writes_output() && machine.output_spad.ports == machine::PortKind::rw1;
  ports.accesses =
      vector_cycles(machine.vector, instruction) - static_cast<uint64_t>(machine.vector.startup_cycles);
  if (ports.alternates) ports.accesses *= 2;
  return ports;
}

}  // namespace vernier::vector
