// SPDX-License-Identifier: Apache-2.0
// Scenes for long_loads_test.cpp: machines with DRAM of all kinds, ports, and loops of long loads of all
// shapes with small loads and stores in between.
#pragma once

#include <algorithm>
#include <vector>

#include "models/machine/machine.h"
#include "sim/config/part_file.h"
#include "sim/engine/fast/fast_memory.h"
#include "tests/dram/random_part.h"

namespace vernier::engine {

using dram::pick;
using dram::Random;

inline bool one_in(Random& random, int count) { return pick(random, 1, count) == 1; }

template <typename T>
T one_of(Random& random, const std::vector<T>& values) {
  return values[random() % values.size()];
}

/// Compute takes the activation and the output ports in every other `busy` cycles; weights are never refused.
class BusyPorts : public IPortSchedule {
 public:
  explicit BusyPorts(Random& random)
      : busy_(one_in(random, 2) ? 0 : static_cast<uint64_t>(pick(random, 1, 100))),
        free_activations_(one_in(random, 2)) {}
  [[nodiscard]] PortsLeft left(isa::Scratchpad scratchpad, uint64_t, uint64_t cycle) const override {
    if (loads_are_free(scratchpad) || busy_ == 0) return {};
    const bool busy = cycle / busy_ % 2 == 1;
    return {!busy, !busy, true};
  }
  [[nodiscard]] uint64_t next_change(isa::Scratchpad, uint64_t, uint64_t cycle) const override {
    return busy_ == 0 ? UINT64_MAX : (cycle / busy_ + 1) * busy_;
  }
  [[nodiscard]] bool loads_are_free(isa::Scratchpad scratchpad) const override {
    return scratchpad == isa::Scratchpad::weight ||
           (scratchpad == isa::Scratchpad::activation && free_activations_);
  }

 private:
  uint64_t busy_;
  bool free_activations_;
};

inline dram::Part any_part(Random& random) {
  dram::Part part;
  if (one_in(random, 4)) {
    part = dram::random_part(random);
    dram::make_steady(random, part);
    part.organisation.rows = 1 << pick(random, 2, 12);
    part.organisation.row_bytes *= one_of<int>(random, {1, 2, 8});
  } else {
    const std::vector<config::ShippedPart> shipped = config::shipped_parts();
    part = config::load_part(shipped[random() % shipped.size()].name);
    if (one_in(random, 3)) part.timing.REFI = part.timing.RFC * pick(random, 3, 9) + pick(random, 0, 200);
    dram::Controller& controller = part.controller;
    if (one_in(random, 4)) controller.row_policy = static_cast<dram::RowPolicy>(pick(random, 1, 2));
    controller.idle_clocks = pick(random, 0, 200);
    if (one_in(random, 4)) controller.refresh = static_cast<dram::Refresh>(pick(random, 0, 2));
    if (one_in(random, 6)) {
      controller.read_queue = one_of<int>(random, {1, 2, 4, 64, 256});
      controller.write_queue = one_of<int>(random, {2, 4, 64, 256});
      controller.write_high = controller.write_queue * 4 / 5;
      controller.write_low = (controller.write_queue + 4) / 5;
    }
    if (one_in(random, 3)) part.organisation.row_bytes /= one_of<int>(random, {2, 8, 16});
  }
  dram::Organisation& o = part.organisation;
  if (one_in(random, 3)) o.ranks = pick(random, 2, 4);
  if (one_in(random, 8)) o.banks_per_group = one_of<int>(random, {2, 3, 8, 24});
  if (part.timing.RFCpb == 0) part.timing.RFCpb = part.timing.RFC / 2;
  if (part.controller.refresh == dram::Refresh::per_bank) {
    part.timing.RFCpb = std::max(1, std::min(part.timing.RFCpb, part.timing.REFI / o.banks() / 3));
    part.timing.PBR2ACT = std::min(part.timing.PBR2ACT, part.timing.RFCpb);
  }
  // The row on top, mostly; else next to the column, so that banks are met again soon.
  auto& mapping = part.controller.mapping;
  if (one_in(random, 2)) std::shuffle(mapping.begin(), mapping.end(), random);
  const auto row = std::find(mapping.begin(), mapping.end(), dram::Field::row);
  if (!one_in(random, 8)) {
    std::rotate(mapping.begin(), row, row + 1);
  } else if (one_in(random, 2)) {
    std::iter_swap(row, mapping.begin() + 3);
    std::iter_swap(std::find(mapping.begin(), mapping.end(), dram::Field::column), mapping.begin() + 4);
  }
  return part;
}

inline machine::Machine any_machine(Random& random) {
  machine::Machine machine;
  machine.dram.kind = machine::DramKind::part;
  dram::Memory& memory = machine.dram.memory;
  memory.part = any_part(random);
  const dram::Organisation& o = memory.part.organisation;
  machine.dram.burst_bytes = o.burst_bytes;
  memory.channels = one_in(random, 2) ? pick(random, 1, 2) : pick(random, 1, 8);
  int64_t granule = one_of<int64_t>(random, {1, 2, 4, 16, 3});
  while (o.columns() % granule != 0) --granule;
  memory.interleave_bytes = static_cast<uint64_t>(granule * o.burst_bytes);
  machine.clock_hz = one_of<double>(random, {1e9, 1e9, 5e8, 8e8, 1.2e9, 3e8, 2.15e9});
  if (one_in(random, 4)) machine.clock_hz = static_cast<double>(memory.part.clock_hz);
  const int fast = 8 * o.burst_bytes * memory.channels;  // bits of a port that never throttles
  for (machine::ScratchpadParams* spad :
       {&machine.weight_spad, &machine.activation_spad, &machine.output_spad}) {
    spad->banks = 1;
    spad->bank_width_bits = one_in(random, 3) ? std::max(32, fast >> pick(random, 1, 5)) : fast;
    spad->read_latency_cycles = pick(random, 1, 3);
  }
  machine.dma_max_in_flight =
      one_in(random, 4) ? pick(random, 1, 40) : one_of<int>(random, {64, 96, 256, 256});
  return machine;
}

/// A load, and perhaps a store some time after it is popped (or as soon as the last store is over).
struct Step {
  DmaTransfer load;
  uint64_t gap = 0;     ///< cycles that the load unit waits before
  uint64_t period = 0;  ///< if not 0: up to a cycle that is as much more than a multiple of this
  bool hops = false;    ///< to another of the next rows in every turn
  bool has_store = false;
  DmaTransfer store;
  uint64_t store_after = 0;
  int store_where = 0;  ///< see place_store()
};

struct Scene {
  machine::Machine machine;
  std::vector<Step> steps;
  uint64_t idle = 0;  ///< cycles after the last end
};

class Author {
 public:
  Author(Random& random, const machine::Machine& machine) : random_(random), machine_(machine) {
    const dram::Memory& memory = machine.dram.memory;
    const dram::Organisation& o = memory.part.organisation;
    channels_ = static_cast<uint64_t>(memory.channels);
    burst_ = static_cast<uint64_t>(o.burst_bytes);
    row_ = static_cast<uint64_t>(o.row_bytes) * channels_;
    banks_ = static_cast<uint64_t>(o.ranks * o.banks());
    capacity_ = o.capacity_bytes() * channels_;
    regular_ = one_in(random, 2);
    per_clock_ = machine.clock_hz / static_cast<double>(memory.part.clock_hz);
  }

