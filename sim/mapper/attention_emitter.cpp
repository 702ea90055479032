// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "models/vector/online_softmax.h"
#include "sim/mapper/emitters.h"

namespace vernier::mapper {
namespace {

using isa::Instruction;
using isa::Opcode;
using isa::Queue;
using isa::Scratchpad;
using isa::VectorOp;

constexpr int64_t kFp16Bytes = 2;

class AttentionEmitter {
 public:
  AttentionEmitter(ProgramBuilder& builder, const OpPlan* plans, const MemoryMap& map,
                   const machine::Machine& machine, const Coordinate& repetition)
      : builder_(builder),
        qk_(plans[0]),
        softmax_(plans[1]),
        av_(plans[2]),
        shape_(qk_.attention_shape),
        blocks_(*qk_.attention),
        slots_(attention_slots(shape_, blocks_, machine)),
        machine_(machine),
        keys_(map.regions[static_cast<size_t>(qk_.region)]),
        values_(map.regions[static_cast<size_t>(av_.region)]),
        query_base_(map.regions[static_cast<size_t>(map.tensor_region(qk_.op->act.tensor))].address),
        result_base_(map.regions[static_cast<size_t>(map.tensor_region(av_.op->out.tensor))].address),
        repetition_(repetition) {}

  void run() {
    begin();
    over(batch_, shape_.batch, 1, [&](int64_t) {
      over(head_, shape_.group, blocks_.heads, [&](int64_t) {
        over(token_, shape_.tokens, blocks_.tiles * blocks_.rows, [&](int64_t tokens) { turn(tokens); });
      });
    });
    end();
  }

 private:
  // Some rows of one head, among those that stay together.
  struct Tile {
    int64_t head = 0, token = 0;  // from where the turn stands
    int64_t rows = 0;
    int64_t first = 0;  // row of the resident queries and results
  };

  template <typename Body>
  void over(Coordinate& coordinate, int64_t total, int64_t block, Body body) {
    for (const Piece& piece : split(total, block, false)) {
      coordinate = {piece.start, piece.size, builder_.open_loop(piece.count)};
      body(piece.size);
      builder_.close_loop(coordinate.level);
    }
    coordinate = {};
  }

  // Takes over the scratchpads when all that other operators keep there is done with.
  void begin() {
    builder_.emit_wait(Queue::load, Semaphore::dram_done, qk_.wait_act, qk_.index);
    for (const Semaphore free : {Semaphore::weight_free, Semaphore::act_free, Semaphore::vec_free})
      builder_.emit_wait(Queue::load, free, kSlotsPerRing, qk_.index);
    builder_.emit_wait(Queue::compute, Semaphore::out_free, kSlotsPerRing, qk_.index);
    uint64_t at = 0;
    const auto ring = [&](Ring which, uint64_t slot) {
      builder_.begin_ring(which, at, slot);
      at += kSlotsPerRing * slot;
    };
    ring(Ring::key, slots_.key);
    ring(Ring::value, slots_.value);
    at = 0;
    ring(Ring::query, slots_.query);
    ring(Ring::probability, slots_.probability);
    at = 0;
    ring(Ring::score, slots_.score);
    ring(Ring::product, slots_.product);
    ring(Ring::result, slots_.result);
    ring(Ring::factors, slots_.factors);
    statistics_ = at;
    accumulators_ = at + slots_.statistics;
  }

  // Gives them back: operands after the last product, the output scratchpad after the last store.
  void end() {
    builder_.end_rings();
    for (const Semaphore free : {Semaphore::weight_free, Semaphore::act_free})
      builder_.emit_post(Queue::compute, free, kSlotsPerRing, av_.index);
    builder_.emit_wait(Queue::vector, Semaphore::result_free, kSlotsPerRing, av_.index);
    for (const Semaphore free : {Semaphore::result_free, Semaphore::out_free, Semaphore::vec_free})
      builder_.emit_post(Queue::vector, free, kSlotsPerRing, av_.index);
  }

