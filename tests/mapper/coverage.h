// SPDX-License-Identifier: Apache-2.0
// Checks that a program computes every result of every GEMM exactly once, from the right operands: follows
// where the bytes in the scratchpads came from and compares with the operators' views.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "models/formats/ieee.h"
#include "sim/mapper/mapper.h"
#include "tests/mapper/token_machine.h"

namespace vernier::mapper::testing {

class Coverage {
 public:
  Coverage(const workloads::Network& network, const MappedProgram& mapped, const TokenMachine& tokens)
      : network_(network), mapped_(mapped), tokens_(tokens) {
    for (const workloads::Segment& segment : network.segments) {
      for (const workloads::Op& op : segment.ops) {
        ops_.push_back(&op);
        repeats_.push_back(segment.repeat);
      }
    }
    macs_.resize(ops_.size());
    stored_.resize(ops_.size());
    moved_.resize(ops_.size());
    written_.resize(ops_.size());
  }

  void visit(const isa::IssuedInstruction& issued) {
    const isa::Instruction& in = *issued.instruction;
    if (in.opcode == isa::Opcode::load) {
      load(issued);
    } else if (in.opcode == isa::Opcode::gemm) {
      gemm(issued);
    } else if (in.opcode == isa::Opcode::store) {
      store(issued);
    } else if (in.opcode == isa::Opcode::vector && !appends(*ops_[in.op])) {
      const Tensor& target = network_.tensors[static_cast<size_t>(ops_[in.op]->dst.tensor)];
      ASSERT_EQ(in.result, formats::activation_format(target.format)) << ops_[in.op]->name;
      ASSERT_EQ(formats::fp16_to_float(in.result_scale), static_cast<float>(target.scale))
          << ops_[in.op]->name;
    }
  }

  void expect_complete() const {
    for (size_t i = 0; i < ops_.size(); ++i) {
      const workloads::Op& op = *ops_[i];
      const OpExpectation& expected = mapped_.ops[i];
      EXPECT_EQ(moved_[i].weight, expected.weight_bytes) << op.name;
      EXPECT_EQ(moved_[i].activation, expected.activation_bytes) << op.name;
      EXPECT_EQ(moved_[i].store, expected.store_bytes) << op.name;
      if (op.kind != workloads::OpKind::gemm) {
        if (appends(op)) continue;
        EXPECT_TRUE(written_[i] == bytes_of_result(op))
            << op.name << " writes other bytes than its result has";
        continue;
      }
      EXPECT_EQ(macs_[i], expected.macs) << op.name;
      EXPECT_EQ(macs_[i], static_cast<uint64_t>(op.macs() * repeats_[i])) << op.name;
      EXPECT_EQ(stored_[i].size(), static_cast<size_t>(op.batch * op.m_outer * op.m * op.n)) << op.name;
      for (const auto& [address, times] : stored_[i]) {
        ASSERT_EQ(times, repeats_[i]) << op.name << " stores address " << address;
      }
    }
  }

 private:
  using Format = formats::ActivationFormat;
  using Tensor = workloads::Tensor;

  struct Result {  // an element in the output scratchpad
    int64_t batch = -1, outer = 0, row = 0, col = 0, k = 0;
    bool final = false;
  };
  struct Moved {
    uint64_t weight = 0, activation = 0, store = 0;
  };

  void load(const isa::IssuedInstruction& issued) {
    const isa::Instruction& in = *issued.instruction;
    (in.scratchpad == isa::Scratchpad::weight ? moved_[in.op].weight : moved_[in.op].activation) +=
        uint64_t{in.rows} * in.row_bytes;
    auto& origin = origin_[static_cast<size_t>(in.scratchpad)];
    for (uint64_t row = 0; row < in.rows; ++row) {
      for (uint64_t i = 0; i < in.row_bytes; ++i) {
        origin[issued.spad + row * in.row_bytes + i] = issued.dram + row * in.dram_stride + i;
      }
    }
  }

  void gemm(const isa::IssuedInstruction& issued) {
    const isa::Instruction& in = *issued.instruction;
    const workloads::Op& op = *ops_[in.op];
    const Region& packed =
        mapped_.map.regions[static_cast<size_t>(mapped_.map.op_region(static_cast<int>(in.op)))];
    const uint64_t from = origin_[0][issued.weight];
    for (uint64_t i = 0; i < tokens_.weight_bytes(in); ++i)
      ASSERT_EQ(origin_[0][issued.weight + i], from + i);
    ASSERT_GE(from, packed.address);
    const uint64_t in_instance = (from - packed.address) % packed.repeat_stride;
    const auto batch = static_cast<int64_t>(in_instance / packed.batch_stride);
    const uint64_t offset = in_instance % packed.batch_stride;
    const auto block = std::find_if(packed.blocks.begin(), packed.blocks.end(),
                                    [&](const PackedBlock& b) { return b.offset == offset; });
    ASSERT_NE(block, packed.blocks.end()) << op.name << ": weights are not the start of a block";
    ASSERT_EQ(block->shape.n, in.n);
    ASSERT_EQ(block->shape.k, in.k);
    ASSERT_EQ(block->k0 + in.k == op.k, in.final);
    ASSERT_EQ(block->k0 == 0, !in.accumulate);

    const uint64_t act_base = tensor_base(op.act.tensor);
    const auto [outer, row0] = locate(op, act_base, batch, block->k0, origin_[1][issued.activation]);
    ASSERT_GE(outer, 0) << op.name << ": activations are not those of the block";
    ASSERT_EQ(in.act_format, act_format(op)) << op.name;
    const Tensor& act_tensor = network_.tensors[static_cast<size_t>(op.act.tensor)];
    ASSERT_EQ(formats::fp16_to_float(in.act_scale), static_cast<float>(act_tensor.scale)) << op.name;
    const uint64_t row_bytes = formats::activation_bytes(in.act_format, in.k);
    for (int64_t i = 0; i < in.m; ++i) {
      // All bytes of a row, whatever an element has: they follow one another in DRAM as on chip.
      const uint64_t at = issued.activation + static_cast<uint64_t>(i) * row_bytes;
      const uint64_t row = element(op.act, in.act_format, act_base, batch, outer, row0 + i, block->k0);
      for (uint64_t byte = 0; byte < row_bytes; ++byte)
        ASSERT_EQ(origin_[1][at + byte], row + byte) << op.name;
      for (int64_t j = 0; j < in.n; ++j) {
        Result& result = results_[{issued.out, i * in.n + j}];
        const Result wanted{batch, outer, row0 + i, block->n0 + j, block->k0, false};
        if (in.accumulate) {
          ASSERT_EQ(std::tie(result.batch, result.outer, result.row, result.col, result.k),
                    std::tie(wanted.batch, wanted.outer, wanted.row, wanted.col, wanted.k))
              << op.name << ": accumulates onto something else";
        }
        result = wanted;
        result.k += in.k;
        result.final = in.final;
      }
    }
    macs_[in.op] += uint64_t{in.m} * in.n * in.k;
  }