  /// Loops over a few loads; what changes from turn to turn, and how often it does not, is the scene's.
  std::vector<Step> steps(uint64_t bursts) {
    std::vector<Step> loop(static_cast<size_t>(pick(random_, 1, 4)));
    for (Step& step : loop) {
      step = &step == loop.data() || one_in(random_, 2) ? any_step() : *(&step - 1);
      step.hops = one_in(random_, 4);
    }
    // In step with the refreshes, or a bit later from turn to turn.
    const int refi = machine_.dram.memory.part.timing.REFI;
    if (one_in(random_, 3)) loop[0].period = cycles(static_cast<double>(refi) * pick(random_, 1, 3));
    const uint64_t held = one_in(random_, 3) ? UINT64_MAX : static_cast<uint64_t>(pick(random_, 1, 4));
    const auto later = static_cast<uint64_t>(pick(random_, 1, one_in(random_, 2) ? 1 : 20));
    uint64_t turns = 0;
    const int strange = one_of<int>(random_, {1000, 20, 6});
    const int move = pick(random_, 0, 4);
    const uint64_t jump = row_ * static_cast<uint64_t>(pick(random_, 1, 40));
    uint64_t at = aligned(random_() % capacity_);
    const uint64_t home = at;
    std::vector<Step> steps;
    uint64_t sum = 0;
    while (sum < bursts && steps.size() < 400) {
      for (const Step& one : loop) {
        Step step = one_in(random_, strange) ? any_step() : one;
        if (one_in(random_, 2 * strange)) step.gap = any_gap();
        if (step.period > 0) step.gap += turns / held * later;
        memory::Transfer& load = step.load.transfer;
        if (step.hops) load.dram = row_ * static_cast<uint64_t>(pick(random_, 0, 4));
        const uint64_t offset = load.dram;
        const uint64_t length = load.rows * load.stride;
        load.dram = at + offset;
        if (load.dram + length > capacity_) load.dram = at = offset;
        if (step.has_store) place_store(step, steps);
        sum += load.bytes() / burst_ + 1;
        if (move == 0 || move == 1) at = load.dram - offset + length;
        if (move == 2) at += jump;
        if (move == 3 && one_in(random_, 2)) at = aligned(random_() % capacity_);
        steps.push_back(step);
      }
      ++turns;
      if (move == 4 || (move == 1 && one_in(random_, 3))) at = home;
      at %= capacity_;
    }
    return steps;
  }

