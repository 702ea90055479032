// SPDX-License-Identifier: Apache-2.0
// Runs the RTL of a bench's array, Verilated, and records the pins of the blocks inside it in every cycle.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/ppa/stimulus.h"
#include "sim/ppa/tools.h"

namespace vernier::ppa {

struct BlockPort {
  std::string name;
  bool input = false;
  size_t bits = 0;
};

/// What a block of the bench saw and did.
struct Recording {
  std::vector<BlockPort> ports;   ///< but for clock and reset
  std::vector<CycleBits> cycles;  ///< of the ports, one after the other
  std::vector<bool> event;        ///< per cycle: whether the block worked
  std::vector<bool> reset;        ///< per cycle: whether rst_ni is low
};

/// Cycles of reset before the stimulus.
constexpr size_t kResetCycles = 2;

struct ProbedBlock {
  std::string place;
  std::string event;
  std::vector<BlockPort> ports;
};

/// `folder` gets the generated sources and is made. In the order of `blocks`.
[[nodiscard]] std::vector<Recording> run_rtl(const Tools& tools, const std::filesystem::path& rtl,
                                             const Bench& bench, const std::vector<ProbedBlock>& blocks,
                                             const Stimulus& stimulus, const std::filesystem::path& folder);

/// What run_rtl() left in `rtl.bin` of its folder, of so many cycles with those of the reset.
[[nodiscard]] std::vector<Recording> read_recordings(const std::vector<ProbedBlock>& blocks, size_t cycles,
                                                     const std::string& path);

}  // namespace vernier::ppa
