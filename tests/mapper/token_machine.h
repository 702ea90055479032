// SPDX-License-Identifier: Apache-2.0
// A machine without time for checking programs: memory holds tags instead of values, and instructions run
// either in program order or in any order that queues and semaphores allow, chosen at random. If both orders
// show every instruction the same tags, the semaphores protect every slot and every tensor.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <random>
#include <unordered_map>
#include <vector>

#include "models/formats/weight_block.h"
#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "models/vector/vector_unit.h"

namespace vernier::mapper::testing {

enum class Memory { weight, activation, output, dram };

struct Range {
  Memory memory;
  uint64_t begin, end;
};

/// Everything an instruction reads and writes.
struct Footprint {
  std::vector<Range> reads, writes;
};

class TokenMachine {
 public:
  TokenMachine(const isa::Program& program, const machine::Machine& machine)
      : program_(program), machine_(machine) {
    const std::array<uint64_t, 4> sizes = {machine.weight_spad.capacity_bytes,
                                           machine.activation_spad.capacity_bytes,
                                           machine.output_spad.capacity_bytes, program.dram_bytes};
    for (size_t i = 0; i < sizes.size(); ++i) memory_[i].assign(sizes[i], 0);
    auto& dram = memory_[static_cast<size_t>(Memory::dram)];
    for (size_t i = 0; i < dram.size(); ++i) dram[i] = i + 1;
    for (size_t i = 0; i < isa::kMaxSemaphores; ++i) counts_[i] = program.semaphore_initial[i];
  }

  /// Called for every instruction in program order, after its effect.
  std::function<void(const isa::IssuedInstruction&)> on_instruction;

  /// Digests of what every instruction read, in program order.
  std::vector<uint64_t> run_in_order() {
    isa::Cursor cursor(program_);
    isa::IssuedInstruction issued;
    std::vector<uint64_t> digests;
    while (cursor.next(issued)) {
      EXPECT_TRUE(can_start(*issued.instruction))
          << "program order deadlocks at instruction " << issued.sequence;
      consume(*issued.instruction);
      digests.push_back(apply(issued));
      post(*issued.instruction);
      if (on_instruction) on_instruction(issued);
      if (::testing::Test::HasFailure()) break;
    }
    return digests;
  }

  /// The same from a random schedule; reports races (an instruction touching what a running one writes).
  std::vector<uint64_t> run_at_random(uint64_t seed) {
    std::mt19937_64 random(seed);
    isa::Cursor cursor(program_);
    std::array<std::deque<isa::IssuedInstruction>, isa::kQueueCount> queues;
    std::array<std::deque<Running>, isa::kQueueCount> running;
    std::vector<uint64_t> digests(isa::dynamic_count(program_));
    isa::IssuedInstruction next;
    bool more = cursor.next(next);
    const auto depth = static_cast<size_t>(machine_.sequencer.queue_depth);
    while (!::testing::Test::HasFailure()) {
      // Choices: dispatch (4), start the head of queue q (0..3), finish the oldest of unit q (5..8).
      std::vector<int> choices;
      if (more && queues[index(*next.instruction)].size() < depth) choices.push_back(4);
      for (int q = 0; q < isa::kQueueCount; ++q) {
        const auto at = static_cast<size_t>(q);
        const bool unit_free =
            running[at].size() < (q == 0 || q == 3 ? 3U : 1U);  // transfers overlap in DRAM
        if (unit_free && !queues[at].empty() && can_start(*queues[at].front().instruction))
          choices.push_back(q);
        if (!running[at].empty()) choices.push_back(5 + q);
      }
      if (choices.empty()) break;
      const int choice = choices[std::uniform_int_distribution<size_t>(0, choices.size() - 1)(random)];
      if (choice == 4) {
        queues[index(*next.instruction)].push_back(next);
        more = cursor.next(next);
      } else if (choice < 4) {
        auto& queue = queues[static_cast<size_t>(choice)];
        Running started{queue.front(), footprint(queue.front())};
        queue.pop_front();
        consume(*started.issued.instruction);
        for (const auto& unit : running) {
          for (const Running& other : unit) check_race(started, other);
        }
        running[static_cast<size_t>(choice)].push_back(std::move(started));
      } else {
        auto& unit = running[static_cast<size_t>(choice - 5)];
        const Running done = unit.front();
        unit.pop_front();
        digests[done.issued.sequence] = apply(done.issued);
        post(*done.issued.instruction);
      }
    }
    EXPECT_FALSE(more) << "deadlock";
    for (const auto& queue : queues) EXPECT_TRUE(queue.empty()) << "deadlock";
    return digests;
  }

