// SPDX-License-Identifier: Apache-2.0
// A simulator of the whole machine, with `ideal` DRAM, that visits each cycle and does what docs/timing.md,
// docs/memory.md and docs/program.md say in it, and nothing cleverer. It shares no code with the engines:
// programs are unrolled, addresses evaluated, formats parsed, operands and groups counted here and in the
// headers beside this one once more. The PE's own numbers: tests/pe/timing.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "tests/oracle/formats.h"
#include "tests/oracle/pass.h"
#include "tests/oracle/ports.h"

namespace vernier::oracle {

using isa::Instruction;
using isa::Opcode;

/// A dynamic instruction and what happened to it.
struct Step {
  const Instruction* instruction = nullptr;
  uint64_t dram = 0, spad = 0;  // addresses of this execution
  uint64_t weight = 0, activation = 0, out = 0, src0 = 0, src1 = 0, dst = 0;
  uint64_t start = 0;
  uint64_t end = 0;
  uint64_t bursts = 0;
};

inline uint64_t evaluate(const isa::Address& address, const std::vector<uint64_t>& indices) {
  int64_t inner = static_cast<int64_t>(address.offset);
  for (size_t level = 0; level < indices.size(); ++level) {
    inner += static_cast<int64_t>(indices[level]) * address.stride[level];
  }
  if (address.wrap != 0) {
    const int64_t wrap = static_cast<int64_t>(address.wrap);
    inner = ((inner % wrap) + wrap) % wrap;
  }
  return address.base + static_cast<uint64_t>(inner);
}

/// Executes nodes [at, ...) up to the end of the enclosing loop; returns the position behind it.
inline size_t unroll(const isa::Program& program, size_t at, std::vector<uint64_t>& indices,
                     std::vector<Step>& steps) {
  while (at < program.nodes.size() && program.nodes[at].kind != isa::Node::Kind::loop_end) {
    const isa::Node& node = program.nodes[at++];
    if (node.kind == isa::Node::Kind::instruction) {
      const Instruction& in = node.instruction;
      const auto at_now = [&indices](const isa::Address& address) { return evaluate(address, indices); };
      steps.push_back({&in, at_now(in.dram), at_now(in.spad), at_now(in.weight), at_now(in.activation),
                       at_now(in.out), at_now(in.src0), at_now(in.src1), at_now(in.dst), 0, 0, 0});
      continue;
    }
    size_t after = at;
    indices.push_back(0);
    for (uint64_t i = 0; i < node.trip_count; ++i) {
      indices.back() = i;
      after = unroll(program, at, indices, steps);
    }
    indices.pop_back();
    at = after;
  }
  return at + 1;
}

/// The whole machine. run() fills in start, end and bursts of every step and returns the last end.
class Oracle {
 public:
  Oracle(const isa::Program& program, const machine::Machine& machine)
      : program_(program),
        machine_(machine),
        pads_{&machine.weight_spad, &machine.activation_spad, &machine.output_spad},
        ports_{Ports(machine.weight_spad), Ports(machine.activation_spad), Ports(machine.output_spad)} {
    std::vector<uint64_t> indices;
    unroll(program, 0, indices, steps);
    for (size_t i = 0; i < semaphores_.size(); ++i) semaphores_[i] = program.semaphore_initial[i];
  }

  uint64_t run() {
    uint64_t last = 0;
    size_t done = 0;
    for (uint64_t t = 0; done < steps.size(); ++t) {
      if (t > 20'000'000) throw std::logic_error("the oracle does not come to an end");
      const auto range = ends_.equal_range(t);
      for (auto it = range.first; it != range.second; ++it, ++done, last = t) {
        const Instruction& in = *steps[it->second].instruction;
        for (size_t p = 0; p < in.post_count; ++p) semaphores_[in.posts[p].semaphore] += in.posts[p].count;
      }
      std::array<size_t, 4> occupied{};  // as the sequencer sees it: before this cycle's pops
      for (size_t q = 0; q < 4; ++q) occupied[q] = queues_[q].size();
      for (size_t q = 0; q < 4; ++q) pop(q, t);
      dispatch(occupied, t);
      for (Ports& ports : ports_) ports.next_cycle();
      compute(t);  // claims in this order: compute, vector, store, load
      vector(t);
      grant(t);
      write(t);
    }
    return last;
  }

  std::vector<Step> steps;
  uint64_t vector_stalls = 0;  // cycles in which the vector unit was refused
  uint64_t dma_refusals = 0;   // cycles in which the load unit was

 private:
  struct Entry {
    size_t step;
    uint64_t dispatched;
  };
  struct Dma {
    bool active = false;
    size_t step = 0;
    uint64_t from = 0, remaining = 0;
    size_t pad = 0;
    Groups groups;
  };
  struct Burst {  // of a load, from its grant until it is written
    uint64_t from = 0, cycles = 0;
    size_t step = 0;
    bool last = false;
    size_t pad = 0;
    Groups groups;
  };

