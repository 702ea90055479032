// SPDX-License-Identifier: Apache-2.0
// From a graph and its schedule to a program of an accelerator: docs/scheduler.md, Execution.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/isa/instruction.h"
#include "sim/config/accelerator_config.h"
#include "sim/schedule/schedule.h"
#include "workloads/graph/graph.h"

namespace vernier::schedule {

/// The graph with the tensors that the accelerator needs: their bytes are those of its formats, whole bursts,
/// and operators have their work space as results that nobody reads. Operators keep their numbers. The
/// operators' GEMMs and vector elements stay as they are. Throws InputError EXE001: activations reach the
/// array as tables that an operator makes (lut.precompute), which graphs do not have.
[[nodiscard]] graph::Graph on_accelerator(const graph::Graph& graph,
                                          const config::AcceleratorConfig& accelerator);

/// Bytes in the accelerator's formats, without work space and rounding: what a granularity is chosen by.
[[nodiscard]] graph::Graph in_formats(const graph::Graph& graph,
                                      const config::AcceleratorConfig& accelerator);

/// The same schedule with other addresses: what is fetched lies, where there is room, at bytes that nobody
/// has in the step before either, so that its load need not wait for that step. Nobody else moves.
[[nodiscard]] Schedule place_for_prefetch(const graph::Graph& graph, Schedule schedule, uint64_t capacity);

struct EmitOptions {
  bool prefetch = true;  ///< false: the loads of a step wait for the operator of the step before
};

/// The pooled program that runs a graph of on_accelerator() by a checked schedule with addresses. One
/// Program::ops entry per operator, in the order of the schedule; its class is the operator's kind.
[[nodiscard]] isa::Program emit_program(const graph::Graph& graph, const Schedule& schedule,
                                        uint64_t pool_bytes, const config::AcceleratorConfig& accelerator,
                                        const EmitOptions& options = {});

}  // namespace vernier::schedule
