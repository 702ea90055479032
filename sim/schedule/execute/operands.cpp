// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/execute/operands.h"

#include <algorithm>

#include "models/pe/registry.h"
#include "workloads/graph/operands.h"

namespace vernier::schedule {

const std::string& weight_format(const graph::Tensor& tensor, const config::FormatChoice& formats) {
  if (tensor.kind != graph::TensorKind::weight) return formats.kv;
  return tensor.weight_format.empty() ? formats.weight : tensor.weight_format;
}

const std::string& gemm_format(const graph::Graph& graph, const graph::Operator& op, size_t gemm,
                               const config::FormatChoice& formats) {
  const int index = graph::second_operands(graph, op)[gemm];
  return index < 0 ? formats.kv : weight_format(graph.tensors[static_cast<size_t>(index)], formats);
}

int64_t k_chunk(const formats::GroupFormat& format, int64_t k, const machine::ArrayParams& array) {
  const pe::PeDescriptor& pe = pe::pe(array.pe);
  const auto unit = static_cast<int64_t>(array.lanes) * format.coded_together();
  for (int64_t parts = 1; parts < k; parts *= 2) {
    const int64_t chunk = std::min(k, ((k + parts - 1) / parts + unit - 1) / unit * unit);
    if (!pe.reject_length(format, chunk)) return chunk;
  }
  return k;  // check_fit says what is wrong
}

}  // namespace vernier::schedule