  void finish(size_t step, uint64_t cycle) {
    steps[step].end = cycle;
    ends_.emplace(cycle, step);
  }

  void pop(size_t q, uint64_t t) {
    if (queues_[q].empty() || t < free_[q] || queues_[q].front().dispatched >= t) return;
    const size_t index = queues_[q].front().step;
    const Instruction& in = *steps[index].instruction;
    for (size_t w = 0; w < in.wait_count; ++w) {
      if (semaphores_[in.waits[w].semaphore] < in.waits[w].count) return;
    }
    for (size_t w = 0; w < in.wait_count; ++w) semaphores_[in.waits[w].semaphore] -= in.waits[w].count;
    queues_[q].pop_front();
    begin(q, index, in, t);
  }

  void begin(size_t q, size_t index, const Instruction& in, uint64_t t) {
    Step& step = steps[index];
    step.start = t;
    if (in.opcode == Opcode::sync) {
      free_[q] = t + 1;
      finish(index, t + 1);
    } else if (in.opcode == Opcode::vector) {
      using Op = isa::VectorOp;
      const std::map<Op, uint64_t> several = {
          {Op::rmsnorm, 2}, {Op::layernorm, 3}, {Op::softmax, 3}, {Op::rope, 2}, {Op::quantize, 2}};
      const auto found = several.find(in.vector_op);
      const bool table =
          activation_bits(in.result) > 16;  // more than the write port takes per lane and cycle
      const uint64_t passes = (found == several.end() ? 1 : found->second) + (table ? 1 : 0);
      const uint64_t work =
          in.rows * passes * ceil_div(in.cols, static_cast<uint64_t>(machine_.vector.lanes));
      const Footprint bytes = footprint(in, program_, machine_);
      vector_ = {};
      vector_.step = index;
      vector_.from = t + static_cast<uint64_t>(machine_.vector.startup_cycles);
      vector_.accesses = ports_[kOutput].single() ? 2 * work : work;
      ports_[kOutput].touch(vector_.groups, step.src0, bytes.src0);
      ports_[kOutput].touch(vector_.groups, step.src1, bytes.src1);
      ports_[kOutput].touch(vector_.groups, step.dst, bytes.dst);
      free_[q] = UINT64_MAX;
    } else if (in.opcode == Opcode::gemm) {
      free_[q] = UINT64_MAX;
      gemm_ = index;
      const std::vector<Tile> tiles = tiles_of(in, machine_.array);
      tiles_.assign(tiles.begin(), tiles.end());
      pass_begin_ = t + 1;
      const Footprint bytes = footprint(in, program_, machine_);
      gemm_groups_ = {};
      ports_[kWeight].touch(gemm_groups_[kWeight], step.weight, bytes.weight);
      ports_[kActivation].touch(gemm_groups_[kActivation], step.activation, bytes.activation);
      ports_[kOutput].touch(gemm_groups_[kOutput], step.out, bytes.out);
    } else {
      const auto burst = static_cast<uint64_t>(machine_.dram.burst_bytes);
      for (uint64_t row = 0; row < in.rows; ++row) {
        const uint64_t from = step.dram + row * in.dram_stride;
        step.bursts += ceil_div(from + in.row_bytes, burst) - from / burst;
      }
      const bool store = in.opcode == Opcode::store;
      const int read = store ? machine_.output_spad.read_latency_cycles : 0;
      free_[q] = UINT64_MAX;
      Dma& dma = dma_[store ? 1 : 0];
      dma = {true, index, t + 1 + static_cast<uint64_t>(read), step.bursts, 0, {}};
      dma.pad = static_cast<size_t>(in.scratchpad);
      ports_[dma.pad].touch(dma.groups, step.spad, footprint(in, program_, machine_).transfer);
    }
  }

  void dispatch(const std::array<size_t, 4>& occupied, uint64_t t) {
    if (next_ == steps.size()) return;
    const auto q = static_cast<size_t>(steps[next_].instruction->queue);
    if (occupied[q] < static_cast<size_t>(machine_.sequencer.queue_depth)) queues_[q].push_back({next_++, t});
  }

  /// The bus of `ideal` DRAM.
  void grant(uint64_t t) {
    if (t < bus_free_) return;
    const bool load = dma_[0].active && t >= dma_[0].from &&
                      to_write_.size() < static_cast<size_t>(machine_.dma_max_in_flight);
    const bool store = dma_[1].active && t >= dma_[1].from &&
                       ports_[dma_[1].pad].has(dma_[1].groups, 1, 0);  // else it waits, which is no refusal
    if (!load && !store) return;
    const size_t who = load && store ? 1 - last_ : (load ? 0 : 1);
    last_ = who;
    Dma& dma = dma_[who];
    const auto bits = static_cast<uint64_t>(machine_.dram.burst_bytes) * 8;
    const uint64_t busy = bits / static_cast<uint64_t>(machine_.dram.bits_per_cycle);
    const uint64_t arrival = t + busy + static_cast<uint64_t>(machine_.dram.latency_cycles);
    bus_free_ = t + busy + static_cast<uint64_t>(memory_stall(granted_++));
    --dma.remaining;
    if (who == 0) {
      const uint64_t cycles = ceil_div(bits, port_width(*pads_[dma.pad]));
      if (cycles > busy) throw std::logic_error("a port narrower than the DRAM bus");
      to_write_.push_back({arrival - cycles, cycles, dma.step, dma.remaining == 0, dma.pad, dma.groups});
    } else if (!ports_[dma.pad].claim(dma.groups, 1, 0)) {
      throw std::logic_error("a store that requests has its port");
    }
    if (dma.remaining > 0) return;
    dma.active = false;
    free_[who == 0 ? 0 : 3] = t + 1;
    if (who == 1) finish(dma.step, arrival);
  }

