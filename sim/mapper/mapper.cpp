// SPDX-License-Identifier: Apache-2.0
#include "sim/mapper/mapper.h"

#include <limits>

#include "base/error.h"
#include "sim/mapper/emitters.h"
#include "sim/mapper/op_plan.h"

namespace vernier::mapper {
namespace {

int64_t blocks_of(int64_t total, int64_t block) { return (total + block - 1) / block; }

OpExpectation expect_gemm(const OpPlan& plan, const MemoryMap& map) {
  const workloads::Op& op = *plan.op;
  const GemmTiling& tiling = plan.tiling;
  const bool split_k = tiling.k < op.k;
  const int64_t weight_visits =
      !split_k && tiling.n_outer ? 1 : op.m_outer * blocks_of(op.m, tiling.m * tiling.pair_m());
  const int64_t act_visits = !split_k && !tiling.n_outer ? 1 : blocks_of(op.n, tiling.n * tiling.pair_n());
  uint64_t packed = 0;
  for (const PackedBlock& block : map.regions[static_cast<size_t>(plan.region)].blocks) {
    packed += formats::weight_block_bytes(plan.group_format, block.shape);
  }
  OpExpectation expected;
  expected.tiling = tiling;
  expected.macs = static_cast<uint64_t>(op.macs());
  expected.weight_bytes = packed * static_cast<uint64_t>(op.batch * weight_visits);
  const int64_t act_row = unit_of(plan.shape.activations).bytes_of(op.k);
  expected.activation_bytes = static_cast<uint64_t>(op.batch * op.m_outer * op.m * act_row * act_visits);
  expected.store_bytes = static_cast<uint64_t>(op.batch * op.m_outer * op.m * op.n * 2);
  return expected;
}

OpExpectation expect_vector(const OpPlan& plan, const machine::Machine& machine) {
  const VectorPlan& v = plan.vector;
  const int64_t elements = v.batch * v.m_outer * v.rows * v.cols;
  const int64_t chunks = v.batch * v.m_outer * blocks_of(v.rows, v.row_block);
  const int64_t second = v.src1_per_row ? elements : v.src1_rows * v.cols * chunks;
  OpExpectation expected;
  expected.activation_bytes = static_cast<uint64_t>(elements + second) * 2;
  uint64_t stored = 0;
  for (const Piece& rows : split(v.rows, v.row_block, false)) {
    stored += static_cast<uint64_t>(rows.count) * result_bytes(plan, machine, rows.size, v.cols);
  }
  expected.store_bytes = stored * static_cast<uint64_t>(v.batch * v.m_outer);
  return expected;
}

// Scores, softmax or product of attention in one schedule: keys and values stream once for the queries that
// stay together.
OpExpectation expect_attention(const OpPlan& qk, const OpPlan& plan, const MemoryMap& map) {
  OpExpectation expected;
  if (plan.op->kind != workloads::OpKind::gemm) return expected;
  const workloads::Op& op = *plan.op;
  const AttentionBlocks& blocks = *qk.attention;
  uint64_t packed = 0;
  for (const PackedBlock& block : map.regions[static_cast<size_t>(plan.region)].blocks) {
    packed += formats::weight_block_bytes(plan.group_format, block.shape);
  }
  const int64_t visits = op.m_outer / blocks.heads * blocks_of(op.m, blocks.tiles * blocks.rows);
  expected.tiling = plan.tiling;
  expected.macs = static_cast<uint64_t>(op.macs());
  expected.weight_bytes = packed * static_cast<uint64_t>(op.batch * visits);
  const int64_t rows = op.batch * op.m_outer * op.m;
  if (&plan == &qk) {
    expected.attention = blocks;
    expected.activation_bytes = static_cast<uint64_t>(rows * unit_of(plan.shape.activations).bytes_of(op.k));
  } else {
    expected.store_bytes = static_cast<uint64_t>(rows * op.n * 2);
  }
  return expected;
}

// `attention` is the operator with the scores if this one is part of attention in one schedule, else null.
OpExpectation expect(const OpPlan& plan, const OpPlan* attention, const MemoryMap& map,
                     const machine::Machine& machine) {
  OpExpectation expected = attention != nullptr ? expect_attention(*attention, plan, map)
                           : plan.op->kind == workloads::OpKind::gemm ? expect_gemm(plan, map)
                                                                      : expect_vector(plan, machine);
  const auto repeat = static_cast<uint64_t>(plan.repeat);
  expected.macs *= repeat;
  expected.weight_bytes *= repeat;
  expected.activation_bytes *= repeat;
  expected.store_bytes *= repeat;
  return expected;
}

// A repetition starts with as many completed but unawaited stores as it leaves behind, so that all
// repetitions can run the same code. `before` is what the segment in front leaves.
void emit_segment(ProgramBuilder& builder, SegmentPlan& segment, uint64_t before, const MemoryMap& map,
                  const machine::Machine& machine) {
  const uint64_t wanted = segment.repeat > 1 ? segment.left : before;
  const uint32_t first = segment.ops.front().index;
  if (wanted > before) builder.emit_post(isa::Queue::store, Semaphore::dram_done, wanted - before, first);
  if (before > wanted) builder.emit_wait(isa::Queue::load, Semaphore::dram_done, before - wanted, first);
  segment.ops.front().wait_act += wanted;
  const Coordinate repetition{0, 1, builder.open_loop(segment.repeat)};
  for (size_t i = 0; i < segment.ops.size(); ++i) {
    const OpPlan& plan = segment.ops[i];
    if (plan.attention) {
      emit_attention(builder, &plan, map, machine, repetition);
      i += 2;
    } else if (plan.op->kind == workloads::OpKind::gemm) {
      emit_gemm(builder, plan, map, machine, repetition);
    } else {
      emit_vector(builder, plan, map, machine, repetition);
    }
  }
  builder.close_loop(repetition.level);
}

}  // namespace

MappedProgram map_network(const workloads::Network& network, const machine::Machine& machine,
                          const MappingOptions& options) {
  NetworkPlan plan = plan_network(network, machine, options);
  ProgramBuilder builder(machine);
  isa::Program& program = builder.program();
  MappedProgram mapped;
  program.name = network.name + " " + network.phase;
  program.formats = plan.formats;
  program.dram_bytes = plan.map.bytes;
  // The first segment waits for what the last one leaves, which puts the semaphore back to its initial value.
  uint64_t before = plan.segments.back().left;
  for (const SegmentPlan& segment : plan.segments) {
    if (segment.left <= std::numeric_limits<uint32_t>::max()) continue;
    throw InputError(
        "MAP006",
        fmt::format("the last operators from '{}' on store {} result blocks; a semaphore counts at "
                    "most {}",
                    segment.ops.front().op->name, segment.left, std::numeric_limits<uint32_t>::max()),
        {}, "make the GEMM smaller or enlarge output_scratchpad.capacity");
  }
  program.semaphore_initial[static_cast<size_t>(Semaphore::dram_done)] = static_cast<uint32_t>(before);
  for (SegmentPlan& segment : plan.segments) {
    const OpPlan* attention = nullptr;
    for (const OpPlan& op : segment.ops) {
      if (op.attention) attention = &op;
      if (attention != nullptr && &op - attention >= 3) attention = nullptr;
      program.ops.push_back({op.op->name, op.op->layer_class});
      mapped.ops.push_back(expect(op, attention, plan.map, machine));
    }
    emit_segment(builder, segment, before, plan.map, machine);
    before = segment.left;
  }
  isa::validate(program);
  mapped.program = std::move(program);
  mapped.map = std::move(plan.map);
  return mapped;
}

}  // namespace vernier::mapper
