// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "base/error.h"
#include "sim/mapper/emitters.h"

namespace vernier::mapper {
namespace {

using isa::Instruction;
using isa::Opcode;
using isa::Queue;
using isa::Scratchpad;

constexpr uint64_t kMaxCount = std::numeric_limits<uint16_t>::max();
constexpr int64_t kFp16Bytes = 2;
constexpr ElementUnit kFp16{1, kFp16Bytes};

class VectorEmitter {
 public:
  VectorEmitter(ProgramBuilder& builder, const OpPlan& plan, const MemoryMap& map,
                const machine::Machine& machine, const Coordinate& repetition)
      : builder_(builder),
        plan_(plan),
        vector_(plan.vector),
        map_(map),
        machine_(machine),
        repetition_(repetition) {}

  void run() {
    const std::vector<Piece> batches = split(vector_.batch, 1, false);
    const std::vector<Piece> outers = split(vector_.m_outer, 1, false);
    const std::vector<Piece> rows = split(vector_.rows, vector_.row_block, false);
    const std::vector<Piece> cols = split(vector_.cols, vector_.col_block, false);
    const bool once =
        vector_.batch == 1 && outers.front().count == 1 && rows.front().count == 1 && cols.front().count == 1;
    attached_wait_ = once ? std::min(plan_.wait_act, kMaxCount) : 0;
    builder_.emit_wait(Queue::load, Semaphore::dram_done, plan_.wait_act - attached_wait_, plan_.index);
    over(batch_, batches, [&](int64_t) {
      over(outer_, outers, [&](int64_t) {
        over(row_, rows, [&](int64_t row_count) {
          over(col_, cols, [&](int64_t col_count) { chunk(row_count, col_count); });
        });
      });
    });
  }

 private:
  template <typename Body>
  void over(Coordinate& coordinate, const std::vector<Piece>& pieces, Body body) {
    for (const Piece& piece : pieces) {
      coordinate = {piece.start, piece.size, builder_.open_loop(piece.count)};
      body(piece.size);
      builder_.close_loop(coordinate.level);
    }
    coordinate = {};
  }

  void chunk(int64_t rows, int64_t cols) {
    const Slot slot = builder_.take(Ring::vector);
    const auto operand = static_cast<uint64_t>(rows * cols * kFp16Bytes);
    const auto src1_count = vector_.src1_per_row ? rows : vector_.src1_rows;
    const auto src1 = static_cast<uint64_t>(src1_count * cols * kFp16Bytes);

    Instruction load = transfer(Opcode::load, rows, cols, vector_.src0, row_, kFp16);
    ProgramBuilder::wait(load, Semaphore::vec_free);
    ProgramBuilder::wait(load, Semaphore::dram_done, attached_wait_);
    attached_wait_ = 0;
    // Loads complete in order, so the last one announces both operands.
    if (src1_count == 0) ProgramBuilder::post(load, Semaphore::vec_in);
    builder_.emit(load, {{&Instruction::spad, slot}});
    if (src1_count > 0) {
      const Coordinate row = vector_.src1_per_row ? row_ : Coordinate{};
      Instruction second = transfer(Opcode::load, src1_count, cols, vector_.src1, row, kFp16);
      ProgramBuilder::post(second, Semaphore::vec_in);
      builder_.emit(second, {{&Instruction::spad, slot, operand}});
    }
    work(slot, rows, cols, operand, src1);
    store(slot, rows, cols, operand + src1);
  }

  void work(const Slot& slot, int64_t rows, int64_t cols, uint64_t operand, uint64_t src1) {
    Instruction in;
    in.opcode = Opcode::vector;
    in.queue = Queue::vector;
    in.op = plan_.index;
    in.vector_op = static_cast<isa::VectorOp>(plan_.op->vector_kind);
    in.rows = static_cast<uint32_t>(rows);
    in.cols = static_cast<uint32_t>(cols);
    in.src1_shared = src1 > 0 && !vector_.src1_per_row;
    in.scalar = plan_.op->scalar;
    in.format = plan_.format;
    in.result = vector_.result;
    in.result_scale = plan_.scale;
    ProgramBuilder::wait(in, Semaphore::vec_in);
    ProgramBuilder::post(in, Semaphore::vec_out);
    std::vector<SlotUse> uses = {{&Instruction::src0, slot}, {&Instruction::dst, slot, operand + src1}};
    if (src1 > 0) uses.push_back({&Instruction::src1, slot, operand});
    builder_.emit(in, uses);
  }

