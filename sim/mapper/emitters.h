// SPDX-License-Identifier: Apache-2.0
// Writes the instructions of one planned operator.
#pragma once

#include <initializer_list>

#include "sim/mapper/op_plan.h"
#include "sim/mapper/program_builder.h"

namespace vernier::mapper {

/// Where an emitter stands along one dimension: `start` now, and `step` more per iteration of the loop at
/// `level` (-1 = no loop).
struct Coordinate {
  int64_t start = 0;
  int64_t step = 0;
  int level = -1;
};

/// A coordinate and the bytes in DRAM that one of its units is worth.
struct Term {
  Coordinate coordinate;
  int64_t bytes = 0;
};

/// The same in units of `block` elements, of which the coordinate stands at multiples.
[[nodiscard]] inline Coordinate in_blocks(const Coordinate& c, int64_t block) {
  return {c.start / block, c.level < 0 ? 0 : c.step / block, c.level};
}

/// base + sum of the terms, as an address that follows the loops.
[[nodiscard]] isa::Address dram_address(uint64_t base, std::initializer_list<Term> terms);

/// Appends a GEMM. `repetition` is the segment's coordinate (step 1 per repetition).
void emit_gemm(ProgramBuilder& builder, const OpPlan& plan, const MemoryMap& map,
               const machine::Machine& machine, const Coordinate& repetition);

/// Appends attention in one schedule: plans[0], [1] and [2] are scores, softmax and product.
void emit_attention(ProgramBuilder& builder, const OpPlan* plans, const MemoryMap& map,
                    const machine::Machine& machine, const Coordinate& repetition);

/// Appends a vector operator.
void emit_vector(ProgramBuilder& builder, const OpPlan& plan, const MemoryMap& map,
                 const machine::Machine& machine, const Coordinate& repetition);

}  // namespace vernier::mapper
