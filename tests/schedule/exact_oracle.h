// SPDX-License-Identifier: Apache-2.0
// The least non-compulsory bytes by trying everything: every order, every set of tensors that leaves before a
// step, every address. For tiny graphs. Shares nothing with the solvers, and folds nothing.
#pragma once

#include <cstdint>
#include <optional>

#include "workloads/graph/graph.h"

namespace vernier::schedule {

/// Nothing: no schedule. With `addresses` sizes and capacity should be single digits.
std::optional<uint64_t> least_bytes(const graph::Graph& graph, uint64_t capacity, bool addresses);

}  // namespace vernier::schedule
