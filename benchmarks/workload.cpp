// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/workload.h"

#include "base/error.h"
#include "sim/config/load.h"
#include "sim/config/network_formats.h"

namespace vernier::bench {
namespace {

const std::string kRoot = VERNIER_SOURCE_DIR;

}  // namespace

config::AcceleratorConfig accelerator(const std::string& name, const std::string& phase) {
  return config::load_accelerator(kRoot + "/configs/accelerators/" + name + ".yaml", {phase, {}});
}

workloads::Network llama(workloads::Phase phase, const config::AcceleratorConfig& accelerator) {
  workloads::LlmOptions options;
  options.phase = phase;
  const workloads::Workload workload = workloads::load_workload(kRoot + "/workloads/llm/llama-2-7b.yaml");
  return workloads::build_network(workload, options, config::network_formats(accelerator));
}

workloads::Network gemm(int m, int n, int k, const config::AcceleratorConfig& accelerator) {
  const std::string text =
      fmt::format("name: gemm\ngemms:\n  - {{name: gemm, m: {}, n: {}, k: {}}}\n", m, n, k);
  return workloads::build_network(workloads::parse_workload(text, "gemm.yaml"), {},
                                  config::network_formats(accelerator));
}

}  // namespace vernier::bench
