// SPDX-License-Identifier: Apache-2.0
// Shipped configurations and workloads by name, mapped and ready to run.
#pragma once

#include <string>
#include <vector>

#include "sim/config/accelerator_config.h"
#include "sim/mapper/mapper.h"
#include "workloads/workload.h"

namespace vernier::bench {

/// configs/accelerators/<name>.yaml; `sets` are `key.path=value`.
[[nodiscard]] config::AcceleratorConfig accelerator(const std::string& name, const std::string& phase = "",
                                                    const std::vector<std::string>& sets = {});

/// workloads/llm/<name>.yaml, batch 1: 256 tokens of prompt, or the last of `context` tokens.
[[nodiscard]] workloads::Network language_model(const std::string& name, workloads::Phase phase, int context,
                                                const config::AcceleratorConfig& accelerator);

/// One m x n x k GEMM with weights of the accelerator's format.
[[nodiscard]] workloads::Network gemm(int m, int n, int k, const config::AcceleratorConfig& accelerator);

}  // namespace vernier::bench
