// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/repetition.h"

#include <functional>
#include <numeric>

#include "base/error.h"

namespace vernier::engine {
namespace {

bool is_transfer(const isa::Instruction& instruction) {
  return instruction.opcode == isa::Opcode::load || instruction.opcode == isa::Opcode::store;
}

}  // namespace

void StateWords::add(const isa::IssuedInstruction& issued) {
  const isa::Instruction& instruction = *issued.instruction;
  const auto is_before = std::less<const void*>();
  inside_ &= !is_before(&instruction, turn_.loop.begin) && is_before(&instruction, turn_.loop.end);
  add(&instruction);
  add(issued.sequence - turn_.sequence);
  switch (instruction.opcode) {
    case isa::Opcode::load:
    case isa::Opcode::store: {
      const auto stride = static_cast<uint64_t>(instruction.dram.stride[turn_.loop.level]);
      add(issued.spad);
      add(instruction.dram.wrap != 0 ? issued.dram : issued.dram - turn_.index * stride);
      break;
    }
    case isa::Opcode::gemm:
      add(issued.weight);
      add(issued.activation);
      add(issued.out);
      break;
    case isa::Opcode::vector:
      add(issued.src0);
      add(issued.src1);
      add(issued.dst);
      add(issued.factors);
      break;
    case isa::Opcode::sync:
      break;
  }
}

void Counters::read(std::vector<uint64_t>& values) const {
  values.resize(std::accumulate(ranges_.begin(), ranges_.end(), size_t{0},
                                [](size_t sum, const Range& range) { return sum + range.count; }));
  uint64_t* at = values.data();
  for (const Range& range : ranges_) {
    if (range.narrow) {
      const auto* words = static_cast<const uint32_t*>(range.first);
      std::copy(words, words + range.count, at);
    } else {
      std::memcpy(at, range.first, range.count * sizeof(uint64_t));
    }
    at += range.count;
  }
}

void Counters::repeat(const std::vector<uint64_t>& before, uint64_t times) {
  std::vector<uint64_t> values;
  read(values);
  VERNIER_INVARIANT(values.size() == before.size(), "{} counters, {} before", values.size(), before.size());
  for (size_t i = 0; i < values.size(); ++i) values[i] += times * (values[i] - before[i]);
  const uint64_t* at = values.data();
  for (const Range& range : ranges_) {
    if (range.narrow) {
      std::transform(at, at + range.count, static_cast<uint32_t*>(range.first),
                     [](uint64_t value) { return static_cast<uint32_t>(value); });
    } else {
      std::memcpy(range.first, at, range.count * sizeof(uint64_t));
    }
    at += range.count;
  }
}

void Jump::move(isa::IssuedInstruction& issued) const {
  issued.sequence += times * instructions;
  if (is_transfer(*issued.instruction)) issued.dram += dram_bytes(*issued.instruction);
}

}  // namespace vernier::engine
