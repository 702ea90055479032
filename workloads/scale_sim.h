// SPDX-License-Identifier: Apache-2.0
// Topology files of SCALE-Sim: comma-separated layers, convolutions or GEMMs, told apart by the header.
#pragma once

#include <string>

#include "workloads/graph/graph.h"

namespace vernier::workloads {

/// One operator per layer. A topology does not say which layer feeds which: each reads an input of its own
/// and writes an output of the network. Elements have one byte. "DP" in a name makes a convolution depthwise,
/// as in SCALE-Sim. Throws InputError SCS001 (cannot be read, or no layers), SCS002 (a line).
[[nodiscard]] graph::Graph load_scale_sim(const std::string& path);

}  // namespace vernier::workloads