  // All keys against the queries that stay. The scores of a tile are computed before the product of the tile
  // in front of it, so that the array has work during the exponentials.
  void turn(int64_t tokens) {
    const std::vector<Tile> tiles = tiles_of(tokens);
    load_queries(tiles);
    int64_t keys_before = 0;  // 0: there is no tile in front
    for (const Piece& piece : split_ends(shape_.keys, blocks_.keys)) {
      const bool last = piece.start + piece.size == shape_.keys;
      key_ = {piece.start, piece.size, builder_.open_loop(piece.count)};
      load_block(qk_, keys_, Ring::key, piece.size);
      load_block(av_, values_, Ring::value, piece.size);
      for (size_t i = 0; i < tiles.size(); ++i) {
        scores(tiles, i, piece);
        exponentials(tiles[i], piece);
        if (i > 0) {
          product(tiles, i - 1, piece.size, 2, 1, false);
          if (last) finish(tiles[i - 1]);
        } else if (keys_before > 0) {
          product(tiles, tiles.size() - 1, keys_before, 2, 2, false);
        }
      }
      builder_.close_loop(key_.level);
      keys_before = piece.size;
    }
    product(tiles, tiles.size() - 1, keys_before, 1, 1, true);
    finish(tiles.back());
  }

  [[nodiscard]] std::vector<Tile> tiles_of(int64_t tokens) const {
    std::vector<Tile> tiles;
    int64_t first = 0;
    for (int64_t head = 0; head < blocks_.heads; ++head) {
      for (int64_t token = 0; token < tokens; token += blocks_.rows) {
        const int64_t rows = std::min(blocks_.rows, tokens - token);
        tiles.push_back({head, token, rows, first});
        first += rows;
      }
    }
    return tiles;
  }

  void load_queries(const std::vector<Tile>& tiles) {
    query_ = builder_.take(Ring::query);
    const workloads::View& view = qk_.op->act;
    const ElementUnit unit = unit_of(shape_.queries);
    for (const Tile& tile : tiles) {
      Instruction load = transfer(Opcode::load, qk_, Scratchpad::activation);
      load.rows = static_cast<uint32_t>(tile.rows);
      load.row_bytes = static_cast<uint32_t>(unit.bytes_of(shape_.key_dim));
      load.dram_stride = static_cast<uint64_t>(unit.bytes_of(view.row_stride));
      load.dram = rows_address(query_base_, view, tile, unit);
      // Loads complete in order, so the last one announces all.
      if (&tile == &tiles.front()) ProgramBuilder::wait(load, Semaphore::query_free);
      if (&tile == &tiles.back()) ProgramBuilder::post(load, Semaphore::query_full);
      builder_.emit(load, {{&Instruction::spad, query_, query_offset(tile)}});
    }
  }

  void load_block(const OpPlan& plan, const Region& region, Ring ring, int64_t keys) {
    const bool is_key = ring == Ring::key;
    const auto bytes = [&](int64_t count) {
      const int64_t n = is_key ? count : shape_.value_dim;
      const int64_t k = is_key ? shape_.key_dim : count;
      return formats::weight_block_bytes(plan.group_format, block_shape(plan, machine_, n, k, true));
    };
    const uint64_t stride = region.align(bytes(blocks_.keys));
    Instruction load = transfer(Opcode::load, plan, Scratchpad::weight);
    load.rows = 1;
    load.row_bytes = static_cast<uint32_t>(bytes(keys));
    load.dram = dram_address(region.address, {{repetition_, static_cast<int64_t>(region.repeat_stride)},
                                              {batch_, static_cast<int64_t>(region.batch_stride)},
                                              {in_blocks(key_, blocks_.keys), static_cast<int64_t>(stride)}});
    ProgramBuilder::wait(load, is_key ? Semaphore::key_free : Semaphore::value_free);
    ProgramBuilder::post(load, is_key ? Semaphore::key_full : Semaphore::value_full);
    builder_.emit(load, {{&Instruction::spad, builder_.take(ring)}});
  }

