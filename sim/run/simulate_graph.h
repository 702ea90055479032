// SPDX-License-Identifier: Apache-2.0
// A graph on an accelerator: formats, granularity, schedule, program, simulation.
#pragma once

#include <cstdint>
#include <string>

#include "sim/run/simulate.h"
#include "sim/schedule/schedule.h"
#include "sim/schedule/solvers.h"
#include "workloads/graph/graph.h"

namespace vernier::run {

struct GraphRunOptions {
  uint64_t scratchpad_bytes = 0;  ///< of the pool; 0 = all that the accelerator has
  std::string solver = "auto";
  schedule::Limits limits;
  bool fit = true;  ///< split operators that need more than the pool; else that is an error SCH001
  bool prefetch = true;
};

struct GraphRun {
  Simulation simulation;
  graph::Graph graph;  ///< what was scheduled: in pieces, in the accelerator's formats
  schedule::Checked solved;
  uint64_t pool_bytes = 0;
};

/// Runs a graph. Throws InputError: SCH001 an operator does not fit, RUN005 the analytical fidelity, RUN006
/// values, EXE001, EXE002, and those of simulate_program. InternalError if DRAM moves other bytes than the
/// schedule says, or the array does other work than the graph has.
[[nodiscard]] GraphRun simulate_graph(const config::AcceleratorConfig& accelerator, const graph::Graph& graph,
                                      const GraphRunOptions& graph_options, const SimulateOptions& options,
                                      const NetlistEngine& netlist = {});

}  // namespace vernier::run
