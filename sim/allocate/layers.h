// SPDX-License-Identifier: Apache-2.0
// The layers of a workload that get a format, what each costs in each format, and the workload with formats.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/allocate/problem.h"
#include "sim/config/accelerator_config.h"
#include "sim/report/run_result.h"
#include "workloads/workload.h"

namespace vernier::allocate {

/// The GEMMs with weights of their own (not those with a cache), in the order of the network; no choices yet.
/// Throws InputError ALC006 if there is none.
[[nodiscard]] std::vector<Layer> layers_of(const workloads::Network& network);

/// Energy of a row of a run in fJ; nothing if a component in it has no number.
[[nodiscard]] std::optional<uint64_t> energy_of(const report::RunResult& result, const report::LayerRow& row);
/// Rounded to nearest.
[[nodiscard]] std::optional<uint64_t> nanojoules(std::optional<uint64_t> femtojoules);

/// Adds a choice per format: cycles, energy and weight bytes are those of a run of this layer alone, as a
/// list of one GEMM, in `fast`, times its executions. `formats` are names of group formats. Throws InputError
/// ALC002 for a format that the PE does not take, and what run::simulate throws.
void add_costs(std::vector<Layer>& layers, const std::vector<std::string>& formats,
               const config::AcceleratorConfig& accelerator);

/// The workload with the chosen formats.
[[nodiscard]] workloads::Workload with_formats(workloads::Workload workload, const Problem& problem,
                                               const Assignment& assignment);

/// The same as the text of a workload file, YAML. `file` is what `workload` was read from, with these
/// overrides. Keys of a config.json without meaning are left out.
[[nodiscard]] std::string file_with_formats(const std::string& file, const workloads::Workload& workload,
                                            const workloads::Overrides& overrides, const Problem& problem,
                                            const Assignment& assignment);

}  // namespace vernier::allocate
