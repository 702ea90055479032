// SPDX-License-Identifier: Apache-2.0
// `vernier allocate-bits` as a library: formats of layers chosen, and the choice held against a simulation of
// the whole network.
#pragma once

#include <string>
#include <vector>

#include "sim/allocate/graph_layers.h"
#include "sim/allocate/problem.h"
#include "sim/allocate/sensitivity.h"
#include "sim/config/accelerator_config.h"
#include "workloads/workload.h"

namespace vernier::allocate {

struct Request {
  std::vector<std::string> formats;  ///< group formats to choose from
  std::string budget;                ///< a number, or one of the formats: what all layers in it sum to
  Objective objective = Objective::cycles;
  SensitivitySource sensitivity;
  int64_t share = 0;  ///< consecutive repetitions of a language model's layer with one format; 0: all
  double seconds = kSolveSeconds;  ///< for the integer program
};

/// Fields that say where it came from (command, version, digest) are left to the caller.
struct AllocationReport {
  std::string command, version, configuration, configuration_digest, network, phase;
  std::string sensitivity_note;
  std::string prediction = "the sum of each layer simulated alone";
  std::string budget_format;  ///< whose sum the budget is; empty: a number was given
  Problem problem;
  Solution solution;
  workloads::Workload chosen;       ///< with the formats of the solution
  std::vector<Assignment> uniform;  ///< every layer in the same format, one per format
  // The whole network with the chosen formats, simulated in `fast`.
  uint64_t simulated_cycles = 0;
  uint64_t simulated_layer_cycles = 0;        ///< that belong to the layers with a choice
  uint64_t simulated_layer_weight_bytes = 0;  ///< the same
  std::optional<uint64_t> simulated_nj, simulated_layer_nj;
};

/// As --minimise has it: "cycles", "energy", "weight_bytes".
[[nodiscard]] const char* name_of(Objective objective);
[[nodiscard]] Objective objective_named(const std::string& name);

/// Throws InputError ALC001..ALC007 and what the parts throw; ALC005 for a budget that is no number from 0
/// and no format to choose from.
[[nodiscard]] AllocationReport allocate(const config::AcceleratorConfig& accelerator,
                                        const workloads::Workload& workload,
                                        const workloads::LlmOptions& options, const Request& request);

/// The same of a graph; `pieces` are how it runs. Throws what simulate_graph throws as well.
[[nodiscard]] AllocationReport allocate(const config::AcceleratorConfig& accelerator, const GraphWork& work,
                                        const std::string& onnx_file, const Request& request);

/// Full names of the formats to choose from, each once, in the order given.
[[nodiscard]] std::vector<std::string> formats_of(const Request& request);
/// Given layers with costs and sensitivities: the budget, what every format has alone, the solution.
void choose(const Request& request, const std::vector<std::string>& formats, AllocationReport& report);
/// The chosen format of each layer.
[[nodiscard]] std::vector<std::string> formats_in(const Problem& problem, const Assignment& assignment);
/// Throws InputError ALC007 if energy is to be least and a choice has none.
void check_energies(const Problem& problem);

[[nodiscard]] std::string to_text(const AllocationReport& report);
/// Schema 1, docs/allocate-bits.md.
[[nodiscard]] std::string to_json(const AllocationReport& report);

}  // namespace vernier::allocate
