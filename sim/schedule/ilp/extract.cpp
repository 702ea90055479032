// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>
#include <tuple>

#include "sim/schedule/ilp/program.h"

namespace vernier::schedule {
namespace {

/// Whole addresses that keep the order of the solver's: each as low as the residencies below it allow.
void place(std::vector<Residency>& residencies, const std::vector<double>& addresses,
           const graph::Graph& graph) {
  std::vector<size_t> by_address(residencies.size());
  std::iota(by_address.begin(), by_address.end(), size_t{0});
  std::sort(by_address.begin(), by_address.end(),
            [&](size_t i, size_t j) { return std::tie(addresses[i], i) < std::tie(addresses[j], j); });
  for (size_t i = 0; i < by_address.size(); ++i) {
    Residency& upper = residencies[by_address[i]];
    upper.address = 0;
    for (size_t j = 0; j < i; ++j) {
      const Residency& lower = residencies[by_address[j]];
      if (lower.to < upper.from || upper.to < lower.from) continue;
      upper.address =
          std::max(upper.address, lower.address + graph.tensors[static_cast<size_t>(lower.tensor)].bytes);
    }
  }
}

}  // namespace

Schedule schedule_of(const IntegerProgram& program, const graph::Graph& graph,
                     const std::vector<double>& values) {
  const auto value = [&values](int column) { return column < 0 ? 0.0 : values[static_cast<size_t>(column)]; };
  const auto is_one = [&value](int column) { return value(column) > 0.5; };
  const size_t steps = graph.operators.size();
  Schedule schedule;
  for (size_t t = 0; t < steps; ++t) {
    for (size_t op = 0; op < steps; ++op) {
      if (is_one(program.runs[op][t])) schedule.order.push_back(static_cast<int>(op));
    }
  }
  std::vector<double> addresses;
  for (size_t t = 0; t < steps; ++t) {
    for (size_t k = 0; k < graph.tensors.size(); ++k) {
      const bool before = t > 0 && is_one(program.resident[k][t - 1]);
      if (!is_one(program.resident[k][t]) || (before && !is_one(program.fetched[k][t]))) continue;
      size_t to = t;
      while (to + 1 < steps && is_one(program.resident[k][to + 1]) && !is_one(program.fetched[k][to + 1]))
        ++to;
      schedule.residencies.push_back({static_cast<int>(k), static_cast<int>(t), static_cast<int>(to), 0});
      addresses.push_back(program.address.empty() ? 0.0 : value(program.address[k][t]));
    }
  }
  if (!program.address.empty()) place(schedule.residencies, addresses, graph);
  return schedule;
}

}  // namespace vernier::schedule
