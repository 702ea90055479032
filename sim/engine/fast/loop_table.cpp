// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/fast/loop_table.h"

#include <array>
#include <numeric>

namespace vernier::engine {
namespace {

using isa::Address;
using isa::Instruction;
using isa::Node;
using isa::Opcode;

__extension__ using Wide = __int128;

constexpr uint64_t kLongestPeriod = 1024;  // turns

/// A loop whose end was not reached yet.
struct Open {
  size_t body;
  uint64_t trip_count;
};

uint64_t magnitude(int64_t value) {
  return value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

/// Turns after which a multiple of `unit` is added up; 0 if there are none.
uint64_t turns_of(int64_t stride, uint64_t unit) {
  if (stride == 0) return 1;
  return unit == 0 ? 0 : unit / std::gcd(magnitude(stride), unit);
}

/// No sum of its strides leaves the 63 bits in which the modulus is what it says.
bool is_small(const Address& address, const std::vector<Open>& around) {
  Wide sum = address.offset;
  for (size_t level = 0; level < around.size(); ++level)
    sum += Wide{magnitude(address.stride[level])} * around[level].trip_count;
  return sum <= Wide{INT64_MAX};
}

/// Turns after which an address in a scratchpad is the same again; 0: never.
uint64_t period_of(const Address& address, size_t level, const std::vector<Open>& around) {
  if (address.stride[level] != 0 && !is_small(address, around)) return 0;
  return turns_of(address.stride[level], address.wrap);
}

void combine(uint64_t& period, uint64_t other) {
  if (period == 0 || other == 0) {
    period = 0;
  } else {
    period = std::lcm(period, other);
    if (period > kLongestPeriod) period = 0;
  }
}

Loop::Transfer transfer_of(const Instruction& instruction, size_t level, const std::vector<Open>& around) {
  const Address& dram = instruction.dram;
  Loop::Transfer transfer;
  transfer.instruction = &instruction;
  transfer.begin = transfer.end = dram.base;
  if (dram.wrap != 0) {
    transfer.end += dram.wrap - 1;
  } else {
    transfer.step = dram.stride[level];
    transfer.begin += dram.offset;
    transfer.end += dram.offset;
    for (size_t outer = 0; outer < around.size(); ++outer) {
      const uint64_t reach = static_cast<uint64_t>(dram.stride[outer]) * (around[outer].trip_count - 1);
      (dram.stride[outer] < 0 ? transfer.begin : transfer.end) += reach;
    }
  }
  transfer.end += (instruction.rows - 1) * instruction.dram_stride + instruction.row_bytes;
  return transfer;
}

void add(Loop& loop, const Instruction& instruction, const std::vector<Open>& around, uint64_t burst_bytes) {
  for (int i = 0; i < instruction.wait_count; ++i)
    loop.waits |= uint64_t{1} << instruction.waits[static_cast<size_t>(i)].semaphore;
  const auto add_address = [&](const Address& address) {
    combine(loop.period, period_of(address, loop.level, around));
  };
  switch (instruction.opcode) {
    case Opcode::load:
    case Opcode::store:
      add_address(instruction.spad);
      if (instruction.dram.wrap != 0) {
        add_address(instruction.dram);
      } else {
        combine(loop.period, turns_of(instruction.dram.stride[loop.level], burst_bytes));
      }
      loop.transfers.push_back(transfer_of(instruction, loop.level, around));
      break;
    case Opcode::gemm:
      for (const Address* address : {&instruction.weight, &instruction.activation, &instruction.out})
        add_address(*address);
      break;
    case Opcode::vector:
      for (const Address* address :
           {&instruction.src0, &instruction.src1, &instruction.dst, &instruction.factors})
        add_address(*address);
      break;
    case Opcode::sync:
      break;
  }
}

}  // namespace

LoopTable::LoopTable(const isa::Program& program, int burst_bytes) {
  std::vector<Open> open;
  for (size_t i = 0; i < program.nodes.size(); ++i) {
    const Node& node = program.nodes[i];
    switch (node.kind) {
      case Node::Kind::loop_begin: {
        Loop& loop = loops_[i + 1];
        loop.level = open.size();
        loop.begin = &node + 1;
        loop.period = 1;
        open.push_back({i + 1, node.trip_count});
        break;
      }
      case Node::Kind::loop_end:
        loops_.at(open.back().body).end = &node;
        open.pop_back();
        break;
      case Node::Kind::instruction:
        for (const Open& around : open)
          add(loops_.at(around.body), node.instruction, open, static_cast<uint64_t>(burst_bytes));
        break;
    }
  }
}

}  // namespace vernier::engine
