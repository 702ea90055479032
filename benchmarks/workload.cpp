// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/workload.h"

#include "base/error.h"
#include "sim/config/load.h"
#include "sim/config/network_formats.h"

namespace vernier::bench {
namespace {

const std::string kRoot = VERNIER_SOURCE_DIR;

}  // namespace

config::AcceleratorConfig accelerator(const std::string& name, const std::string& phase,
                                      const std::vector<std::string>& sets) {
  return config::load_accelerator(kRoot + "/configs/accelerators/" + name + ".yaml", {phase, sets});
}

workloads::Network language_model(const std::string& name, workloads::Phase phase, int context,
                                  const config::AcceleratorConfig& accelerator) {
  workloads::LlmOptions options;
  options.phase = phase;
  options.context = context;
  const workloads::Workload workload = workloads::load_workload(kRoot + "/workloads/llm/" + name + ".yaml");
  return workloads::build_network(workload, options, config::network_formats(accelerator));
}

workloads::Network gemm(int m, int n, int k, const config::AcceleratorConfig& accelerator) {
  const std::string text =
      fmt::format("name: gemm\ngemms:\n  - {{name: gemm, m: {}, n: {}, k: {}}}\n", m, n, k);
  return workloads::build_network(workloads::parse_workload(text, "gemm.yaml"), {},
                                  config::network_formats(accelerator));
}

}  // namespace vernier::bench