  /// The load unit writes bursts, one after the other.
  void write(uint64_t t) {
    if (to_write_.empty() || t < to_write_.front().from) return;
    Burst& burst = to_write_.front();
    if (!ports_[burst.pad].claim(burst.groups, 0, 1)) {
      ++dma_refusals;
      return;
    }
    if (--burst.cycles > 0) return;
    if (burst.last) finish(burst.step, t + 1);
    to_write_.pop_front();
  }

  void vector(uint64_t t) {
    if (vector_.accesses == 0 || t < vector_.from) return;
    if (t > steps[vector_.step].start) {  // claims nothing in the cycle of the pop
      Ports& ports = ports_[kOutput];
      const bool writes = vector_.accesses % 2 == 1;  // of a single port
      const bool granted = ports.single() ? ports.claim(vector_.groups, writes ? 0 : 1, writes ? 1 : 0)
                                          : ports.claim(vector_.groups, 1, 1);
      if (!granted) {
        ++vector_stalls;
        return;
      }
    }
    if (--vector_.accesses > 0) return;
    free_[2] = t + 1;
    finish(vector_.step, t + 1);
  }

  // SplitMix64 of the burst's number, as models/memory/stall.h publishes it.
  [[nodiscard]] uint64_t memory_stall(uint64_t burst) const {
    const machine::DramParams& dram = machine_.dram;
    if (dram.stall_permille == 0 || dram.stall_max_cycles == 0) return 0;
    uint64_t z = dram.stall_seed + (burst + 1) * 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    z ^= z >> 31;
    if (z % 1000 >= static_cast<uint64_t>(dram.stall_permille)) return 0;
    return 1 + (z >> 32) % static_cast<uint64_t>(dram.stall_max_cycles);
  }

  void compute(uint64_t t) {
    if (tiles_.empty() || t < pass_begin_) return;
    const Instruction& in = *steps[gemm_].instruction;
    const Tile& tile = tiles_.front();
    const std::string& format = program_.formats[in.format];
    if (t == pass_begin_ && machine_.array.weight_stationary()) {
      pass_ = std::make_unique<WeightStationaryPass>(machine_, format, in, tile, t);
    } else if (t == pass_begin_) {
      pass_ = std::make_unique<OutputStationaryPass>(machine_, format, in, tile, t);
    }
    pass_->advance(t);
    const auto claim = [this](size_t pad, int reads, int writes) {
      if (!ports_[pad].claim(gemm_groups_[pad], reads, writes))
        throw std::logic_error("compute is never refused");
    };
    if (pass_->reads_weights(t)) claim(kWeight, 1, 0);
    if (pass_->reads_activations(t)) claim(kActivation, 1, 0);
    if (pass_->writes(t)) claim(kOutput, tile.accumulate && !ports_[kOutput].single() ? 1 : 0, 1);
    if (pass_->end() != t + 1) return;
    pass_begin_ = t + 1;
    tiles_.pop_front();
    if (!tiles_.empty()) return;
    free_[1] = t + 1;
    finish(gemm_, t + 1);
  }

  const isa::Program& program_;
  const machine::Machine& machine_;
  static constexpr size_t kWeight = 0, kActivation = 1, kOutput = 2;  // as in isa::Scratchpad
  const std::array<const machine::ScratchpadParams*, 3> pads_;
  std::array<Ports, 3> ports_;
  std::multimap<uint64_t, size_t> ends_;  // cycle -> step
  std::array<uint64_t, 64> semaphores_{};
  std::array<std::deque<Entry>, 4> queues_;
  std::array<uint64_t, 4> free_{};
  size_t next_ = 0;  // to dispatch
  std::array<Dma, 2> dma_;
  size_t last_ = 1;  // granted last: the store, so that a load wins at the start
  uint64_t bus_free_ = 0, granted_ = 0;
  std::deque<Burst> to_write_;  // in order
  struct {
    size_t step = 0;
    uint64_t from = 0, accesses = 0;  // those left; a work cycle is one, or two on a single port
    Groups groups;
  } vector_;
  size_t gemm_ = 0;
  std::deque<Tile> tiles_;
  uint64_t pass_begin_ = 0;
  std::unique_ptr<Pass> pass_;  // the one that runs
  std::array<Groups, 3> gemm_groups_;
};

}  // namespace vernier::oracle
