// SPDX-License-Identifier: Apache-2.0
#include "tests/fidelity/random_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "models/pe/registry.h"
#include "tests/fidelity/random_case.h"
#include "tests/oracle/oracle.h"

namespace vernier::fidelity {
namespace {

using isa::Instruction;
using isa::Opcode;
using oracle::Step;

/// Of `bytes` bytes in a scratchpad, often in a ring.
isa::Address random_address(std::mt19937_64& random, const machine::ScratchpadParams& pad, uint64_t bytes,
                            int depth) {
  const auto room = static_cast<int64_t>(pad.capacity_bytes - bytes);
  isa::Address address;
  address.base = static_cast<uint64_t>(pick(random, 0, room));
  if (pick(random, 0, 1) == 0) return address;
  address.wrap = static_cast<uint64_t>(pick(random, 1, room - static_cast<int64_t>(address.base) + 1));
  address.offset = static_cast<uint64_t>(pick(random, 0, 9999));
  for (int level = 0; level < depth; ++level)
    address.stride[static_cast<size_t>(level)] = pick(random, -9999, 9999);
  return address;
}

/// Everything inside its scratchpad.
void random_places(std::mt19937_64& random, Instruction& in, const isa::Program& program,
                   const machine::Machine& machine, int depth) {
  const oracle::Footprint bytes = oracle::footprint(in, program, machine);
  const machine::ScratchpadParams& output = machine.output_spad;
  if (in.opcode == Opcode::gemm) {
    in.weight = random_address(random, machine.weight_spad, bytes.weight, depth);
    in.activation = random_address(random, machine.activation_spad, bytes.activation, depth);
    in.out = random_address(random, output, bytes.out, depth);
  } else if (in.opcode == Opcode::vector) {
    in.src0 = random_address(random, output, bytes.src0, depth);
    in.src1 = random_address(random, output, bytes.src1, depth);
    in.dst = random_address(random, output, bytes.dst, depth);
  } else if (in.opcode != Opcode::sync) {
    const std::array pads = {&machine.weight_spad, &machine.activation_spad, &output};
    in.spad = random_address(random, *pads.at(static_cast<size_t>(in.scratchpad)), bytes.transfer, depth);
  }
}

void random_transfer(std::mt19937_64& random, Instruction& in, const machine::Machine& machine) {
  const int64_t burst = machine.dram.burst_bytes;
  in.scratchpad = isa::Scratchpad::output;  // of most loads too: most collisions are there
  if (in.opcode == Opcode::load && pick(random, 0, 1) == 0)
    in.scratchpad = isa::Scratchpad{static_cast<uint8_t>(pick(random, 0, 1))};
  in.rows = static_cast<uint32_t>(pick(random, 1, 9));
  in.row_bytes = static_cast<uint32_t>(pick(random, 0, 2) == 0 ? pick(random, 1, 4) * burst
                                                               : pick(random, 1, 3 * burst));
  if (pick(random, 0, 4) == 0) {  // long enough for many to be granted at once
    in.rows = static_cast<uint32_t>(pick(random, 1, 2));
    in.row_bytes = static_cast<uint32_t>(pick(random, 1, 40 * burst));
  }
  in.dram_stride = in.rows == 1 ? 0
                                : static_cast<uint64_t>(pick(random, 0, 1) == 0
                                                            ? in.row_bytes
                                                            : in.row_bytes + pick(random, 0, 2 * burst));
  in.dram.base =
      static_cast<uint64_t>(pick(random, 0, 1) == 0 ? pick(random, 0, 99) * burst : pick(random, 0, 9999));
  in.dram.offset = static_cast<uint64_t>(pick(random, 2000, 3000));
  if (pick(random, 0, 3) == 0) in.dram.wrap = static_cast<uint64_t>(pick(random, 1, 5000));
}

Instruction random_instruction(std::mt19937_64& random, const machine::Machine& machine,
                               const isa::Program& program, bool vectors, int depth) {
  Instruction in;
  const int64_t kind = pick(random, 0, 9);
  in.opcode = kind < 4              ? Opcode::load
              : kind < 6            ? Opcode::store
              : kind < 7            ? Opcode::gemm
              : kind < 9 && vectors ? Opcode::vector
                                    : Opcode::sync;
  const std::map<Opcode, int> queue_of = {
      {Opcode::load, 0}, {Opcode::gemm, 1}, {Opcode::vector, 2}, {Opcode::store, 3}};
  in.queue = static_cast<isa::Queue>(in.opcode == Opcode::sync ? pick(random, 0, 3) : queue_of.at(in.opcode));
  if (in.opcode == Opcode::load || in.opcode == Opcode::store) {
    random_transfer(random, in, machine);
    for (int level = 0; level < depth; ++level)
      in.dram.stride[static_cast<size_t>(level)] = pick(random, -70, 70);
  } else if (in.opcode == Opcode::gemm) {
    in.m = static_cast<uint32_t>(pick(random, 1, 20));
    in.n = static_cast<uint32_t>(pick(random, 1, 20));
    in.k = static_cast<uint32_t>(pick(random, 1, 90));
    in.format = static_cast<uint8_t>(pick(random, 0, static_cast<int64_t>(program.formats.size()) - 1));
    if (pick(random, 0, 1) == 0) in.m = in.n = 10, in.k = 33;  // again and again
    const std::vector<formats::ActivationFormat>& activations = pe::pe(machine.array.pe).activations;
    in.act_format =
        activations.at(static_cast<size_t>(pick(random, 0, static_cast<int64_t>(activations.size()) - 1)));
    in.final = pick(random, 0, 1) == 1;
    in.accumulate = pick(random, 0, 1) == 1;
  } else if (in.opcode == Opcode::vector) {
    in.vector_op = static_cast<isa::VectorOp>(pick(random, 0, 11));  // all but quantize, which wants a format
    in.rows = static_cast<uint32_t>(pick(random, 1, 12));
    in.cols = 2 * static_cast<uint32_t>(pick(random, 1, 40));
    in.scalar = 1;
    in.src1_shared = pick(random, 0, 1) == 1;
    in.result = formats::kActivationFormats.at(static_cast<size_t>(pick(random, 0, 4)));
    if (formats::is_table(in.result)) in.cols *= 2;
  }
  random_places(random, in, program, machine, depth);
  // Semaphore 16*q + r is waited on by queue q; anyone posts it. A list names no semaphore twice.
  const auto list = [&](std::array<isa::SemaphoreUse, isa::kMaxSyncs>& uses, uint8_t& count, int64_t most,
                        bool wait) {
    for (int64_t i = pick(random, 0, most); i > 0; --i) {
      const int64_t queue = wait ? static_cast<int64_t>(in.queue) : pick(random, 0, 3);
      const auto semaphore = static_cast<uint8_t>(16 * queue + pick(random, 0, 2));
      const auto same = [&](const isa::SemaphoreUse& use) { return use.semaphore == semaphore; };
      if (std::any_of(uses.begin(), uses.begin() + count, same)) continue;
      uses[count++] = {semaphore, static_cast<uint16_t>(pick(random, 1, 4))};
    }
  };
  list(in.waits, in.wait_count, 2, true);
  list(in.posts, in.post_count, 4, false);
  return in;
}

}  // namespace

machine::Machine random_stream_machine(std::mt19937_64& random) {
  machine::Machine machine = random_machine(random);
  if (pick(random, 0, 3) == 0) machine.dram.bits_per_cycle = machine.dram.burst_bytes * 8;  // a burst a cycle
  if (pick(random, 0, 3) == 0) machine.dram.latency_cycles = 0;
  if (pick(random, 0, 3) == 0) machine.vector.startup_cycles = 0;
  for (machine::ScratchpadParams* pad :
       {&machine.weight_spad, &machine.activation_spad, &machine.output_spad}) {
    pad->capacity_bytes =
        static_cast<uint64_t>(12288 * pick(random, 1, 4));  // room for all, in four groups or three
  }
  random_ports(random, machine);
  return machine;
}

isa::Program random_stream(std::mt19937_64& random, const machine::Machine& machine) {
  isa::Program program;
  program.name = "stream";
  program.ops = {{"op", "class"}};
  const int64_t lanes = machine.array.lanes;
  for (std::string format : pe::pe(machine.array.pe).example_formats) {
    const size_t group = format.rfind("_g");
    if (group != std::string::npos) {
      if (machine.array.weight_stationary()) continue;  // takes no groups
      format = fmt::format("{}_g{}", format.substr(0, group), lanes * pick(random, 1, 9));
    }
    program.formats.push_back(std::move(format));
  }
  program.dram_bytes = 100000;
  // A vector instruction leaves the store and the load little; gemms alone leave more, and in other ways.
  const bool vectors = pick(random, 0, 2) > 0;
  int depth = 0;
  const int64_t count = pick(random, 5, 60);
  for (int64_t i = 0; i < count; ++i) {
    isa::Node node;
    if (depth < 3 && pick(random, 0, 7) == 0) {
      node.kind = isa::Node::Kind::loop_begin;
      node.trip_count = static_cast<uint64_t>(pick(random, 1, 4));
      program.nodes.push_back(node);
      ++depth;
    }
    node = {};
    node.instruction = random_instruction(random, machine, program, vectors, depth);
    program.nodes.push_back(node);
    while (depth > 0 && (i + 1 == count || pick(random, 0, 5) == 0)) {
      node = {};
      node.kind = isa::Node::Kind::loop_end;
      program.nodes.push_back(node);
      --depth;
    }
  }
  std::vector<uint64_t> indices;
  std::vector<Step> steps;
  oracle::unroll(program, 0, indices, steps);
  std::array<int64_t, 64> level{}, lowest{};
  for (const Step& step : steps) {
    const Instruction& in = *step.instruction;
    for (size_t w = 0; w < in.wait_count; ++w) {
      const isa::SemaphoreUse use = in.waits[w];
      lowest[use.semaphore] = std::min(lowest[use.semaphore], level[use.semaphore] -= use.count);
    }
    for (size_t p = 0; p < in.post_count; ++p) level[in.posts[p].semaphore] += in.posts[p].count;
  }
  for (size_t s = 0; s < 64; ++s) program.semaphore_initial[s] = static_cast<uint32_t>(-lowest[s]);
  isa::validate(program);
  return program;
}

}  // namespace vernier::fidelity