  void expect_initial_semaphores() const {
    for (size_t i = 0; i < isa::kMaxSemaphores; ++i) {
      EXPECT_EQ(counts_[i], program_.semaphore_initial[i]) << "semaphore " << i;
    }
  }

  [[nodiscard]] Footprint footprint(const isa::IssuedInstruction& issued) const {
    const isa::Instruction& in = *issued.instruction;
    Footprint out;
    if (in.opcode == isa::Opcode::load || in.opcode == isa::Opcode::store) {
      const Range spad{static_cast<Memory>(in.scratchpad), issued.spad,
                       issued.spad + uint64_t{in.rows} * in.row_bytes};
      auto& dram_side = in.opcode == isa::Opcode::load ? out.reads : out.writes;
      (in.opcode == isa::Opcode::load ? out.writes : out.reads).push_back(spad);
      for (uint64_t row = 0; row < in.rows; ++row) {
        const uint64_t begin = issued.dram + row * in.dram_stride;
        dram_side.push_back({Memory::dram, begin, begin + in.row_bytes});
      }
    } else if (in.opcode == isa::Opcode::gemm) {
      out.reads.push_back({Memory::weight, issued.weight, issued.weight + weight_bytes(in)});
      out.reads.push_back({Memory::activation, issued.activation,
                           issued.activation + in.m * formats::activation_bytes(in.act_format, in.k)});
      const Range result{Memory::output, issued.out,
                         issued.out + uint64_t{in.m} * in.n * (in.final && !in.accumulate ? 2 : 4)};
      if (in.accumulate) out.reads.push_back(result);
      out.writes.push_back(result);
    } else if (in.opcode == isa::Opcode::vector && in.vector_op >= isa::VectorOp::online_softmax) {
      online(issued, out);
    } else if (in.opcode == isa::Opcode::vector) {
      const uint64_t bytes = uint64_t{in.rows} * in.cols * 2;
      out.reads.push_back({Memory::output, issued.src0, issued.src0 + bytes});
      if (issued.src1 != 0) {
        const uint64_t second = in.src1_shared ? vector::src1_elements(in.vector_op, in.cols) * 2 : bytes;
        out.reads.push_back({Memory::output, issued.src1, issued.src1 + second});
      }
      const uint64_t written = in.vector_op == isa::VectorOp::quantize
                                   ? packed_bytes(in, in.rows, in.cols, true)
                                   : in.rows * formats::activation_bytes(in.result, in.cols);
      out.writes.push_back({Memory::output, issued.dst, issued.dst + written});
    }
    return out;
  }

  [[nodiscard]] uint64_t weight_bytes(const isa::Instruction& in) const {
    return packed_bytes(in, in.n, in.k, in.final);
  }

  [[nodiscard]] uint64_t packed_bytes(const isa::Instruction& in, int64_t n, int64_t k,
                                      bool channel_scales) const {
    const formats::GroupFormat format = formats::group_format(program_.formats[in.format]);
    formats::WeightBlockShape shape;
    shape.n = n;
    shape.k = k;
    shape.rows = machine_.array.channel_tile();
    shape.lanes = machine_.array.lanes;
    shape.with_channel_scales = channel_scales && format.has_channel_scale();
    return formats::weight_block_bytes(format, shape);
  }

 private:
  struct Running {
    isa::IssuedInstruction issued;
    Footprint footprint;
  };

