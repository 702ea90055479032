// SPDX-License-Identifier: Apache-2.0
// A simulator of the whole machine that visits each cycle and does what docs/timing.md and docs/program.md
// say in it, and nothing cleverer. It shares no code with the engines: programs are unrolled, addresses
// evaluated, formats parsed and operands counted here once more. The PE's own numbers: tests/pe/timing.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "tests/pe/hand_timing.h"

namespace vernier::oracle {

using isa::Instruction;
using isa::Opcode;

/// A dynamic instruction and what happened to it.
struct Step {
  const Instruction* instruction = nullptr;
  uint64_t dram = 0;  // address of this execution
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
      const bool transfer = in.opcode == Opcode::load || in.opcode == Opcode::store;
      steps.push_back({&in, transfer ? evaluate(in.dram, indices) : 0, 0, 0, 0});
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

/// The bits of a weight format, from its name: docs/formats.md.
struct Format {
  uint64_t bits = 16, meta = 0, group = 0;  // group 0: none
};

inline Format parse_format(const std::string& name) {
  if (name == "fp16") return {};
  const auto has = [&name](const char* part) { return name.find(part) != std::string::npos; };
  const auto bits = static_cast<uint64_t>(name.substr(0, name.find('_')).back() - '0');
  if (has("_ch")) return {bits, 0, 0};
  uint64_t meta = has("bitmod") || has("_s8") || has("_dgq") ? 8 : 16;  // the scale
  if (has("bitmod") || has("ant")) meta += 2;                           // the selector
  if (has("_asym")) meta += bits;                                       // the zero point
  return {bits, meta, std::stoull(name.substr(name.rfind("_g") + 2))};
}

/// Bits per activation: a table has 8 sums of 16 bits, or 8 bytes and an exponent, for 4 of them.
inline uint64_t activation_bits(formats::ActivationFormat format) {
  constexpr std::array<uint64_t, 5> kBits = {16, 8, 8, 8 * 16 / 4, 9 * 8 / 4};
  return kBits.at(static_cast<size_t>(format));
}

inline uint64_t ceil_div(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

/// One pass of the array, advanced cycle by cycle.
class Pass {
 public:
  Pass(const machine::Machine& machine, const std::string& format_name, const Instruction& in, uint64_t n,
       uint64_t m, uint64_t begin) {
    const auto lanes = static_cast<uint64_t>(machine.array.lanes);
    const bool systolic = machine.array.delivery == machine::Delivery::systolic;
    const auto& pe = pe_test::HandTiming::of(machine.array.pe);
    const Format format = parse_format(format_name);
    terms_ = static_cast<uint64_t>(pe.terms(format_name));
    dequantization_ = static_cast<uint64_t>(pe.dequantization(systolic, static_cast<int64_t>(m)));
    const auto tail = static_cast<uint64_t>(pe.tail(static_cast<int64_t>(m)));
    const uint64_t group = format.group == 0 ? in.k : format.group;
    for (uint64_t k = 0; k < in.k; k += group) {
      const uint64_t steps = ceil_div(std::min<uint64_t>(group, in.k - k), lanes);
      for (uint64_t i = 0; i < steps; ++i) steps_.push_back({i == 0, i + 1 == steps});
    }
    const auto weight_port = static_cast<uint64_t>(machine.weight_spad.port_bits());
    const uint64_t acts = ceil_div(m * lanes * activation_bits(in.act_format),
                                   static_cast<uint64_t>(machine.activation_spad.port_bits()));
    fetch_ = std::max(ceil_div(n * lanes * format.bits, weight_port), acts);
    fetch_first_ = std::max(ceil_div(n * (lanes * format.bits + format.meta), weight_port), acts);
    offer_ = begin + fetch_first_ +
             static_cast<uint64_t>(std::max(machine.weight_spad.read_latency_cycles,
                                            machine.activation_spad.read_latency_cycles));
    const uint64_t column =
        ceil_div(n * (in.final ? 16 : 32), static_cast<uint64_t>(machine.output_spad.port_bits()));
    behind_ = (systolic ? (n - 1) + (m - 1) : 0) + tail + 2 + m * column;
  }

  /// What the array does in cycle t. True once the last term of the last step is issued in t.
  bool advance(uint64_t t) {
    bool ready = !busy_;
    if (busy_) {
      const bool last_term = term_ + 1 == terms_;
      const bool ends_group = last_term && steps_[current_].second;
      const bool wait = ends_group && group_ended_ && t < last_group_ + dequantization_;
      if (!wait) {
        if (ends_group) group_ended_ = true, last_group_ = t;
        ++term_;
        if (last_term) {
          busy_ = false;
          ready = true;
          if (current_ + 1 == steps_.size()) return true;
        }
      }
    }
    if (ready && next_ < steps_.size() && t >= offer_) {
      current_ = next_++;
      busy_ = true;
      term_ = 0;
      if (next_ < steps_.size()) offer_ = t + (steps_[next_].first ? fetch_first_ : fetch_);
    }
    return false;
  }

  /// From the issue of the last term to the end of the pass.
  [[nodiscard]] uint64_t behind() const { return behind_; }

 private:
  std::vector<std::pair<bool, bool>> steps_;  // (first of its group, last of its group)
  uint64_t terms_ = 0, dequantization_ = 0, fetch_ = 0, fetch_first_ = 0, behind_ = 0;
  uint64_t offer_ = 0, last_group_ = 0, term_ = 0;
  size_t next_ = 0, current_ = 0;
  bool busy_ = false, group_ended_ = false;
};

/// The whole machine. run() fills in start, end and bursts of every step and returns the last end.
class Oracle {
 public:
  Oracle(const isa::Program& program, const machine::Machine& machine)
      : program_(program), machine_(machine) {
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
      grant(t);
      compute(t);
    }
    return last;
  }

  std::vector<Step> steps;

 private:
  struct Entry {
    size_t step;
    uint64_t dispatched;
  };
  struct Dma {
    bool active = false;
    size_t step = 0;
    uint64_t from = 0, remaining = 0;
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
      free_[q] = t + static_cast<uint64_t>(machine_.vector.startup_cycles) + work;
      finish(index, free_[q]);
    } else if (in.opcode == Opcode::gemm && machine_.array.weight_stationary()) {
      free_[q] = t + 1 + stationary_passes(in);
      finish(index, free_[q]);
    } else if (in.opcode == Opcode::gemm) {
      free_[q] = UINT64_MAX;
      gemm_ = index;
      const auto rows = static_cast<uint64_t>(machine_.array.rows),
                 cols = static_cast<uint64_t>(machine_.array.cols);
      for (uint64_t n = 0; n < in.n; n += rows) {
        for (uint64_t m = 0; m < in.m; m += cols) {
          tiles_.emplace_back(std::min<uint64_t>(rows, in.n - n), std::min<uint64_t>(cols, in.m - m));
        }
      }
      pass_begin_ = t + 1;
    } else {
      const auto burst = static_cast<uint64_t>(machine_.dram.burst_bytes);
      for (uint64_t row = 0; row < in.rows; ++row) {
        const uint64_t from = step.dram + row * in.dram_stride;
        step.bursts += ceil_div(from + in.row_bytes, burst) - from / burst;
      }
      const bool store = in.opcode == Opcode::store;
      const int read = store ? machine_.output_spad.read_latency_cycles : 0;
      free_[q] = UINT64_MAX;
      dma_[store ? 1 : 0] = {true, index, t + 1 + static_cast<uint64_t>(read), step.bursts};
    }
  }