  void store(const isa::IssuedInstruction& issued) {
    const isa::Instruction& in = *issued.instruction;
    const workloads::Op& op = *ops_[in.op];
    moved_[in.op].store += uint64_t{in.rows} * in.row_bytes;
    if (op.kind != workloads::OpKind::gemm) {
      for (uint64_t i = 0; i < in.rows; ++i) {
        for (uint64_t b = 0; b < in.row_bytes; ++b)
          written_[in.op].insert(issued.dram + i * in.dram_stride + b);
      }
      return;
    }
    const uint64_t base = tensor_base(op.out.tensor);
    for (int64_t i = 0; i < in.rows; ++i) {
      for (int64_t j = 0; j < in.row_bytes / 2; ++j) {
        const Result& r = results_[{issued.spad, i * (in.row_bytes / 2) + j}];
        ASSERT_TRUE(r.final) << op.name << " stores partial sums";
        ASSERT_EQ(r.k, op.k);
        const uint64_t address =
            issued.dram + static_cast<uint64_t>(i) * in.dram_stride + static_cast<uint64_t>(j) * 2;
        ASSERT_EQ(address, element(op.out, Format::fp16, base, r.batch, r.outer, r.row, r.col)) << op.name;
        ++stored_[in.op][address];
      }
    }
  }

  [[nodiscard]] bool appends(const workloads::Op& op) const {
    return network_.tensors[static_cast<size_t>(op.dst.tensor)].kind == workloads::TensorKind::kv_cache;
  }

  /// Addresses of the bytes that a vector operator has to write.
  [[nodiscard]] std::set<uint64_t> bytes_of_result(const workloads::Op& op) const {
    const Format format =
        formats::activation_format(network_.tensors[static_cast<size_t>(op.dst.tensor)].format);
    const uint64_t base = tensor_base(op.dst.tensor);
    std::set<uint64_t> bytes;
    for (int64_t o = 0; o < op.m_outer; ++o) {
      for (int64_t i = 0; i < op.rows; ++i) {
        const uint64_t row = element(op.dst, format, base, 0, o, i, 0);
        const uint64_t size = formats::activation_bytes(format, static_cast<uint64_t>(op.cols));
        for (uint64_t b = 0; b < size; ++b) bytes.insert(row + b);
      }
    }
    return bytes;
  }

  [[nodiscard]] uint64_t tensor_base(int tensor) const {
    return mapped_.map.regions[static_cast<size_t>(mapped_.map.tensor_region(tensor))].address;
  }

  [[nodiscard]] Format act_format(const workloads::Op& op) const {
    return formats::activation_format(network_.tensors[static_cast<size_t>(op.act.tensor)].format);
  }

  /// Address of an element; of the table it begins.
  static uint64_t element(const workloads::View& v, Format format, uint64_t base, int64_t b, int64_t o,
                          int64_t i, int64_t c) {
    const int64_t index = v.offset + b * v.batch_stride + o * v.outer_stride + i * v.row_stride + c;
    return base + formats::activation_bytes(format, static_cast<uint64_t>(index));
  }

  [[nodiscard]] std::pair<int64_t, int64_t> locate(const workloads::Op& op, uint64_t base, int64_t batch,
                                                   int64_t k0, uint64_t address) const {
    for (int64_t o = 0; o < op.m_outer; ++o) {
      for (int64_t i = 0; i < op.m; ++i) {
        if (element(op.act, act_format(op), base, batch, o, i, k0) == address) return {o, i};
      }
    }
    return {-1, -1};
  }

  const workloads::Network& network_;
  const MappedProgram& mapped_;
  const TokenMachine& tokens_;
  std::vector<const workloads::Op*> ops_;
  std::vector<int64_t> repeats_;
  std::array<std::map<uint64_t, uint64_t>, 3> origin_;
  std::map<std::pair<uint64_t, int64_t>, Result> results_;  // by slot address and element
  std::vector<uint64_t> macs_;
  std::vector<std::map<uint64_t, int64_t>> stored_;
  std::vector<Moved> moved_;
  std::vector<std::set<uint64_t>> written_;  // by vector operators
};

}  // namespace vernier::mapper::testing
