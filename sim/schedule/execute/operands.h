// SPDX-License-Identifier: Apache-2.0
// The formats in which the array gets the second operands of GEMMs.
#pragma once

#include <string>

#include "models/formats/group_format.h"
#include "models/machine/machine.h"
#include "sim/config/accelerator_config.h"
#include "workloads/graph/graph.h"

namespace vernier::schedule {

/// The format of a second operand: of a parameter its own, or formats.weight; formats.kv of what an operator
/// produces.
[[nodiscard]] const std::string& weight_format(const graph::Tensor& tensor,
                                               const config::FormatChoice& formats);

/// The format of the second operand of GEMM number `gemm`; formats.kv of one that the operator makes itself.
[[nodiscard]] const std::string& gemm_format(const graph::Graph& graph, const graph::Operator& op,
                                             size_t gemm, const config::FormatChoice& formats);

/// Elements along K of one instruction: all, or as many as the PE can sum up in the format.
[[nodiscard]] int64_t k_chunk(const formats::GroupFormat& format, int64_t k,
                              const machine::ArrayParams& array);

}  // namespace vernier::schedule
