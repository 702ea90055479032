// SPDX-License-Identifier: Apache-2.0
// From a network to a program: every operator reads its operands from DRAM, passes through the scratchpads in
// blocks, double-buffered, and writes its result to DRAM. docs/program.md describes the programs that come
// out.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/isa/instruction.h"
#include "models/machine/machine.h"
#include "sim/mapper/attention_plan.h"
#include "sim/mapper/gemm_tiling.h"
#include "sim/mapper/memory_map.h"
#include "workloads/network.h"

namespace vernier::mapper {

/// What one operator has to do in the whole program (all repetitions), counted from the plan and not from
/// the instructions. Bytes are those that transfers name, before they are widened to whole bursts.
struct OpExpectation {
  uint64_t macs = 0;
  uint64_t weight_bytes = 0;      ///< loaded packed weight or cache blocks
  uint64_t activation_bytes = 0;  ///< loaded activations and vector operands
  uint64_t store_bytes = 0;
  GemmTiling tiling;                         ///< gemm; zero sizes for a vector operator
  std::optional<AttentionBlocks> attention;  ///< the scores of attention in one schedule
};

struct MappedProgram {
  isa::Program program;
  MemoryMap map;
  std::vector<OpExpectation> ops;  ///< parallel to program.ops
};

/// Throws InputError MAP001..MAP007 (sim/mapper/op_plan.h), MAP006 also for more than 2^32 - 1 stores in
/// flight between segments. The result passes isa::validate.
[[nodiscard]] MappedProgram map_network(const workloads::Network& network, const machine::Machine& machine,
                                        const MappingOptions& options = {});

}  // namespace vernier::mapper
