// SPDX-License-Identifier: Apache-2.0
// What the ONNX library knows of an operator that Vernier does not support: types and shapes of its results.
#pragma once

#include <optional>
#include <vector>

#include "workloads/onnx/model.h"
#include "workloads/onnx/node_context.h"

namespace vernier::onnx {

/// One entry per result; nothing where the library does not know either.
[[nodiscard]] std::vector<std::optional<Declaration>> library_results(
    const Node& node, int64_t opset, const std::vector<std::optional<Value>>& operands);

}  // namespace vernier::onnx
