// SPDX-License-Identifier: Apache-2.0
// Energy and area of a finished run: events that the engines counted times energy per event. docs/energy.md.
//
// Events come from the rows of the run, which are equal in every fidelity that counts events, so the energy
// is, too; what is counted for the whole run only (DRAM commands) is given to rows in proportion to what
// causes it, in whole commands. Nothing is simulated.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "sim/config/accelerator_config.h"
#include "sim/report/run_result.h"

namespace vernier::energy {

/// Fills RunResult::energy and the energies of all rows and of the total. `tokens`: of all sequences; 0 if
/// there are none. A component without sourced number stays without, with the reason as its origin, and a
/// note names it. The analytical fidelity counts no events: it gets the note only. Throws InputError ENE005
/// for DRAM commands that were asked for and are not known.
void add_energy(const config::AcceleratorConfig& accelerator, uint64_t tokens, report::RunResult& run);

/// The file `configs/<name>`, of the working folder or of those that Vernier came with; empty if there is
/// none.
[[nodiscard]] std::filesystem::path data_file(const std::filesystem::path& name);

/// `total` in whole parts proportional to `weights`, largest remainders first; the first on a tie. All 0 if
/// the weights are, with everything in the last part if total is not.
[[nodiscard]] std::vector<uint64_t> apportion(uint64_t total, const std::vector<uint64_t>& weights);

}  // namespace vernier::energy
