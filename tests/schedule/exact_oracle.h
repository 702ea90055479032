// SPDX-License-Identifier: Apache-2.0
// The least non-compulsory bytes by trying everything: every order, every set of tensors that leaves before a
// step, every address. For tiny graphs. Shares nothing with the solvers, and folds nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "workloads/graph/graph.h"

namespace vernier::schedule {

/// Nothing: no schedule. With `addresses` sizes and capacity should be single digits.
std::optional<uint64_t> least_bytes(const graph::Graph& graph, uint64_t capacity, bool addresses);

/// Between two steps.
struct Situation {
  std::vector<bool> done;               ///< per operator
  std::vector<bool> resident, in_dram;  ///< per tensor
  uint64_t rest = 0;  ///< the least non-compulsory bytes from here on, fetches of what is out included
};

/// Every situation, wasteful ones too, that operators and leaving tensors lead to, the start included;
/// without addresses.
std::vector<Situation> every_situation(const graph::Graph& graph, uint64_t capacity);

}  // namespace vernier::schedule