 private:
  uint64_t cycles(double clocks) { return static_cast<uint64_t>(clocks * per_clock_); }
  uint64_t aligned(uint64_t at) {
    if (align_ < 0) align_ = pick(random_, 0, 3);
    return align_ < 2 ? at / row_ * row_ : align_ == 2 ? at / burst_ * burst_ : at;
  }
  uint64_t any_gap() {
    const int refi = machine_.dram.memory.part.timing.REFI;
    switch (pick(random_, 0, 6)) {
      case 0:
      case 1:
        return 0;
      case 2:
        return static_cast<uint64_t>(pick(random_, 1, 8));
      case 3:
        return static_cast<uint64_t>(pick(random_, 9, 120));
      case 4:
        return static_cast<uint64_t>(pick(random_, 121, 900));
      case 5:
        return cycles(refi + pick(random_, -300, 300));
      default:
        return cycles(static_cast<double>(refi) * pick(random_, 1, 5) + pick(random_, 0, 300));
    }
  }
  Step any_step() {
    Step step;
    step.gap = any_gap();
    step.load.groups = 1;
    step.load.scratchpad =
        one_in(random_, 12)
            ? one_of<isa::Scratchpad>(random_, {isa::Scratchpad::activation, isa::Scratchpad::output})
            : isa::Scratchpad::weight;
    memory::Transfer& load = step.load.transfer;
    const int bursts =
        one_in(random_, 5) ? pick(random_, 1, 64) : pick(random_, 64, one_in(random_, 3) ? 1500 : 400);
    uint64_t bytes = static_cast<uint64_t>(bursts) * burst_ * channels_;
    if (regular_) bytes = burst_ * channels_ * one_of<uint64_t>(random_, {128, 256, 256, 512, 1024});
    if (one_in(random_, regular_ ? 8 : 4)) bytes = row_ * static_cast<uint64_t>(pick(random_, 1, 4));
    if (one_in(random_, regular_ ? 30 : 6)) bytes += random_() % (2 * burst_);
    bytes = std::min(bytes, capacity_ / 4 + 1);
    load = {0, 1, bytes, bytes};
    if (one_in(random_, 5)) {
      load.rows = static_cast<uint64_t>(pick(random_, 2, 12));
      load.row_bytes = std::max<uint64_t>(1, bytes / load.rows);
      load.stride = load.row_bytes +
                    one_of<uint64_t>(random_, {0, burst_, row_, row_ * 2, row_ + 5 * burst_, row_ * banks_});
      if (load.rows * load.stride > capacity_) load = {0, 1, bytes, bytes};
    }
    if (one_in(random_, regular_ ? 12 : 5))
      load.dram = burst_ * static_cast<uint64_t>(pick(random_, 1, 300)) % (capacity_ / 4);
    if (one_in(random_, 5)) {
      step.has_store = true;
      step.store_after = any_gap() / static_cast<uint64_t>(pick(random_, 1, 4));
      step.store_where = pick(random_, 0, 7);
      step.store.groups = 1;
      step.store.scratchpad = isa::Scratchpad::output;
      const int most = one_of<int>(random_, {1, 4, 40});
      const uint64_t stored = burst_ * channels_ * static_cast<uint64_t>(pick(random_, 1, most));
      step.store.transfer = {0, 1, stored, stored};
      if (one_in(random_, 3)) step.store.transfer.row_bytes = step.store.transfer.stride = burst_;
    }
    return step;
  }
  /// Into what is loaded now, was loaded before, comes next; into the same rows of it; anywhere.
  void place_store(Step& step, const std::vector<Step>& before) {
    memory::Transfer& store = step.store.transfer;
    const memory::Transfer& load = step.load.transfer;
    uint64_t at = random_() % capacity_;
    const int where = step.store_where;
    const uint64_t inside = random_() % load.bytes();
    if (where == 0) at = load.dram + inside;
    if (where == 1) at = load.dram + load.rows * load.stride + inside;
    if (where == 2 && !before.empty()) at = before.back().load.transfer.dram + inside;
    if (where == 3) at = load.dram / row_ * row_ + random_() % row_;
    const uint64_t end = load.dram + load.rows * load.stride;
    if (where == 5) at = (end - 1) / row_ * row_ + random_() % row_;
    if (where == 6)
      at = load.dram + load.stride * (random_() % (load.rows + 4)) + random_() % 2 * load.row_bytes;
    if (where == 4) at = load.dram / row_ * row_ + row_ * static_cast<uint64_t>(pick(random_, 1, 3));
    store.dram = std::min(at % capacity_ / burst_ * burst_, (capacity_ - store.bytes()) / burst_ * burst_);
  }

  Random& random_;
  const machine::Machine& machine_;
  int align_ = -1;
  bool regular_ = false;  ///< mostly lengths that divide rows: few different positions
  uint64_t channels_, burst_, row_, banks_, capacity_;
  double per_clock_;
};

}  // namespace vernier::engine
