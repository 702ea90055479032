// SPDX-License-Identifier: Apache-2.0
// Seeded random programs for the tests of the instruction set: every field is exercised, addresses stay
// small.
#pragma once

#include <random>

#include "models/isa/instruction.h"

namespace vernier::isa::testing {

class RandomProgram {
 public:
  explicit RandomProgram(uint64_t seed) : random_(seed) {}

  Program make() {
    Program program;
    program.name = "random \"quoted\" program";
    program.formats = {"fp16", "bitmod4_g128"};
    program.ops = {{"q_proj", "attention"}, {"silu", "mlp"}, {"odd name\\", "a b"}};
    program.dram_bytes = uint64_t{1} << 40;
    for (auto& initial : program.semaphore_initial) initial = below(3) == 0 ? below(5) : 0;
    if (below(2) == 0) pool(program);
    body(program, 0, 1 + static_cast<int>(below(6)));
    return program;
  }

 private:
  uint32_t below(uint32_t limit) { return std::uniform_int_distribution<uint32_t>(0, limit - 1)(random_); }

  // Regions side by side, each of one operator.
  void pool(Program& program) {
    for (OpInfo& op : program.ops) {
      for (std::vector<uint32_t>* list : {&op.reads, &op.writes}) {
        for (uint32_t count = below(3); count > 0; --count) {
          list->push_back(static_cast<uint32_t>(program.pool.size()));
          program.pool.push_back({"tensor " + std::to_string(program.pool.size()), program.pool_bytes, 64});
          program.pool_bytes += 64;
        }
      }
    }
    program.pool_bytes += 1 + below(100);
  }

  void body(Program& program, int depth, int length) {
    for (int i = 0; i < length; ++i) {
      Node node;
      if (depth < kMaxLoopDepth && below(3) == 0) {
        node.kind = Node::Kind::loop_begin;
        node.trip_count = 1 + below(3);
        program.nodes.push_back(node);
        body(program, depth + 1, 1 + static_cast<int>(below(2)));
        node.kind = Node::Kind::loop_end;
        node.trip_count = 0;
      } else {
        node.instruction = instruction(depth);
      }
      program.nodes.push_back(node);
    }
  }

  Address address(int depth) {
    Address out;
    out.base = below(1000);
    out.offset = 100000 + below(1000);
    out.wrap = below(2) == 0 ? 0 : 1 + below(5000);
    for (size_t level = 0; level < static_cast<size_t>(depth); ++level) {
      out.stride[level] = static_cast<int64_t>(below(4000)) - 1000;
    }
    return out;
  }

  void fill_transfer(Instruction& out, int depth) {
    out.queue = out.opcode == Opcode::load ? Queue::load : Queue::store;
    out.scratchpad = static_cast<Scratchpad>(below(3));
    out.spad = address(depth);
    out.dram = address(depth);
    out.rows = 1 + below(9);
    out.row_bytes = 1 + below(900);
    out.dram_stride = below(10000);
  }

  void fill_gemm(Instruction& out, int depth) {
    out.queue = Queue::compute;
    out.m = 1 + below(99);
    out.n = 1 + below(99);
    out.k = 1 + below(99);
    out.weight = address(depth);
    out.activation = address(depth);
    out.out = address(depth);
    out.format = static_cast<uint8_t>(below(2));
    out.act_format = activations();
    out.act_scale = scale(out.act_format);
    out.accumulate = below(2) == 0;
    out.final = below(2) == 0;
  }

  void fill_vector(Instruction& out, int depth) {
    out.queue = Queue::vector;
    out.vector_op = static_cast<VectorOp>(below(16));
    out.rows = 1 + below(99);
    out.cols = 1 + below(99);
    out.src0 = address(depth);
    out.src1 = address(depth);
    out.dst = address(depth);
    out.src1_shared = below(2) == 0;
    out.scalar = 1.0F / static_cast<float>(1 + below(1000));
    if (out.vector_op == VectorOp::quantize) {
      out.format = static_cast<uint8_t>(below(2));
    } else if (out.vector_op == VectorOp::rescale_add) {
      out.factors = address(depth);
    } else {
      if (below(2) == 0) out.dst_scratchpad = Scratchpad::activation;
      out.result = activations();
      out.result_scale = scale(out.result);
    }
    if (out.vector_op == VectorOp::online_softmax) {
      out.factors = address(depth);
      out.accumulate = below(2) == 0;
    }
    if (out.vector_op >= VectorOp::online_softmax) out.src1_shared = false;
    if (out.vector_op == VectorOp::rope) out.cols *= 2;
    if (formats::is_table(out.result)) out.cols *= formats::kTableGroup;
  }

  formats::ActivationFormat activations() {
    return below(2) == 0 ? formats::ActivationFormat::fp16 : formats::kActivationFormats[below(5)];
  }
  uint16_t scale(formats::ActivationFormat format) {
    if (format != formats::ActivationFormat::int8 || below(2) == 0) return 0x3c00;
    return static_cast<uint16_t>(1 + below(0x7bff));
  }

  Instruction instruction(int depth) {
    Instruction out;
    out.opcode = static_cast<Opcode>(below(5));
    if (out.opcode != Opcode::sync) out.op = below(3);
    switch (out.opcode) {
      case Opcode::load:
      case Opcode::store:
        fill_transfer(out, depth);
        break;
      case Opcode::gemm:
        fill_gemm(out, depth);
        break;
      case Opcode::vector:
        fill_vector(out, depth);
        break;
      case Opcode::sync:
        out.queue = static_cast<Queue>(below(4));
        break;
    }
    // One waiter per semaphore: queue q waits on identifiers that are q modulo 4.
    out.wait_count = static_cast<uint8_t>(below(kMaxSyncs + 1));
    for (uint32_t i = 0; i < out.wait_count; ++i) {
      const auto id = static_cast<uint8_t>(16 * i + 4 * below(4) + static_cast<uint32_t>(out.queue));
      out.waits[i] = {id, static_cast<uint16_t>(1 + below(1000))};
    }
    out.post_count = static_cast<uint8_t>(below(kMaxSyncs + 1));
    for (uint32_t i = 0; i < out.post_count; ++i) {
      out.posts[i] = {static_cast<uint8_t>(16 * i + below(16)), static_cast<uint16_t>(1 + below(1000))};
    }
    return out;
  }

  std::mt19937_64 random_;
};

}  // namespace vernier::isa::testing
