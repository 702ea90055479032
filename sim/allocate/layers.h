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

/// An operator with weights of its own (not with a cache) and the segment that it is in.
struct WeightOp {
  const workloads::Segment* segment;
  const workloads::Op* op;
};
[[nodiscard]] std::vector<WeightOp> weight_ops(const workloads::Network& network);

/// Those operators in the order of the network, `share` executions in a row one layer (0: all); no choices
/// yet. Throws InputError ALC006 if there is none.
[[nodiscard]] std::vector<Layer> layers_of(const workloads::Network& network, int64_t share);

/// Energy of a row of a run in fJ; nothing if a component in it has no number.
[[nodiscard]] std::optional<uint64_t> energy_of(const report::RunResult& result, const report::LayerRow& row);
/// Rounded to nearest.
[[nodiscard]] std::optional<uint64_t> nanojoules(std::optional<uint64_t> femtojoules);

/// Throws InputError ALC002 for a format that the PE does not take.
void check_formats(const std::vector<std::string>& formats, const config::AcceleratorConfig& accelerator);

/// Adds a choice per format: cycles, energy and weight bytes are those of a run of this layer alone, as a
/// list of one GEMM, in `fast`, times its executions. `formats` are names of group formats. Throws InputError
/// ALC002 for a format that the PE does not take, and what run::simulate throws.
void add_costs(std::vector<Layer>& layers, const std::vector<std::string>& formats,
               const config::AcceleratorConfig& accelerator);

/// The workload with the chosen formats.
[[nodiscard]] workloads::Workload with_formats(workloads::Workload workload, const Problem& problem,
                                               const Assignment& assignment);

/// `chosen` as the text of a workload file, YAML. `file` is what it was read from before it got its formats,
/// with these overrides. Keys of a config.json without meaning are left out.
[[nodiscard]] std::string file_with_formats(const std::string& file, const workloads::Workload& chosen,
                                            const workloads::Overrides& overrides);

}  // namespace vernier::allocate
