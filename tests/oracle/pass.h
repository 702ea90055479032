// SPDX-License-Identifier: Apache-2.0
// One pass of the array, cycle by cycle, and the scratchpad accesses that it makes in each:
// docs/timing.md, docs/weight-stationary.md, docs/memory.md.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "tests/oracle/formats.h"
#include "tests/oracle/ports.h"
#include "tests/pe/hand_timing.h"

namespace vernier::oracle {

/// What of a gemm instruction a pass covers.
struct Tile {
  uint64_t n = 0, m = 0, k = 0;
  bool accumulate = false, final = false;
};

class Pass {
 public:
  virtual ~Pass() = default;
  /// What the array does in cycle t; called for every cycle from the one in which the pass begins.
  virtual void advance(uint64_t t) = 0;
  [[nodiscard]] virtual bool reads_weights(uint64_t t) const = 0;
  [[nodiscard]] virtual bool reads_activations(uint64_t t) const = 0;
  [[nodiscard]] virtual bool writes(uint64_t t) const = 0;
  /// UINT64_MAX as long as it is not known.
  [[nodiscard]] virtual uint64_t end() const = 0;
};

/// Cycles in which a line of n results goes to the output scratchpad.
inline uint64_t write_cycles(const machine::Machine& machine, uint64_t n, uint64_t bits, bool accumulate) {
  const machine::ScratchpadParams& pad = machine.output_spad;
  const uint64_t cycles = ceil_div(n * bits, port_width(pad));
  return accumulate && pad.ports == machine::PortKind::rw1 ? 2 * ceil_div(n * 32, port_width(pad)) : cycles;
}

class OutputStationaryPass : public Pass {
 public:
  OutputStationaryPass(const machine::Machine& machine, const std::string& format_name,
                       const isa::Instruction& in, const Tile& tile, uint64_t begin)
      : fetch_from_(begin) {
    const uint64_t n = tile.n, m = tile.m;
    const auto lanes = static_cast<uint64_t>(machine.array.lanes);
    const bool systolic = machine.array.delivery == machine::Delivery::systolic;
    const auto& pe = pe_test::HandTiming::of(machine.array.pe);
    const Format format = parse_format(format_name);
    terms_ = static_cast<uint64_t>(pe.terms(format_name));
    dequantization_ = static_cast<uint64_t>(pe.dequantization(systolic, static_cast<int64_t>(m)));
    const auto tail = static_cast<uint64_t>(pe.tail(static_cast<int64_t>(m)));
    const uint64_t group = format.group == 0 ? tile.k : format.group;
    for (uint64_t k = 0; k < tile.k; k += group) {
      const uint64_t steps = ceil_div(std::min<uint64_t>(group, tile.k - k), lanes);
      for (uint64_t i = 0; i < steps; ++i) steps_.push_back({i == 0, i + 1 == steps});
    }
    const uint64_t weight_port = port_width(machine.weight_spad);
    activations_ = ceil_div(m * lanes * activation_bits(in.act_format), port_width(machine.activation_spad));
    weights_ = ceil_div(n * lanes * format.bits, weight_port);
    weights_first_ = ceil_div(n * (lanes * format.bits + format.meta), weight_port);
    fetching_weights_ = weights_first_;
    offer_ = begin + std::max(weights_first_, activations_) +
             static_cast<uint64_t>(std::max(machine.weight_spad.read_latency_cycles,
                                            machine.activation_spad.read_latency_cycles));
    to_valid_ = (systolic ? (n - 1) + (m - 1) : 0) + tail;
    columns_ = m * write_cycles(machine, n, tile.final ? 16 : 32, tile.accumulate);
  }

