// SPDX-License-Identifier: Apache-2.0
// What the network behind a mapped program says that its instructions do not, and the check of one against
// the other.
#pragma once

#include <vector>

#include "models/machine/machine.h"
#include "sim/engine/attribution.h"
#include "sim/engine/totals.h"
#include "sim/mapper/mapper.h"
#include "workloads/network.h"

namespace vernier::run {

/// Facts about the operators of a network, in the order of Program::ops. Refers to the network.
struct NetworkFacts {
  std::vector<const workloads::Op*> ops;
  std::vector<int64_t> repeat;                 ///< executions
  std::vector<bool> kv_weights;                ///< the weight operand is key/value cache
  std::vector<bool> kv_results;                ///< the result is
  std::vector<engine::DramRange> kv_operands;  ///< scales of a cache that a vector operator reads
};

[[nodiscard]] NetworkFacts facts_of(const workloads::Network& network, const mapper::MemoryMap& map);

/// Work issued = work of the network, weight bytes moved = bytes the plan names, per operator. A difference
/// is an InternalError.
void check_against_network(const mapper::MappedProgram& mapped, const NetworkFacts& facts,
                           const engine::AttributionObserver& attribution);

/// Counters of the engine = counters derived from the instructions, for any program. A difference is an
/// InternalError.
void check_against_engine(const engine::AttributionObserver& attribution, const engine::EngineTotals& totals,
                          const machine::Machine& machine);

}  // namespace vernier::run
