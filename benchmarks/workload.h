// SPDX-License-Identifier: Apache-2.0
// Shipped configurations and workloads by name, mapped and ready to run.
#pragma once

#include <string>

#include "sim/config/accelerator_config.h"
#include "sim/mapper/mapper.h"
#include "workloads/workload.h"

namespace vernier::bench {

/// configs/accelerators/<name>.yaml
[[nodiscard]] config::AcceleratorConfig accelerator(const std::string& name, const std::string& phase = "");

/// workloads/llm/llama-2-7b.yaml, batch 1: 256 tokens of prompt or the token after 255 others.
[[nodiscard]] workloads::Network llama(workloads::Phase phase, const config::AcceleratorConfig& accelerator);

/// One m x n x k GEMM with weights of the accelerator's format.
[[nodiscard]] workloads::Network gemm(int m, int n, int k, const config::AcceleratorConfig& accelerator);

}  // namespace vernier::bench