  // fp32 statistics, two a row; factors, one a row; fp32 rows.
  static void online(const isa::IssuedInstruction& issued, Footprint& out) {
    const isa::Instruction& in = *issued.instruction;
    const uint64_t elements = uint64_t{in.rows} * in.cols;
    const auto output = [](uint64_t at, uint64_t bytes) { return Range{Memory::output, at, at + bytes}; };
    const Range statistics = output(issued.src1, uint64_t{in.rows} * 8);
    const Range factors = output(issued.factors, uint64_t{in.rows} * 4);
    const Range result{static_cast<Memory>(in.dst_scratchpad), issued.dst,
                       issued.dst + in.rows * formats::activation_bytes(in.result, in.cols)};
    if (in.vector_op == isa::VectorOp::online_softmax) {
      out.reads.push_back(output(issued.src0, 2 * elements));
      if (in.accumulate) out.reads.push_back(statistics);
      out.writes = {result, statistics, factors};
    } else if (in.vector_op == isa::VectorOp::rescale_add) {
      out.reads = {output(issued.src0, 2 * elements), factors, output(issued.dst, 4 * elements)};
      out.writes = {output(issued.dst, 4 * elements)};
    } else {
      out.reads = {output(issued.src0, 4 * elements), statistics};
      out.writes = {result};
    }
  }

  static size_t index(const isa::Instruction& in) { return static_cast<size_t>(in.queue); }

  [[nodiscard]] bool can_start(const isa::Instruction& in) const {
    for (size_t i = 0; i < in.wait_count; ++i) {
      if (counts_[in.waits[i].semaphore] < in.waits[i].count) return false;
    }
    return true;
  }
  void consume(const isa::Instruction& in) {
    for (size_t i = 0; i < in.wait_count; ++i) counts_[in.waits[i].semaphore] -= in.waits[i].count;
  }
  void post(const isa::Instruction& in) {
    for (size_t i = 0; i < in.post_count; ++i) counts_[in.posts[i].semaphore] += in.posts[i].count;
  }

  static bool overlap(const std::vector<Range>& a, const std::vector<Range>& b) {
    for (const Range& x : a) {
      for (const Range& y : b) {
        if (x.memory == y.memory && x.begin < y.end && y.begin < x.end) return true;
      }
    }
    return false;
  }
  static void check_race(const Running& a, const Running& b) {
    const bool race = overlap(a.footprint.writes, b.footprint.writes) ||
                      overlap(a.footprint.writes, b.footprint.reads) ||
                      overlap(a.footprint.reads, b.footprint.writes);
    EXPECT_FALSE(race) << "instruction " << a.issued.sequence << " starts while " << b.issued.sequence
                       << " works on the same bytes";
  }

  // Reads into a digest, then writes tags derived from it (transfers copy).
  uint64_t apply(const isa::IssuedInstruction& issued) {
    const Footprint touched = footprint(issued);
    uint64_t digest = 14695981039346656037ULL;
    std::vector<uint64_t> data;
    for (const Range& range : touched.reads) {
      auto& memory = memory_[static_cast<size_t>(range.memory)];
      EXPECT_LE(range.end, memory.size()) << "read outside memory " << int(range.memory);
      if (range.end > memory.size()) return 0;
      for (uint64_t i = range.begin; i < range.end; ++i) {
        digest = (digest ^ memory[i]) * 1099511628211ULL;
        data.push_back(memory[i]);
      }
    }
    const bool copies =
        issued.instruction->opcode == isa::Opcode::load || issued.instruction->opcode == isa::Opcode::store;
    size_t at = 0;
    for (const Range& range : touched.writes) {
      auto& memory = memory_[static_cast<size_t>(range.memory)];
      EXPECT_LE(range.end, memory.size()) << "write outside memory " << int(range.memory);
      if (range.end > memory.size()) return 0;
      for (uint64_t i = range.begin; i < range.end; ++i, ++at)
        memory[i] = copies ? data[at] : digest * 31 + at;
    }
    return digest;
  }

  const isa::Program& program_;
  const machine::Machine& machine_;
  std::array<std::vector<uint64_t>, 4> memory_;
  std::array<uint64_t, isa::kMaxSemaphores> counts_{};
};

}  // namespace vernier::mapper::testing