  void advance(uint64_t t) override {
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
          if (current_ + 1 == steps_.size()) write_from_ = t + to_valid_ + 2;
        }
      }
    }
    if (ready && next_ < steps_.size() && t >= offer_) {
      current_ = next_++;
      busy_ = true;
      term_ = 0;
      if (next_ == steps_.size()) return;
      fetch_from_ = t;
      fetching_weights_ = steps_[next_].first ? weights_first_ : weights_;
      offer_ = t + std::max(fetching_weights_, activations_);
    }
  }

  [[nodiscard]] bool reads_weights(uint64_t t) const override { return t < fetch_from_ + fetching_weights_; }
  [[nodiscard]] bool reads_activations(uint64_t t) const override { return t < fetch_from_ + activations_; }
  [[nodiscard]] bool writes(uint64_t t) const override { return t >= write_from_; }
  [[nodiscard]] uint64_t end() const override {
    return write_from_ == UINT64_MAX ? UINT64_MAX : write_from_ + columns_;
  }

 private:
  std::vector<std::pair<bool, bool>> steps_;  // (first of its group, last of its group)
  uint64_t terms_ = 0, dequantization_ = 0, to_valid_ = 0, columns_ = 0;
  uint64_t activations_ = 0, weights_ = 0, weights_first_ = 0;  // cycles of a step's operands
  uint64_t fetch_from_ = 0, fetching_weights_ = 0;              // the step that is fetched
  uint64_t offer_ = 0, last_group_ = 0, term_ = 0, write_from_ = UINT64_MAX;
  size_t next_ = 0, current_ = 0;
  bool busy_ = false, group_ended_ = false;
};

/// docs/weight-stationary.md, section "Cycles".
class WeightStationaryPass : public Pass {
 public:
  WeightStationaryPass(const machine::Machine& machine, const std::string& format_name,
                       const isa::Instruction& in, const Tile& tile, uint64_t begin) {
    const uint64_t bits = parse_format(format_name).bits;
    const uint64_t g = ceil_div(tile.n * bits, port_width(machine.weight_spad));
    const uint64_t f = ceil_div(tile.k * activation_bits(in.act_format), port_width(machine.activation_spad));
    const bool fp32 = !tile.final || tile.accumulate;
    const uint64_t d = write_cycles(machine, tile.n, fp32 ? 32 : 16, tile.accumulate);
    loaded_ = begin + static_cast<uint64_t>(machine.weight_spad.read_latency_cycles);
    for (uint64_t row = 0; row < tile.k; ++row) loaded_ += g;
    const uint64_t fetched = begin + static_cast<uint64_t>(machine.activation_spad.read_latency_cycles) + f;
    shown_ =
        std::max(fetched, loaded_ + 1) + static_cast<uint64_t>(machine.array.rows + machine.array.cols + 3);
    end_ = shown_;
    for (uint64_t token = 1; token < tile.m; ++token) end_ += std::max(f, d);
    end_ += d;
  }

  void advance(uint64_t) override {}
  [[nodiscard]] bool reads_weights(uint64_t t) const override { return t <= loaded_; }
  [[nodiscard]] bool reads_activations(uint64_t t) const override { return t >= loaded_ + 1; }
  [[nodiscard]] bool writes(uint64_t t) const override { return t >= shown_; }
  [[nodiscard]] uint64_t end() const override { return end_; }

 private:
  uint64_t loaded_ = 0;  // in which the last row of weights is accepted
  uint64_t shown_ = 0;   // in which the first result is
  uint64_t end_ = 0;
};

/// The passes of an instruction, in their order.
inline std::vector<Tile> tiles_of(const isa::Instruction& in, const machine::ArrayParams& array) {
  const auto rows = static_cast<uint64_t>(array.rows), cols = static_cast<uint64_t>(array.cols);
  std::vector<Tile> tiles;
  if (!array.weight_stationary()) {
    for (uint64_t n = 0; n < in.n; n += rows) {
      for (uint64_t m = 0; m < in.m; m += cols) {
        tiles.push_back({std::min<uint64_t>(rows, in.n - n), std::min<uint64_t>(cols, in.m - m), in.k,
                         in.accumulate, in.final});
      }
    }
    return tiles;
  }
  for (uint64_t n = 0; n < in.n; n += cols) {
    for (uint64_t k = 0; k < in.k; k += rows) {
      const uint64_t length = std::min<uint64_t>(rows, in.k - k);
      tiles.push_back({std::min<uint64_t>(cols, in.n - n), in.m, length, in.accumulate || k > 0,
                       in.final && k + length == in.k});
    }
  }
  return tiles;
}

}  // namespace vernier::oracle
