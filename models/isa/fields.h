// SPDX-License-Identifier: Apache-2.0
// The fields that an instruction of each opcode has, in the order of its text and binary forms.
#pragma once

#include "models/formats/ieee.h"
#include "models/isa/instruction.h"

namespace vernier::isa {

using formats::kFp16One;

/// Calls visit(name, field) for every field that in.opcode uses, except the opcode and the wait and post
/// lists; visit(name, field, fallback) where the text form leaves out a field that is `fallback`, which is
/// what a fresh Instruction has. `in` may be const or not; the opcode must be valid.
template <typename AnyInstruction, typename Visitor>
void visit_fields(AnyInstruction& in, Visitor&& visit) {
  constexpr auto kFp16 = formats::ActivationFormat::fp16;
  visit("op", in.op);
  switch (in.opcode) {
    case Opcode::load:
    case Opcode::store:
      visit("scratchpad", in.scratchpad);
      visit("spad", in.spad);
      visit("dram", in.dram);
      visit("rows", in.rows);
      visit("row_bytes", in.row_bytes);
      visit("dram_stride", in.dram_stride);
      break;
    case Opcode::gemm:
      visit("m", in.m);
      visit("n", in.n);
      visit("k", in.k);
      visit("weight", in.weight);
      visit("activation", in.activation);
      visit("out", in.out);
      visit("format", in.format);
      visit("act_format", in.act_format, kFp16);
      visit("act_scale", in.act_scale, kFp16One);
      visit("accumulate", in.accumulate);
      visit("final", in.final);
      break;
    case Opcode::vector:
      visit("vector_op", in.vector_op);
      visit("rows", in.rows);
      visit("cols", in.cols);
      visit("src0", in.src0);
      visit("src1", in.src1);
      visit("dst", in.dst);
      visit("dst_scratchpad", in.dst_scratchpad, Scratchpad::output);
      visit("factors", in.factors, Address{});
      visit("src1_shared", in.src1_shared);
      visit("scalar", in.scalar);
      visit("accumulate", in.accumulate, false);
      visit("format", in.format);
      visit("result", in.result, kFp16);
      visit("result_scale", in.result_scale, kFp16One);
      break;
    case Opcode::sync:
      visit("queue", in.queue);
      break;
  }
}

/// The queue that an opcode belongs to; `sync` names its own.
[[nodiscard]] constexpr Queue queue_of(Opcode opcode) {
  switch (opcode) {
    case Opcode::load:
      return Queue::load;
    case Opcode::store:
      return Queue::store;
    case Opcode::vector:
      return Queue::vector;
    case Opcode::gemm:
    case Opcode::sync:
      break;
  }
  return Queue::compute;
}

}  // namespace vernier::isa
