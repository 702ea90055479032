// SPDX-License-Identifier: Apache-2.0
// Which operand of an operator is what to the array.
#pragma once

#include <string>
#include <vector>

#include "models/formats/group_format.h"
#include "models/machine/machine.h"
#include "sim/config/accelerator_config.h"
#include "workloads/graph/graph.h"

namespace vernier::schedule {

struct Operands {
  std::vector<int> activations;  ///< first operands of GEMMs: tensors
  std::vector<int> weights;      ///< second operands
  std::vector<int> added;        ///< to the product: partial results, matrices; not vectors
};

/// Of an operator without GEMMs none. Operands that came with fused operators are none of these.
[[nodiscard]] Operands operands_of(const graph::Graph& graph, const graph::Operator& op);

/// The format of a second operand: formats.weight of parameters, formats.kv of what an operator produces.
[[nodiscard]] const std::string& weight_format(const graph::Tensor& tensor,
                                               const config::FormatChoice& formats);

/// The format in which the array gets the second operand of a GEMM.
[[nodiscard]] const std::string& gemm_format(const graph::Graph& graph, const graph::Operator& op,
                                             const graph::Gemm& gemm, const config::FormatChoice& formats);

/// Elements along K of one instruction: all, or as many as the PE can sum up in the format.
[[nodiscard]] int64_t k_chunk(const formats::GroupFormat& format, int64_t k,
                              const machine::ArrayParams& array);

}  // namespace vernier::schedule
