// SPDX-License-Identifier: Apache-2.0
// Runs and comparisons as JSON, the form in which results are kept and exchanged.
//
// A run is one object: schema, command, version, network, phase, tokens, configuration,
// configuration_digest, fidelity, seed, clock_hz, peak_dram_bytes_per_second, totals, memory, gap, layers,
// units, notes, timeline. `totals` and every element of `layers` hold every metric of metrics.h by name (null
// where there is no number) and `events`; `memory` and `gap` those of run_metrics.h (gap is null unless asked
// for). A comparison is one object: schema, command, version, units, comparison (one element per run, with
// the metrics of comparison_metrics()), runs. Keys are in this order; numbers survive a round trip exactly.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/run_result.h"

namespace vernier::report {

using Json = nlohmann::ordered_json;

/// Checks the invariants, then writes every field.
[[nodiscard]] Json to_json(const RunResult& run);

/// Several runs of the same network and phase, normalised to the first. Throws InputError RPT010 if there is
/// none, or if they did different work.
[[nodiscard]] Json comparison_to_json(const std::vector<RunResult>& runs, const std::string& command);

/// Reads what to_json or comparison_to_json wrote: one run, or all runs of a comparison. `file` names the
/// text in messages. Throws InputError RPT001 (not JSON), RPT002 (a key is missing, unknown or of the wrong
/// type), RPT003 (another schema), RPT004 (the numbers contradict each other: a damaged file).
[[nodiscard]] std::vector<RunResult> runs_from_json(std::string_view text, const std::string& file);

/// The single run in `text`; RPT002 if it holds a comparison.
[[nodiscard]] RunResult run_from_json(std::string_view text, const std::string& file);

/// JSON as text; indent -1 = one line. Bytes that are not UTF-8 (file names can hold them) become U+FFFD.
[[nodiscard]] std::string json_text(const Json& json, int indent = 1);

/// Throws InputError RPT010 unless there is at least one run and all have the network, phase, tokens and MACs
/// of the first.
void check_comparable(const std::vector<RunResult>& runs);

}  // namespace vernier::report
