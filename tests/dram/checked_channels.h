// SPDX-License-Identifier: Apache-2.0
// A constraint checker on every channel of a run.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "models/dram/address_map.h"
#include "models/dram/constraint_checker.h"
#include "models/machine/machine.h"

namespace vernier::dram {

class CheckedChannels {
 public:
  explicit CheckedChannels(const Memory& memory) {
    for (int c = 0; c < memory.channels; ++c) {
      checkers_.push_back(std::make_unique<ConstraintChecker>(memory.part));
    }
  }
  /// None for `ideal` DRAM.
  explicit CheckedChannels(const machine::Machine& machine) {
    if (machine.dram.kind == machine::DramKind::part) *this = CheckedChannels(machine.dram.memory);
  }

  [[nodiscard]] std::vector<ICommandObserver*> observers() const {
    std::vector<ICommandObserver*> all;
    for (const auto& checker : checkers_) all.push_back(checker.get());
    return all;
  }
  [[nodiscard]] ICommandObserver* observer(size_t channel) const { return checkers_[channel].get(); }

  /// The run is over after so many clocks and did, up to then, what is counted.
  void expect_clean(uint64_t clocks, const ChannelCounts& counts) {
    uint64_t commands = 0;
    for (size_t c = 0; c < checkers_.size(); ++c) {
      checkers_[c]->finish(clocks);
      commands += checkers_[c]->commands();
      EXPECT_EQ(checkers_[c]->violations(), 0U) << "channel " << c << "\n" << checkers_[c]->text();
    }
    const uint64_t counted =
        counts.reads + counts.writes + counts.activates + counts.precharges + counts.refreshes;
    EXPECT_GE(commands, counted) << "commands that no checker has seen";
  }
  /// The same after so many cycles of the accelerator.
  void expect_clean_run(const machine::Machine& machine, uint64_t cycles, const ChannelCounts& counts) {
    if (checkers_.empty()) return;
    const ClockRatio ratio(static_cast<uint64_t>(machine.clock_hz), machine.dram.memory.part.clock_hz);
    expect_clean(ratio.clock_of(cycles), counts);
  }

 private:
  std::vector<std::unique_ptr<ConstraintChecker>> checkers_;
};

}  // namespace vernier::dram
