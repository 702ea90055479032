// SPDX-License-Identifier: Apache-2.0
// The tables of what is known of a run as a whole, beside those of metrics.h: what memory did, and the way
// from the analytical model to the cycles of the run.
#pragma once

#include <string_view>
#include <vector>

#include "sim/report/metrics.h"

namespace vernier::report {

/// A number about memory: counted (`member`) or derived (`compute`).
struct MemoryMetric {
  using Member = MemoryCounts::Count MemoryCounts::*;
  using Compute = Value (*)(const RunResult& run);

  std::string_view name;
  Unit unit;
  std::string_view label, sentence, formula;
  Member member = nullptr;
  Compute compute = nullptr;
  bool of_dram = false;  ///< counted commands: present together

  [[nodiscard]] Value value(const RunResult& run) const;
};
[[nodiscard]] const std::vector<MemoryMetric>& memory_metrics();

/// A rung of the gap, in cycles.
struct GapMetric {
  std::string_view name;
  std::string_view label, sentence, formula;
  Gap::Cycles Gap::*member;
  bool of_dram = false;  ///< absent for `ideal` DRAM
};
/// The analytical cycles, then the differences in the order in which they are switched on.
[[nodiscard]] const std::vector<GapMetric>& gap_metrics();

}  // namespace vernier::report
