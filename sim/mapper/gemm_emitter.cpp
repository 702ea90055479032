// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
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

// Whether code stands at the first or last block of a scope that may contain loops. Only straight code
// (pieces that are executed once) is either.
struct Edge {
  bool first = true;
  bool last = true;

  [[nodiscard]] Edge inside(const std::vector<Piece>& pieces, size_t index) const {
    const bool once = pieces[index].count == 1;
    return {first && once && index == 0, last && once && index + 1 == pieces.size()};
  }
};

class GemmEmitter {
 public:
  GemmEmitter(ProgramBuilder& builder, const OpPlan& plan, const MemoryMap& map,
              const machine::Machine& machine, const Coordinate& repetition)
      : builder_(builder),
        plan_(plan),
        op_(*plan.op),
        tiling_(plan.tiling),
        machine_(machine),
        packed_(map.regions[static_cast<size_t>(plan.region)]),
        act_base_(map.regions[static_cast<size_t>(map.tensor_region(op_.act.tensor))].address),
        out_base_(map.regions[static_cast<size_t>(map.tensor_region(op_.out.tensor))].address),
        repetition_(repetition) {
    row_of_blocks_ = packed_.batch_stride;
    if (tiling_.n < op_.n) {
      for (const PackedBlock& block : packed_.blocks) {
        if (block.n0 == tiling_.n && block.k0 == 0) row_of_blocks_ = block.offset;
      }
    }
  }

  void run() {
    builder_.emit_wait(Queue::load, Semaphore::dram_done, excess(plan_.wait_weight), plan_.index);
    over(batch_, op_.batch / op_.parts, 1, {}, [&](Edge at_batch, int64_t) {
      over(part_, op_.parts, 1, at_batch, [&](Edge edge, int64_t) { matrix(edge); });
    });
  }

 private:
  // One batch entry.
  void matrix(Edge edge) {
    if (split_k()) {
      over(n_, op_.n, tiling_.n * tiling_.pair_n(), edge, [&](Edge at_n, int64_t n) {
        over(outer_, op_.m_outer, 1, at_n, [&](Edge at, int64_t) {
          over(m_, op_.m, tiling_.m * tiling_.pair_m(), at,
               [&](Edge inner, int64_t m) { blocks_of_k(inner.first, m, n); });
        });
      });
    } else if (tiling_.n_outer) {
      over(n_, op_.n, tiling_.n * tiling_.held, edge,
           [&](Edge at, int64_t n) { tiling_.held > 1 ? weight_pair(at, n) : weight_outer(at, n); });
    } else {
      over(outer_, op_.m_outer, 1, edge, [&](Edge at, int64_t) {
        over(m_, op_.m, tiling_.m * tiling_.held, at, [&](Edge inner, int64_t m) {
          tiling_.held > 1 ? activation_pair(inner, m) : activation_outer(inner, m);
        });
      });
    }
  }

  static uint64_t excess(uint64_t count) { return count > kMaxCount ? count - kMaxCount : 0; }

  // Runs body for every piece of a dimension, inside a loop where a piece has several blocks. On the way to
  // the operator's first block the first block is peeled, since its loads wait for earlier operators.
  template <typename Body>
  void over(Coordinate& coordinate, int64_t total, int64_t block, Edge edge, Body body) {
    pieces_over(coordinate, split(total, block, edge.first), edge, body);
  }

  template <typename Body>
  void pieces_over(Coordinate& coordinate, const std::vector<Piece>& pieces, Edge edge, Body body) {
    for (size_t i = 0; i < pieces.size(); ++i) {
      coordinate = {pieces[i].start, pieces[i].size, builder_.open_loop(pieces[i].count)};
      body(edge.inside(pieces, i), pieces[i].size);
      builder_.close_loop(coordinate.level);
    }
    coordinate = {};
  }

  [[nodiscard]] bool split_k() const { return tiling_.k < op_.k; }

  // Order n, m: the weight block stays during the inner loops over m.
  void weight_outer(Edge edge, int64_t n) {
    const Slot weight = load_weight(edge.first, n, op_.k, true);
    const std::vector<Piece> outers = split(op_.m_outer, 1, edge.first);
    const auto blocks_in = [&](bool first_outer) {
      return split(op_.m, tiling_.m, edge.first && first_outer);
    };
    const bool once = outers.front().count == 1;
    const bool sync_first = !once || blocks_in(once).front().count > 1;
    const bool sync_last = outers.back().count > 1 || blocks_in(once && outers.size() == 1).back().count > 1;
    if (sync_first) builder_.emit_wait(Queue::compute, Semaphore::weight_full, 1, plan_.index);
    pieces_over(outer_, outers, Edge{}, [&](Edge at, int64_t) {
      pieces_over(m_, blocks_in(at.first), at, [&](Edge inner, int64_t m) {
        const bool first_block = edge.first && inner.first;
        const Slot act = load_activation(first_block, m, op_.k);
        Instruction gemm = begin_gemm(m, n, op_.k);
        if (inner.first) ProgramBuilder::wait(gemm, Semaphore::weight_full);
        if (inner.last) ProgramBuilder::post(gemm, Semaphore::weight_free);
        ProgramBuilder::wait(gemm, Semaphore::act_full);
        ProgramBuilder::post(gemm, Semaphore::act_free);
        whole_block(gemm, weight, act, m, n);
      });
    });
    if (sync_last) builder_.emit_post(Queue::compute, Semaphore::weight_free, 1, plan_.index);
  }

