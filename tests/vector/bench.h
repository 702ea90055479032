// SPDX-License-Identifier: Apache-2.0
// One vector instruction on a scratchpad of its own, for tests.
#pragma once

#include <cstring>
#include <random>
#include <vector>

#include "models/formats/ieee.h"
#include "models/vector/vector_unit.h"

namespace vernier::vector {

using isa::VectorOp;
using Format = formats::ActivationFormat;
using Halves = std::vector<uint16_t>;

constexpr uint64_t kCapacity = 1 << 16;
constexpr uint64_t kSrc0 = 64, kSrc1 = 16384, kDst = 40000;

struct Bench {
  isa::Instruction in;
  isa::Program program;
  machine::Machine machine;
  isa::IssuedInstruction issued;
  machine::MemoryImage image;
  std::vector<uint8_t>& spad = image.output_spad;

  Bench(VectorOp op, uint32_t rows, uint32_t cols) {
    in.opcode = isa::Opcode::vector;
    in.vector_op = op;
    in.rows = rows;
    in.cols = cols;
    issued.src0 = kSrc0;
    issued.src1 = kSrc1;
    issued.dst = kDst;
    machine.output_spad.capacity_bytes = kCapacity;
    image.output_spad.assign(kCapacity, 0xa5);
    image.activation_spad.assign(kCapacity, 0xa5);
    machine.array.rows = 2;
    machine.array.lanes = 2;
  }

  Bench(const Bench& other)
      : in(other.in),
        program(other.program),
        machine(other.machine),
        issued(other.issued),
        image(other.image) {}
  Bench& operator=(const Bench&) = delete;

  void put(uint64_t at, const Halves& values) {
    if (!values.empty()) std::memcpy(&spad[at], values.data(), 2 * values.size());
  }

  Halves get(uint64_t at, size_t count) const {
    Halves values(count);
    std::memcpy(values.data(), &spad[at], 2 * count);
    return values;
  }

  Halves run() {
    issued.instruction = &in;
    vector_execute(issued, program, machine, image);
    return get(issued.dst, size_t{in.rows} * in.cols);
  }

  VectorFootprint footprint() {
    issued.instruction = &in;
    return vector_footprint(issued, program, machine);
  }
};

inline Halves halves(const std::vector<float>& values) {
  Halves out;
  for (const float v : values) out.push_back(formats::fp16_from_float(v));
  return out;
}

inline Halves random_halves(size_t count, float spread, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, spread);
  Halves out;
  for (size_t i = 0; i < count; ++i) out.push_back(formats::fp16_from_float(normal(random)));
  return out;
}

}  // namespace vernier::vector
