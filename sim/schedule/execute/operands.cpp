// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/execute/operands.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "models/pe/registry.h"

namespace vernier::schedule {
namespace {

using graph::Operator;
using graph::TensorKind;

/// Products of two tensors, of which either may have been produced.
bool is_product(const std::string& kind) {
  static constexpr std::array<std::string_view, 7> kKinds = {
      "MatMul", "MatMulInteger", "QLinearMatMul", "Gemm", "FusedGemm", "FusedMatMul", "Einsum"};
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

size_t attribute(const Operator& op, const char* name, size_t fallback) {
  const auto found = op.attributes.find(name);
  return found == op.attributes.end() || found->second.empty() ? fallback
                                                               : static_cast<size_t>(found->second.front());
}

/// A part of an operator divided along K, but the first: its last operand is the sum so far.
bool continues(const Operator& op) { return attribute(op, "part_k", 0) > 0; }

/// Two factors, of which a parameter is the second, and what is added to them.
void split_product(Operands& operands) {
  std::vector<int>&first = operands.activations, &second = operands.weights;
  const auto leave = [&operands](std::vector<int>& list, size_t count) {
    while (list.size() > count) {
      operands.added.push_back(list[count]);
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(count));
    }
  };
  if (second.empty() && first.size() > 1) {
    second.push_back(first[1]);
    first.erase(first.begin() + 1);
  }
  leave(first, 1);
  leave(second, 1);
}

}  // namespace

Operands operands_of(const graph::Graph& graph, const Operator& op) {
  Operands operands;
  if (op.gemms.empty()) return operands;
  const size_t own = std::min(op.inputs.size(), attribute(op, "fused", op.inputs.size()));
  for (size_t i = 0; i < own; ++i) {
    const graph::Tensor& tensor = graph.tensors[static_cast<size_t>(op.inputs[i])];
    // Vectors are biases, scales and the like, whoever multiplies.
    const bool matrix = tensor.shape.size() >= 2 && std::count_if(tensor.shape.begin(), tensor.shape.end(),
                                                                  [](int64_t s) { return s > 1; }) >= 2;
    if (tensor.kind != TensorKind::weight) {
      operands.activations.push_back(op.inputs[i]);
    } else if (matrix) {
      operands.weights.push_back(op.inputs[i]);
    }
  }
  if (is_product(op.kind)) {
    split_product(operands);
  } else if (continues(op)) {
    operands.added = {operands.activations.back()};
    operands.activations.pop_back();
  }
  return operands;
}

const std::string& weight_format(const graph::Tensor& tensor, const config::FormatChoice& formats) {
  return tensor.kind == TensorKind::weight ? formats.weight : formats.kv;
}

const std::string& gemm_format(const graph::Graph& graph, const Operator& op, const graph::Gemm& gemm,
                               const config::FormatChoice& formats) {
  const Operands operands = operands_of(graph, op);
  const std::string* found = nullptr;
  for (const int index : operands.weights) {
    const graph::Tensor& tensor = graph.tensors[static_cast<size_t>(index)];
    int64_t elements = 1;
    for (const int64_t size : tensor.shape) elements *= size;
    const bool fits = elements == gemm.n * gemm.k || elements == gemm.n * gemm.k * gemm.groups;
    if (fits || found == nullptr) found = &weight_format(tensor, formats);
    if (fits) break;
  }
  return found == nullptr ? formats.kv : *found;
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
