// SPDX-License-Identifier: Apache-2.0
// The rows of a database as text: CSV and JSON lines, in the order of points. Two runs of one sweep give the
// same bytes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sim/sweep/database.h"

namespace vernier::sweep {

enum class ExportForm { csv, jsonl };

struct ExportOptions {
  ExportForm form = ExportForm::csv;
  bool times = false;  ///< also what differs from run to run: wall_seconds, peak_bytes, session
};

/// Points of the Pareto front over the objectives of the sweep, ascending. Points without a value of an
/// objective are not on it; without objectives it is empty.
[[nodiscard]] std::vector<uint64_t> front_of(const Results& results);

/// Hands the text to `write`, piece by piece.
void export_rows(const Results& results, const ExportOptions& options,
                 const std::function<void(std::string_view)>& write);

}  // namespace vernier::sweep