  void store(const Slot& slot, int64_t rows, int64_t cols, uint64_t at) {
    Instruction out;
    if (plan_.region < 0) {
      out = transfer(Opcode::store, rows, cols, vector_.dst, row_, unit_of(vector_.result));
    } else {
      out = append(rows, cols);
    }
    ProgramBuilder::wait(out, Semaphore::vec_out);
    ProgramBuilder::post(out, Semaphore::vec_free);
    ProgramBuilder::post(out, Semaphore::dram_done);
    builder_.emit(out, {{&Instruction::spad, slot, at}});
  }

  // New keys and values: the packed chunks lie one after the other in the operator's append region.
  [[nodiscard]] Instruction append(int64_t rows, int64_t cols) const {
    const Region& region = map_.regions[static_cast<size_t>(plan_.region)];
    const auto chunk = static_cast<int64_t>(region.batch_stride);
    const int64_t per_row = (vector_.cols + vector_.col_block - 1) / vector_.col_block;
    const int64_t per_outer = (vector_.rows + vector_.row_block - 1) / vector_.row_block * per_row;
    Instruction out = begin(Opcode::store);
    out.rows = 1;
    out.row_bytes = static_cast<uint32_t>(result_bytes(plan_, machine_, rows, cols));
    out.dram = dram_address(region.address, {{repetition_, static_cast<int64_t>(region.repeat_stride)},
                                             {outer_, per_outer * chunk},
                                             {in_blocks(row_, vector_.row_block), per_row * chunk},
                                             {in_blocks(col_, vector_.col_block), chunk}});
    return out;
  }

  [[nodiscard]] Instruction begin(Opcode opcode) const {
    Instruction in;
    in.opcode = opcode;
    in.queue = opcode == Opcode::load ? Queue::load : Queue::store;
    in.op = plan_.index;
    in.scratchpad = Scratchpad::output;
    return in;
  }

  [[nodiscard]] Instruction transfer(Opcode opcode, int64_t rows, int64_t cols, const workloads::View& view,
                                     const Coordinate& row, const ElementUnit& unit) const {
    const Region& region = map_.regions[static_cast<size_t>(map_.tensor_region(view.tensor))];
    const int64_t instance = region.repeat > 1 ? static_cast<int64_t>(region.repeat_stride) : 0;
    Instruction in = begin(opcode);
    in.rows = static_cast<uint32_t>(rows);
    in.row_bytes = static_cast<uint32_t>(unit.bytes_of(cols));
    in.dram_stride = static_cast<uint64_t>(unit.bytes_of(view.row_stride));
    in.dram = dram_address(region.address + static_cast<uint64_t>(unit.bytes_of(view.offset)),
                           {{repetition_, instance},
                            {batch_, unit.bytes_of(view.batch_stride)},
                            {outer_, unit.bytes_of(view.outer_stride)},
                            {row, unit.bytes_of(view.row_stride)},
                            {in_blocks(col_, unit.elements), unit.bytes}});
    return in;
  }

  ProgramBuilder& builder_;
  const OpPlan& plan_;
  const VectorPlan& vector_;
  const MemoryMap& map_;
  const machine::Machine& machine_;
  Coordinate repetition_, batch_, outer_, row_, col_;
  uint64_t attached_wait_ = 0;
};

}  // namespace

void emit_vector(ProgramBuilder& builder, const OpPlan& plan, const MemoryMap& map,
                 const machine::Machine& machine, const Coordinate& repetition) {
  VectorEmitter(builder, plan, map, machine, repetition).run();
}

}  // namespace vernier::mapper