  // Order m, n: the activation block stays during the inner loop over n.
  void activation_outer(Edge edge, int64_t m) {
    // On the operator's first block the weights are requested before the activations, which may have to wait.
    Slot act = builder_.take(Ring::activation);
    if (!edge.first) load_activation(act, false, m, op_.k);
    const std::vector<Piece> blocks = split(op_.n, tiling_.n, edge.first);
    const bool sync_first = blocks.front().count > 1;
    const bool sync_last = blocks.back().count > 1;
    if (sync_first) builder_.emit_wait(Queue::compute, Semaphore::act_full, 1, plan_.index);
    pieces_over(n_, blocks, Edge{}, [&](Edge inner, int64_t n) {
      const bool first_block = edge.first && inner.first;
      const Slot weight = load_weight(first_block, n, op_.k, true);
      if (first_block) load_activation(act, true, m, op_.k);
      Instruction gemm = begin_gemm(m, n, op_.k);
      if (inner.first) ProgramBuilder::wait(gemm, Semaphore::act_full);
      if (inner.last) ProgramBuilder::post(gemm, Semaphore::act_free);
      ProgramBuilder::wait(gemm, Semaphore::weight_full);
      ProgramBuilder::post(gemm, Semaphore::weight_free);
      whole_block(gemm, weight, act, m, n);
    });
    if (sync_last) builder_.emit_post(Queue::compute, Semaphore::act_free, 1, plan_.index);
  }

  // Runs body for the one or two blocks of a pair that covers `total` from where the coordinate stands.
  template <typename Body>
  void pair_over(Coordinate& coordinate, int64_t total, int64_t block, Body body) {
    const Coordinate pair = coordinate;
    for (size_t i = 0; i < (total > block ? 2U : 1U); ++i) {
      const int64_t from = static_cast<int64_t>(i) * block;
      coordinate.start = pair.start + from;
      body(i, std::min(block, total - from));
    }
    coordinate = pair;
  }

  // Order n, m with two weight blocks that stay. `n` is the size of both.
  void weight_pair(Edge edge, int64_t n) {
    std::array<Slot, kSlotsPerRing> weights{};
    pieces_over(m_, split_ends(op_.m, tiling_.m), Edge{}, [&](Edge inner, int64_t m) {
      const bool first_block = edge.first && inner.first;
      const auto load_pair = [&] {
        pair_over(n_, n, tiling_.n, [&](size_t i, int64_t part) {
          weights[i] = load_weight(first_block && i == 0, part, op_.k, true);
        });
      };
      // The operator's first activations may have to wait for other operators; later ones find a slot free
      // earlier.
      if (first_block) load_pair();
      const Slot act = load_activation(first_block, m, op_.k);
      if (inner.first && !first_block) load_pair();
      pair_over(n_, n, tiling_.n, [&](size_t i, int64_t part) {
        Instruction gemm = begin_gemm(m, part, op_.k);
        if (inner.first) ProgramBuilder::wait(gemm, Semaphore::weight_full);
        if (inner.last) ProgramBuilder::post(gemm, Semaphore::weight_free);
        if (i == 0) ProgramBuilder::wait(gemm, Semaphore::act_full);
        if (i == 1 || n <= tiling_.n) ProgramBuilder::post(gemm, Semaphore::act_free);
        whole_block(gemm, weights[i], act, m, part);
      });
    });
  }

  // Order m, n with two activation blocks that stay. `m` is the size of both.
  void activation_pair(Edge edge, int64_t m) {
    std::array<Slot, kSlotsPerRing> acts{};
    pieces_over(n_, split_ends(op_.n, tiling_.n), Edge{}, [&](Edge inner, int64_t n) {
      const bool first_block = edge.first && inner.first;
      const Slot weight = load_weight(first_block, n, op_.k, true);
      if (inner.first) {
        pair_over(m_, m, tiling_.m, [&](size_t i, int64_t part) {
          acts[i] = load_activation(first_block && i == 0, part, op_.k);
        });
      }
      pair_over(m_, m, tiling_.m, [&](size_t i, int64_t part) {
        Instruction gemm = begin_gemm(part, n, op_.k);
        if (inner.first) ProgramBuilder::wait(gemm, Semaphore::act_full);
        if (inner.last) ProgramBuilder::post(gemm, Semaphore::act_free);
        if (i == 0) ProgramBuilder::wait(gemm, Semaphore::weight_full);
        if (i == 1 || m <= tiling_.m) ProgramBuilder::post(gemm, Semaphore::weight_free);
        whole_block(gemm, weight, acts[i], part, n);
      });
    });
  }

