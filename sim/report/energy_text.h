// SPDX-License-Identifier: Apache-2.0
// The parts of the text reports about energy and area.
#pragma once

#include <string>
#include <vector>

#include "sim/report/run_result.h"

namespace vernier::report {

/// Every item with its events, its energy per event as sourced and at the node, the product and its origin;
/// the parts by layer class; areas; the figures of the whole run. Empty for a run without.
[[nodiscard]] std::string energy_text(const RunResult& run);

/// The runs ranked by time, energy per token (or energy) and area, with the kinds of origins of each. Empty
/// if none has energy.
[[nodiscard]] std::string energy_comparison(const std::vector<RunResult>& runs);

/// Place of every run by a number, 1 the smallest; equal numbers share a place; 0: it has none.
[[nodiscard]] std::vector<size_t> ranks(const std::vector<double>& values, const std::vector<bool>& present);

/// "synthesized, published": kinds of the origins of the items that happened, or of the areas.
[[nodiscard]] std::string origin_kinds(const RunResult& run, bool of_areas);

}  // namespace vernier::report
