// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "models/isa/instruction.h"

namespace vernier::isa {

Cursor::Cursor(const Program& program) : program_(program) {}

uint64_t Cursor::evaluate(const Address& address) const {
  // Modulo 2^64 throughout, so that a negative stride and any corrupt address are well defined.
  uint64_t sum = address.offset;
  for (int level = 0; level < depth_; ++level) {
    const size_t at = static_cast<size_t>(level);
    sum += frames_[at].index * static_cast<uint64_t>(address.stride[at]);
  }
  if (address.wrap == 0) return address.base + sum;
  const auto value = static_cast<int64_t>(sum);
  if (value >= 0) return address.base + sum % address.wrap;
  const uint64_t below = (uint64_t{0} - sum) % address.wrap;
  return address.base + (below == 0 ? 0 : address.wrap - below);
}

bool Cursor::next(IssuedInstruction& issued) {
  turned_ = -1;
  while (position_ < program_.nodes.size()) {
    const Node& node = program_.nodes[position_++];
    if (node.kind == Node::Kind::loop_begin) {
      VERNIER_INVARIANT(depth_ < kMaxLoopDepth, "loops nested deeper than {}", kMaxLoopDepth);
      frames_[static_cast<size_t>(depth_++)] = Frame{position_, node.trip_count, 0};
      continue;
    }
    if (node.kind == Node::Kind::loop_end) {
      VERNIER_INVARIANT(depth_ > 0, "loop_end without loop_begin at node {}", position_ - 1);
      Frame& frame = frames_[static_cast<size_t>(depth_ - 1)];
      if (++frame.index < frame.trip_count) {
        position_ = frame.body;
        turned_ = depth_ - 1;
      } else {
        --depth_;
      }
      continue;
    }
    const Instruction& instruction = node.instruction;
    issued = IssuedInstruction{};
    issued.instruction = &instruction;
    issued.sequence = sequence_++;
    switch (instruction.opcode) {
      case Opcode::load:
      case Opcode::store:
        issued.spad = evaluate(instruction.spad);
        issued.dram = evaluate(instruction.dram);
        break;
      case Opcode::gemm:
        issued.weight = evaluate(instruction.weight);
        issued.activation = evaluate(instruction.activation);
        issued.out = evaluate(instruction.out);
        break;
      case Opcode::vector:
        issued.src0 = evaluate(instruction.src0);
        issued.src1 = evaluate(instruction.src1);
        issued.dst = evaluate(instruction.dst);
        issued.factors = evaluate(instruction.factors);
        break;
      case Opcode::sync:
        break;
    }
    return true;
  }
  return false;
}

}  // namespace vernier::isa