  /// docs/weight-stationary.md, section "Cycles": all passes of an instruction.
  [[nodiscard]] uint64_t stationary_passes(const Instruction& in) const {
    const auto rows = static_cast<uint64_t>(machine_.array.rows),
               cols = static_cast<uint64_t>(machine_.array.cols);
    const auto port = [](const machine::ScratchpadParams& pad) {
      return static_cast<uint64_t>(pad.banks) * static_cast<uint64_t>(pad.bank_width_bits);
    };
    const uint64_t weight_bits = parse_format(program_.formats[in.format]).bits;
    uint64_t end = 0;
    for (uint64_t n0 = 0; n0 < in.n; n0 += cols) {
      for (uint64_t k0 = 0; k0 < in.k; k0 += rows) {
        const uint64_t n = std::min<uint64_t>(cols, in.n - n0), k = std::min<uint64_t>(rows, in.k - k0);
        const bool fp32 = !in.final || in.accumulate || k0 != 0 || k0 + k != in.k;
        const uint64_t g = ceil_div(n * weight_bits, port(machine_.weight_spad));
        const uint64_t f = ceil_div(k * activation_bits(in.act_format), port(machine_.activation_spad));
        const uint64_t d = ceil_div(n * (fp32 ? 32 : 16), port(machine_.output_spad));
        uint64_t loaded = end + static_cast<uint64_t>(machine_.weight_spad.read_latency_cycles);
        for (uint64_t row = 0; row < k; ++row) loaded += g;
        const uint64_t fetched =
            end + static_cast<uint64_t>(machine_.activation_spad.read_latency_cycles) + f;
        uint64_t taken = std::max(fetched, loaded + 1) + rows + cols + 3;  // of the first token
        for (uint64_t token = 1; token < in.m; ++token) taken += std::max(f, d);
        end = taken + d;
      }
    }
    return end;
  }