  void scores(const std::vector<Tile>& tiles, size_t i, const Piece& piece) {
    Instruction gemm = begin_gemm(qk_, tiles[i].rows, piece.size, shape_.key_dim);
    if (i == 0) ProgramBuilder::wait(gemm, Semaphore::key_full);
    if (i == 0 && piece.start == 0) ProgramBuilder::wait(gemm, Semaphore::query_full);
    ProgramBuilder::wait(gemm, Semaphore::score_free);
    ProgramBuilder::post(gemm, Semaphore::score_full);
    if (i + 1 == tiles.size()) ProgramBuilder::post(gemm, Semaphore::key_free);
    builder_.emit(gemm, {{&Instruction::weight, builder_.recent(Ring::key, 1)},
                         {&Instruction::activation, query_, query_offset(tiles[i])},
                         {&Instruction::out, builder_.take(Ring::score)}});
  }

  void exponentials(const Tile& tile, const Piece& piece) {
    Instruction in = begin_vector(softmax_, VectorOp::online_softmax, tile.rows, piece.size);
    in.scalar = softmax_.op->scalar;
    in.accumulate = piece.start > 0;
    in.src1.base = statistics(tile);
    in.result = shape_.probabilities;
    in.result_scale = softmax_.scale;
    in.dst_scratchpad = Scratchpad::activation;
    ProgramBuilder::wait(in, Semaphore::score_full);
    ProgramBuilder::wait(in, Semaphore::probability_free);
    ProgramBuilder::post(in, Semaphore::score_free);
    ProgramBuilder::post(in, Semaphore::probability_full);
    builder_.emit(in, {{&Instruction::src0, builder_.recent(Ring::score, 1)},
                       {&Instruction::dst, builder_.take(Ring::probability)},
                       {&Instruction::factors, builder_.take(Ring::factors)}});
  }

  // The product of tile i, whose exponentials are `age` tiles old and whose values `value_age` blocks.
  void product(const std::vector<Tile>& tiles, size_t i, int64_t keys, uint64_t age, uint64_t value_age,
               bool last) {
    const Tile& tile = tiles[i];
    Instruction gemm = begin_gemm(av_, tile.rows, shape_.value_dim, keys);
    if (i == 0) ProgramBuilder::wait(gemm, Semaphore::value_full);
    ProgramBuilder::wait(gemm, Semaphore::probability_full);
    ProgramBuilder::wait(gemm, Semaphore::product_free);
    ProgramBuilder::post(gemm, Semaphore::product_full);
    ProgramBuilder::post(gemm, Semaphore::probability_free);
    if (i + 1 == tiles.size()) ProgramBuilder::post(gemm, Semaphore::value_free);
    if (last) ProgramBuilder::post(gemm, Semaphore::query_free);
    const Slot out = builder_.take(Ring::product);
    builder_.emit(gemm, {{&Instruction::weight, builder_.recent(Ring::value, value_age)},
                         {&Instruction::activation, builder_.recent(Ring::probability, age)},
                         {&Instruction::out, out}});

    Instruction add = begin_vector(av_, VectorOp::rescale_add, tile.rows, shape_.value_dim);
    add.dst.base = accumulator(tile);
    ProgramBuilder::wait(add, Semaphore::product_full);
    ProgramBuilder::post(add, Semaphore::product_free);
    builder_.emit(add,
                  {{&Instruction::src0, out}, {&Instruction::factors, builder_.recent(Ring::factors, age)}});
  }

