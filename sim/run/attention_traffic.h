// SPDX-License-Identifier: Apache-2.0
// DRAM traffic of attention in prefill beside its lower bounds; docs/attention.md has the formulas.
#pragma once

#include <optional>
#include <vector>

#include "sim/mapper/mapper.h"
#include "sim/report/run_result.h"
#include "workloads/network.h"

namespace vernier::run {

/// From the rows of a finished run, one per operator of the network. Nothing if it has no attention that
/// mapper::is_attention() finds, or is no prefill.
[[nodiscard]] std::optional<report::AttentionTraffic> attention_traffic(
    const workloads::Network& network, const mapper::MappedProgram& mapped, const machine::Machine& machine,
    const std::vector<report::LayerRow>& rows);

}  // namespace vernier::run