  void dispatch(const std::array<size_t, 4>& occupied, uint64_t t) {
    if (next_ == steps.size()) return;
    const auto q = static_cast<size_t>(steps[next_].instruction->queue);
    if (occupied[q] < static_cast<size_t>(machine_.sequencer.queue_depth)) queues_[q].push_back({next_++, t});
  }

  void grant(uint64_t t) {
    while (!arrivals_.empty() && arrivals_.front() <= t) arrivals_.pop_front();
    if (t < bus_free_) return;
    const bool load = dma_[0].active && t >= dma_[0].from &&
                      arrivals_.size() < static_cast<size_t>(machine_.dma_max_in_flight);
    const bool store = dma_[1].active && t >= dma_[1].from;
    if (!load && !store) return;
    const size_t who = load && store ? 1 - last_ : (load ? 0 : 1);
    last_ = who;
    const auto busy = static_cast<uint64_t>(machine_.dram.burst_bytes * 8 / machine_.dram.bits_per_cycle);
    const uint64_t arrival = t + busy + static_cast<uint64_t>(machine_.dram.latency_cycles);
    bus_free_ = t + busy + static_cast<uint64_t>(memory_stall(granted_++));
    if (who == 0) arrivals_.push_back(arrival);
    Dma& dma = dma_[who];
    if (--dma.remaining > 0) return;
    dma.active = false;
    free_[who == 0 ? 0 : 3] = t + 1;
    finish(dma.step, arrival);
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
    const auto [n, m] = tiles_.front();
    if (pass_.empty()) {
      pass_.emplace_back(machine_, program_.formats[in.format], in, n, m, pass_begin_);
    }
    if (!pass_.front().advance(t)) return;
    pass_begin_ = t + pass_.front().behind();
    pass_.clear();
    tiles_.pop_front();
    if (!tiles_.empty()) return;
    free_[1] = pass_begin_;
    finish(gemm_, pass_begin_);
  }

  const isa::Program& program_;
  const machine::Machine& machine_;
  std::multimap<uint64_t, size_t> ends_;  // cycle -> step
  std::array<uint64_t, 64> semaphores_{};
  std::array<std::deque<Entry>, 4> queues_;
  std::array<uint64_t, 4> free_{};
  size_t next_ = 0;  // to dispatch
  std::array<Dma, 2> dma_;
  size_t last_ = 1;  // granted last: the store, so that a load wins at the start
  uint64_t bus_free_ = 0, granted_ = 0;
  std::deque<uint64_t> arrivals_;
  size_t gemm_ = 0;
  std::deque<std::pair<uint64_t, uint64_t>> tiles_;
  uint64_t pass_begin_ = 0;
  std::vector<Pass> pass_;  // the pass that runs: none or one
};

}  // namespace vernier::oracle
