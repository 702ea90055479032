// SPDX-License-Identifier: Apache-2.0
// One run from configuration and network, or program, to result, at any fidelity.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/machine/memory_image.h"
#include "sim/config/accelerator_config.h"
#include "sim/engine/run_log.h"
#include "sim/engine/totals.h"
#include "sim/engine/trace_options.h"
#include "sim/mapper/mapper.h"
#include "sim/quantize/container.h"
#include "sim/report/run_result.h"
#include "sim/run/explain.h"
#include "workloads/network.h"

namespace vernier::run {

enum class Fidelity { fast, systemc, rtl, analytical };
[[nodiscard]] const char* name_of(Fidelity fidelity);
[[nodiscard]] std::vector<std::string> fidelity_names();
/// Throws InputError RUN002 with the nearest name.
[[nodiscard]] Fidelity fidelity_from(const std::string& name);

struct SimulateOptions {
  Fidelity fidelity = Fidelity::fast;
  bool skip = true;                     ///< fast: closed forms for runs of DRAM bursts
  std::optional<uint64_t> values_seed;  ///< systemc, rtl: compute values
  bool check_values = true;             ///< compare them with the golden functional model
  /// With values, in place of random weights; see match_weights.
  std::vector<quantize::StoredTensor> weights;
  size_t timeline_limit = 0;   ///< instructions kept for the timeline
  bool explain = false;        ///< not analytical: RunResult::gap
  engine::TraceOptions trace;  ///< systemc, rtl
  /// Called now and then with the cycle reached; for long runs.
  std::function<void(uint64_t cycle)> progress;
  ExplainProgress explain_progress;  ///< for the further runs of explain
};

/// What an engine that is not linked into every program offers: the SystemC netlist, with the SystemC array
/// or a Verilated one. The command line supplies it, so that `fast` links without SystemC.
using NetlistEngine =
    std::function<engine::EngineTotals(const isa::Program&, const machine::Machine&, engine::RunLog&,
                                       machine::MemoryImage*, const SimulateOptions&)>;

/// A finished run. Fields of RunResult that say where it came from (command, version, digest) are left to the
/// caller.
struct Simulation {
  report::RunResult result;
  std::optional<isa::Program> program;  ///< what the mapper wrote and the engine ran; analytical has none
};

/// Runs the network. Throws InputError for what the machine cannot do, CheckFailed if values differ from the
/// golden model, InternalError if an invariant of the result is broken.
[[nodiscard]] Simulation simulate(const config::AcceleratorConfig& accelerator,
                                  const workloads::Network& network, const SimulateOptions& options,
                                  const NetlistEngine& netlist = {});

/// Runs a program as it is. There is no network to hold its work against, to fill DRAM with values from, or
/// to evaluate analytically (RUN005, RUN006); all other invariants stay. The program must have passed
/// isa::validate; throws what check_fit throws.
[[nodiscard]] report::RunResult simulate_program(const config::AcceleratorConfig& accelerator,
                                                 const isa::Program& program, const SimulateOptions& options,
                                                 const NetlistEngine& netlist = {});

}  // namespace vernier::run