  // A result block, or a pair of them side by side, whose k does not fit at once: fp32 partial sums stay in
  // the output slots. The operand that the two share is loaded once. `m` and `n` are the size of both
  // together.
  void blocks_of_k(bool first_block, int64_t m, int64_t n) {
    const bool two_n = n > tiling_.n;
    const bool two_m = m > tiling_.m;
    std::array<Slot, kSlotsPerRing> outs{};
    for (size_t i = 0; i < (two_n || two_m ? 2U : 1U); ++i) outs[i] = builder_.take(Ring::gemm_out);
    pieces_over(k_, split_ends(op_.k, tiling_.k), Edge{}, [&](Edge at, int64_t k) {
      Slot weight{}, act{};
      pair_over(n_, n, tiling_.n, [&](size_t i, int64_t part_n) {
        pair_over(m_, m, tiling_.m, [&](size_t j, int64_t part_m) {
          const bool first = first_block && at.first && i == 0 && j == 0;
          Instruction gemm = begin_gemm(part_m, part_n, k);
          gemm.accumulate = !at.first;
          gemm.final = at.last;
          // The shared operand comes first, while the slot of the other kind is still in use; only the
          // operator's first activations come late, as they may have to wait for other operators.
          const bool act_first = two_n && !first;
          if (i == 0 && act_first) act = load_activation(false, part_m, k);
          if (j == 0) {
            weight = load_weight(first, part_n, k, at.last);
            ProgramBuilder::wait(gemm, Semaphore::weight_full);
          }
          if (i == 0) {
            if (!act_first) act = load_activation(first, part_m, k);
            ProgramBuilder::wait(gemm, Semaphore::act_full);
          }
          if (at.first) ProgramBuilder::wait(gemm, Semaphore::out_free);
          if (j == 1 || !two_m) ProgramBuilder::post(gemm, Semaphore::weight_free);
          if (i == 1 || !two_n) ProgramBuilder::post(gemm, Semaphore::act_free);
          if (at.last) ProgramBuilder::post(gemm, Semaphore::out_full);
          emit_gemm(gemm, weight, act, outs[i + j]);
        });
      });
    });
    pair_over(n_, n, tiling_.n, [&](size_t i, int64_t part_n) {
      pair_over(m_, m, tiling_.m, [&](size_t j, int64_t part_m) { store(outs[i + j], part_m, part_n); });
    });
  }

  void whole_block(Instruction gemm, const Slot& weight, const Slot& act, int64_t m, int64_t n) {
    const Slot out = builder_.take(Ring::gemm_out);
    ProgramBuilder::wait(gemm, Semaphore::out_free);
    ProgramBuilder::post(gemm, Semaphore::out_full);
    emit_gemm(gemm, weight, act, out);
    store(out, m, n);
  }

  [[nodiscard]] Instruction begin_gemm(int64_t m, int64_t n, int64_t k) const {
    Instruction gemm;
    gemm.opcode = Opcode::gemm;
    gemm.queue = Queue::compute;
    gemm.op = plan_.index;
    gemm.format = plan_.format;
    gemm.act_format = plan_.shape.activations;
    gemm.act_scale = plan_.scale;
    gemm.m = static_cast<uint32_t>(m);
    gemm.n = static_cast<uint32_t>(n);
    gemm.k = static_cast<uint32_t>(k);
    return gemm;
  }

  void emit_gemm(const Instruction& gemm, const Slot& weight, const Slot& act, const Slot& out) {
    builder_.emit(
        gemm, {{&Instruction::weight, weight}, {&Instruction::activation, act}, {&Instruction::out, out}});
  }

  [[nodiscard]] uint64_t block_bytes(int64_t n, int64_t k, bool last_k) const {
    return formats::weight_block_bytes(plan_.group_format, block_shape(plan_, machine_, n, k, last_k));
  }