  void finish(const Tile& tile) {
    const Slot slot = builder_.take(Ring::result);
    Instruction in = begin_vector(av_, VectorOp::normalise, tile.rows, shape_.value_dim);
    in.src0.base = accumulator(tile);
    in.src1.base = statistics(tile);
    ProgramBuilder::wait(in, Semaphore::result_free);
    ProgramBuilder::post(in, Semaphore::result_full);
    builder_.emit(in, {{&Instruction::dst, slot}});

    const workloads::View& view = av_.op->out;
    Instruction store = transfer(Opcode::store, av_, Scratchpad::output);
    store.rows = static_cast<uint32_t>(tile.rows);
    store.row_bytes = static_cast<uint32_t>(shape_.value_dim * kFp16Bytes);
    store.dram_stride = static_cast<uint64_t>(view.row_stride * kFp16Bytes);
    store.dram = rows_address(result_base_, view, tile, {1, kFp16Bytes});
    ProgramBuilder::wait(store, Semaphore::result_full);
    ProgramBuilder::post(store, Semaphore::result_free);
    ProgramBuilder::post(store, Semaphore::dram_done);
    builder_.emit(store, {{&Instruction::spad, slot}});
  }

  [[nodiscard]] static Instruction transfer(Opcode opcode, const OpPlan& plan, Scratchpad scratchpad) {
    Instruction in;
    in.opcode = opcode;
    in.queue = opcode == Opcode::load ? Queue::load : Queue::store;
    in.op = plan.index;
    in.scratchpad = scratchpad;
    return in;
  }

  [[nodiscard]] static Instruction begin_gemm(const OpPlan& plan, int64_t m, int64_t n, int64_t k) {
    Instruction gemm;
    gemm.opcode = Opcode::gemm;
    gemm.queue = Queue::compute;
    gemm.op = plan.index;
    gemm.format = plan.format;
    gemm.act_format = plan.shape.activations;
    gemm.act_scale = plan.scale;
    gemm.m = static_cast<uint32_t>(m);
    gemm.n = static_cast<uint32_t>(n);
    gemm.k = static_cast<uint32_t>(k);
    return gemm;
  }

  [[nodiscard]] static Instruction begin_vector(const OpPlan& plan, VectorOp op, int64_t rows, int64_t cols) {
    Instruction in;
    in.opcode = Opcode::vector;
    in.queue = Queue::vector;
    in.op = plan.index;
    in.vector_op = op;
    in.rows = static_cast<uint32_t>(rows);
    in.cols = static_cast<uint32_t>(cols);
    return in;
  }

  [[nodiscard]] isa::Address rows_address(uint64_t base, const workloads::View& view, const Tile& tile,
                                          const ElementUnit& unit) const {
    const int64_t inside = view.offset + tile.head * view.outer_stride + tile.token * view.row_stride;
    return dram_address(base + static_cast<uint64_t>(unit.bytes_of(inside)),
                        {{batch_, unit.bytes_of(view.batch_stride)},
                         {head_, unit.bytes_of(view.outer_stride)},
                         {token_, unit.bytes_of(view.row_stride)}});
  }

  [[nodiscard]] uint64_t query_offset(const Tile& tile) const {
    return static_cast<uint64_t>(tile.first) *
           formats::activation_bytes(shape_.queries, static_cast<uint64_t>(shape_.key_dim));
  }
  [[nodiscard]] uint64_t statistics(const Tile& tile) const {
    return statistics_ + static_cast<uint64_t>(tile.first) * vector::kStatisticBytes;
  }
  [[nodiscard]] uint64_t accumulator(const Tile& tile) const {
    return accumulators_ + static_cast<uint64_t>(tile.first * shape_.value_dim * 4);
  }

  ProgramBuilder& builder_;
  const OpPlan& qk_;
  const OpPlan& softmax_;
  const OpPlan& av_;
  const AttentionShape& shape_;
  const AttentionBlocks& blocks_;
  const AttentionSlots slots_;
  const machine::Machine& machine_;
  const Region& keys_;
  const Region& values_;
  uint64_t query_base_, result_base_;
  uint64_t statistics_ = 0, accumulators_ = 0;
  Slot query_;
  Coordinate repetition_, batch_, head_, token_, key_;
};

}  // namespace

void emit_attention(ProgramBuilder& builder, const OpPlan* plans, const MemoryMap& map,
                    const machine::Machine& machine, const Coordinate& repetition) {
  AttentionEmitter(builder, plans, map, machine, repetition).run();
}

}  // namespace vernier::mapper
