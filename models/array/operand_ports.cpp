// SPDX-License-Identifier: Apache-2.0
#include "models/array/operand_ports.h"

#include "base/error.h"
#include "models/array/gemm_block.h"

namespace vernier::array {
namespace {

void claim(memory::ScratchpadPorts& ports, uint64_t now, const memory::PortClaim& claim) {
  VERNIER_INVARIANT(ports.claim(now, memory::PortUser::compute, claim), "compute is refused in cycle {}",
                    now);
}

}  // namespace

OperandPorts::OperandPorts(const machine::Machine& machine, const isa::IssuedInstruction& issued,
                           const formats::GroupFormat& format)
    : one_output_port_(machine.output_spad.ports == machine::PortKind::rw1) {
  const isa::Instruction& gemm = *issued.instruction;
  const uint64_t weight_bytes = formats::weight_block_bytes(format, weight_shape(gemm, machine.array));
  weights_ = machine.weight_spad.groups_of(issued.weight, issued.weight + weight_bytes);
  activations_ =
      machine.activation_spad.groups_of(issued.activation, issued.activation + activation_block_bytes(gemm));
  results_ = machine.output_spad.groups_of(issued.out, issued.out + output_block_bytes(machine.array, gemm));
}

void OperandPorts::read_weights(memory::Scratchpads& scratchpads, uint64_t now) const {
  claim(scratchpads.weight, now, {weights_, 0});
}

void OperandPorts::read_activations(memory::Scratchpads& scratchpads, uint64_t now) const {
  claim(scratchpads.activation, now, {activations_, 0});
}

void OperandPorts::write_results(memory::Scratchpads& scratchpads, uint64_t now, bool accumulate) const {
  claim(scratchpads.output, now, {accumulate && !one_output_port_ ? results_ : 0, results_});
}

}  // namespace vernier::array
