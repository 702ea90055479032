// SPDX-License-Identifier: Apache-2.0
// Yosys and OpenSTA: a block as a netlist of library cells, and how fast that is.
#pragma once

#include <filesystem>
#include <vector>

#include "sim/ppa/netlist.h"
#include "sim/ppa/probe.h"
#include "sim/ppa/tools.h"

namespace vernier::ppa {

/// Where the RTL is, and the library that it is mapped to.
struct Target {
  std::filesystem::path rtl;
  const Library* library = nullptr;
  double clock_ns = 0;
};

/// Ports of the blocks but for clock and reset, in the order of the RTL.
[[nodiscard]] std::vector<std::vector<BlockPort>> elaborate(const Tools& tools, const Target& target,
                                                            const Bench& bench,
                                                            const std::vector<const Block*>& blocks,
                                                            const std::filesystem::path& folder);

/// Flattened and mapped. `folder` gets script, log and netlist.
[[nodiscard]] Netlist synthesize(const Tools& tools, const Target& target, const Bench& bench,
                                 const Block& block, const std::filesystem::path& folder);

struct Timing {
  double slack_ns = 0;  ///< at the target clock
  bool has_paths = false;
  /// Per net: mean of the rising and the falling transition time; inputs and the clock have the shortest one
  /// of the library.
  std::vector<double> slews_ns;
};

/// Inputs arrive with the clock edge, outputs have until the next one.
[[nodiscard]] Timing time_netlist(const Tools& tools, const Target& target, const Netlist& netlist,
                                  const std::filesystem::path& folder);

}  // namespace vernier::ppa