  Slot load_weight(bool first, int64_t n, int64_t k, bool last_k) {
    const uint64_t k_stride = packed_.align(block_bytes(n, tiling_.k, false));
    Instruction load = begin_load(Scratchpad::weight);
    load.rows = 1;
    load.row_bytes = static_cast<uint32_t>(block_bytes(n, k, last_k));
    load.dram =
        dram_address(packed_.address, {{repetition_, static_cast<int64_t>(packed_.repeat_stride)},
                                       {batch_, op_.parts * static_cast<int64_t>(packed_.batch_stride)},
                                       {part_, static_cast<int64_t>(packed_.batch_stride)},
                                       {in_blocks(n_, tiling_.n), static_cast<int64_t>(row_of_blocks_)},
                                       {in_blocks(k_, tiling_.k), static_cast<int64_t>(k_stride)}});
    ProgramBuilder::wait(load, Semaphore::weight_free);
    ProgramBuilder::post(load, Semaphore::weight_full);
    if (first)
      ProgramBuilder::wait(load, Semaphore::dram_done, plan_.wait_weight - excess(plan_.wait_weight));
    const Slot slot = builder_.take(Ring::weight);
    builder_.emit(load, {{&Instruction::spad, slot}});
    return slot;
  }

  Slot load_activation(bool first, int64_t m, int64_t k) {
    const Slot slot = builder_.take(Ring::activation);
    load_activation(slot, first, m, k);
    return slot;
  }

  void load_activation(const Slot& slot, bool first, int64_t m, int64_t k) {
    if (first) builder_.emit_wait(Queue::load, Semaphore::dram_done, excess(plan_.wait_act), plan_.index);
    Instruction load = begin_load(Scratchpad::activation);
    load.rows = static_cast<uint32_t>(m);
    const ElementUnit unit = unit_of(plan_.shape.activations);
    load.row_bytes = static_cast<uint32_t>(unit.bytes_of(k));
    load.dram_stride = static_cast<uint64_t>(unit.bytes_of(op_.act.row_stride));
    load.dram = tensor_address(act_base_, op_.act, k_, unit);
    ProgramBuilder::wait(load, Semaphore::act_free);
    ProgramBuilder::post(load, Semaphore::act_full);
    if (first) ProgramBuilder::wait(load, Semaphore::dram_done, plan_.wait_act - excess(plan_.wait_act));
    builder_.emit(load, {{&Instruction::spad, slot}});
  }

  void store(const Slot& slot, int64_t m, int64_t n) {
    Instruction out;
    out.opcode = Opcode::store;
    out.queue = Queue::store;
    out.op = plan_.index;
    out.scratchpad = Scratchpad::output;
    out.rows = static_cast<uint32_t>(m);
    out.row_bytes = static_cast<uint32_t>(n * kFp16Bytes);
    out.dram_stride = static_cast<uint64_t>(op_.out.row_stride * kFp16Bytes);
    out.dram = tensor_address(out_base_, op_.out, n_, {1, kFp16Bytes});
    ProgramBuilder::wait(out, Semaphore::out_full);
    ProgramBuilder::post(out, Semaphore::out_free);
    ProgramBuilder::post(out, Semaphore::dram_done);
    builder_.emit(out, {{&Instruction::spad, slot}});
  }

  [[nodiscard]] Instruction begin_load(Scratchpad scratchpad) const {
    Instruction load;
    load.opcode = Opcode::load;
    load.queue = Queue::load;
    load.op = plan_.index;
    load.scratchpad = scratchpad;
    return load;
  }

  [[nodiscard]] isa::Address tensor_address(uint64_t base, const workloads::View& view,
                                            const Coordinate& column, const ElementUnit& unit) const {
    return dram_address(base + static_cast<uint64_t>(unit.bytes_of(view.offset)),
                        {{batch_, unit.bytes_of(view.batch_stride)},
                         {part_, unit.bytes_of(view.part_stride)},
                         {outer_, unit.bytes_of(view.outer_stride)},
                         {m_, unit.bytes_of(view.row_stride)},
                         {in_blocks(column, unit.elements), unit.bytes}});
  }

  ProgramBuilder& builder_;
  const OpPlan& plan_;
  const workloads::Op& op_;
  const GemmTiling& tiling_;
  const machine::Machine& machine_;
  const Region& packed_;
  uint64_t act_base_, out_base_;
  uint64_t row_of_blocks_ = 0;  // bytes of all k blocks of one full n block
  Coordinate repetition_, batch_, part_, outer_, m_, n_, k_;
};

}  // namespace

isa::Address dram_address(uint64_t base, std::initializer_list<Term> terms) {
  isa::Address address;
  address.base = base;
  for (const Term& term : terms) {
    address.offset += static_cast<uint64_t>(term.coordinate.start * term.bytes);
    if (term.coordinate.level >= 0) {
      address.stride[static_cast<size_t>(term.coordinate.level)] += term.coordinate.step * term.bytes;
    }
  }
  return address;
}

void emit_gemm(ProgramBuilder& builder, const OpPlan& plan, const MemoryMap& map,
               const machine::Machine& machine, const Coordinate& repetition) {
  GemmEmitter(builder, plan, map, machine, repetition).run();
}

}  // namespace vernier::mapper
