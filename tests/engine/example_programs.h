// SPDX-License-Identifier: Apache-2.0
// The machine of docs/example-2x2.md and instructions for it, for tests that write their own logs and
// programs.
#pragma once

#include <utility>

#include "models/isa/instruction.h"
#include "models/machine/machine.h"

namespace vernier::engine_test {

inline machine::Machine example_machine() {
  machine::Machine machine;
  machine.name = "example";
  machine.clock_hz = 1e9;
  machine.array = {"fp16_mac", 2, 2, 1, machine::Delivery::broadcast};
  machine.weight_spad = {256, 1, 32, 1};
  machine.activation_spad = {256, 4, 32, 1};
  machine.output_spad = {256, 1, 32, 1};
  machine.dram = {3, 32, 16, 0, 0, 0};
  machine.dma_max_in_flight = 8;
  machine.vector = {2, 4};
  machine.sequencer = {8};
  return machine;
}

/// Two operators, fp16 weights, 4 KiB of DRAM, no instructions.
inline isa::Program empty_program() {
  isa::Program program;
  program.name = "test";
  program.formats = {"fp16"};
  program.ops = {{"first", "gemm"}, {"second", "norm"}};
  program.dram_bytes = 4096;
  return program;
}

inline isa::Instruction transfer(isa::Opcode opcode, isa::Scratchpad scratchpad, uint64_t dram, uint32_t rows,
                                 uint32_t row_bytes, uint64_t stride) {
  isa::Instruction instruction;
  instruction.opcode = opcode;
  instruction.queue = opcode == isa::Opcode::load ? isa::Queue::load : isa::Queue::store;
  instruction.scratchpad = scratchpad;
  instruction.dram.base = dram;
  instruction.rows = rows;
  instruction.row_bytes = row_bytes;
  instruction.dram_stride = stride;
  return instruction;
}

/// m = n = 2, k = 4: one pass; 13 cycles, of which fill 3, compute 4, drain 6.
inline isa::Instruction gemm() {
  isa::Instruction instruction;
  instruction.opcode = isa::Opcode::gemm;
  instruction.queue = isa::Queue::compute;
  instruction.m = instruction.n = 2;
  instruction.k = 4;
  return instruction;
}

inline void wait(isa::Instruction& instruction, uint8_t semaphore, uint16_t count = 1) {
  instruction.waits.at(instruction.wait_count++) = {semaphore, count};
}

inline void post(isa::Instruction& instruction, uint8_t semaphore, uint16_t count = 1) {
  instruction.posts.at(instruction.post_count++) = {semaphore, count};
}

inline void append(isa::Program& program, const isa::Instruction& instruction) {
  isa::Node node;
  node.instruction = instruction;
  program.nodes.push_back(node);
}

/// The addresses of an instruction outside every loop.
inline isa::IssuedInstruction issue(const isa::Instruction& instruction, uint64_t sequence) {
  isa::IssuedInstruction issued;
  issued.instruction = &instruction;
  issued.sequence = sequence;
  issued.spad = instruction.spad.base;
  issued.dram = instruction.dram.base;
  issued.weight = instruction.weight.base;
  issued.activation = instruction.activation.base;
  issued.out = instruction.out.base;
  issued.src0 = instruction.src0.base;
  issued.src1 = instruction.src1.base;
  issued.dst = instruction.dst.base;
  return issued;
}

}  // namespace vernier::engine_test
