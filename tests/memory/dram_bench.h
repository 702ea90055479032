// SPDX-License-Identifier: Apache-2.0
// A DRAM with its ways and nothing else: transfers popped and ports taken by others in cycles written down in
// the test.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "models/memory/dma_path.h"
#include "models/memory/ideal_dram.h"
#include "models/memory/part_dram.h"
#include "tests/dram/checked_channels.h"

namespace vernier::memory {

/// One channel with one bank and round numbers: ACT, 2 clocks, RD, 3 + 2 clocks of data, 1 clock back.
/// 64-byte bursts. Scratchpads take a burst in one access.
inline machine::Machine plain_machine() {
  machine::Machine machine;
  machine.name = "plain";
  machine.clock_hz = 1e9;
  for (machine::ScratchpadParams* spad :
       {&machine.weight_spad, &machine.activation_spad, &machine.output_spad}) {
    spad->capacity_bytes = 4096;
    spad->banks = 1;
    spad->bank_width_bits = 512;
    spad->read_latency_cycles = 1;
  }
  machine.dma_max_in_flight = 8;
  machine.dram.kind = machine::DramKind::part;
  machine.dram.burst_bytes = 64;
  machine.dram.memory.interleave_bytes = 64;
  dram::Part& part = machine.dram.memory.part;
  part.name = "plain";
  part.clock_hz = 1000000000;
  part.organisation.rows = 1024;
  part.organisation.row_bytes = 1024;
  part.organisation.burst_bytes = 64;
  dram::Timing& timing = part.timing;
  timing.CL = 3;
  timing.CWL = 2;
  timing.BL = timing.CCD_S = timing.CCD_L = 2;
  timing.RCD = timing.RP = 2;
  timing.RAS = 4;
  timing.RC = 6;
  timing.REFI = 1000;
  timing.RFC = 10;
  part.controller.refresh = dram::Refresh::off;
  return machine;
}

struct Bench {
  explicit Bench(machine::Machine params)
      : machine(std::move(params)), scratchpads(machine), checked(machine) {
    if (machine.dram.kind == machine::DramKind::part) {
      part = std::make_unique<PartDram>(machine, scratchpads, checked.observers());
    } else {
      ideal = std::make_unique<IdealDram>(machine, scratchpads);
    }
  }

  /// `bursts` bursts from burst number `first` on.
  static DmaTransfer transfer(isa::Scratchpad scratchpad, uint64_t first, uint64_t bursts,
                              uint64_t groups = 1) {
    return {{64 * first, 1, 64 * bursts, 0}, scratchpad, groups};
  }

  void run(uint64_t cycles) {
    IDram& dram = part ? static_cast<IDram&>(*part) : *ideal;
    for (uint64_t now = 0; now < cycles; ++now) {
      free_loads.push_back(dram.load().free(now));
      free_stores.push_back(dram.store().free(now));
      if (loads.count(now) > 0) dram.load().start(loads.at(now), now);
      if (stores.count(now) > 0) dram.store().start(stores.at(now), now);
      if (taken.count(now) > 0) {
        EXPECT_TRUE(scratchpads.of(taken_scratchpad).claim(now, PortUser::compute, taken.at(now)));
      }
      dram.run(now);
      for (int ended = dram.store().move(now); ended > 0; --ended) store_ends.push_back(now + 1);
      for (int ended = dram.load().move(now); ended > 0; --ended) load_ends.push_back(now + 1);
    }
    refused = dram.load().refused_cycles() + dram.store().refused_cycles();
    checked.expect_clean_run(machine, cycles, {});
  }

  /// The first cycle from `from` on in which the unit may pop.
  static uint64_t first_free(const std::vector<bool>& free, uint64_t from) {
    while (!free.at(from)) ++from;
    return from;
  }

  machine::Machine machine;
  Scratchpads scratchpads;
  dram::CheckedChannels checked;
  std::unique_ptr<PartDram> part;
  std::unique_ptr<IdealDram> ideal;
  std::map<uint64_t, DmaTransfer> loads, stores;  // by the cycle of the pop
  std::map<uint64_t, PortClaim> taken;            // by compute
  isa::Scratchpad taken_scratchpad = isa::Scratchpad::output;
  std::vector<uint64_t> load_ends, store_ends;
  std::vector<bool> free_loads, free_stores;
  uint64_t refused = 0;
};

}  // namespace vernier::memory
