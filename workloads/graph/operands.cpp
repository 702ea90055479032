// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/operands.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace vernier::graph {
namespace {

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

Operands operands_of(const Graph& graph, const Operator& op) {
  Operands operands;
  if (op.gemms.empty()) return operands;
  const size_t own = std::min(op.inputs.size(), attribute(op, "fused", op.inputs.size()));
  for (size_t i = 0; i < own; ++i) {
    const Tensor& tensor = graph.tensors[static_cast<size_t>(op.inputs[i])];
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

std::vector<int> second_operands(const Graph& graph, const Operator& op) {
  std::vector<int> left = operands_of(graph, op).weights;
  std::vector<int> found(op.gemms.size(), -1);
  const auto fits = [&graph](int index, const Gemm& gemm) {
    int64_t elements = 1;
    for (const int64_t size : graph.tensors[static_cast<size_t>(index)].shape) elements *= size;
    return elements == gemm.n * gemm.k || elements == gemm.n * gemm.k * gemm.groups;
  };
  for (const bool exactly : {true, false}) {
    for (size_t i = 0; i < op.gemms.size(); ++i) {
      if (found[i] >= 0) continue;
      const auto at = std::find_if(left.begin(), left.end(),
                                   [&](int index) { return !exactly || fits(index, op.gemms[i]); });
      if (at == left.end()) continue;
      found[i] = *at;
      left.erase(at);
    }
  }
  return found;
}

std::vector<bool> packed_parameters(const Graph& graph) {
  std::vector<bool> packed(graph.tensors.size(), false);
  for (const Operator& op : graph.operators) {
    for (const int index : operands_of(graph, op).weights) {
      const auto t = static_cast<size_t>(index);
      packed[t] = packed[t] || graph.tensors[t].kind == TensorKind::weight;
    }
  }
  return packed;
}

}  // namespace vernier::graph
