// SPDX-License-Identifier: Apache-2.0
// A network as a directed acyclic graph of operators and tensors: what the scheduler orders and places.
// Importers fill it; docs/scheduler.md has the model.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vernier::graph {

enum class TensorKind {
  input,       ///< given from outside, in DRAM before the first operator
  weight,      ///< a parameter, in DRAM before the first operator
  activation,  ///< produced by one operator
};

struct Tensor {
  std::string name;
  TensorKind kind = TensorKind::activation;
  uint64_t bytes = 0;          ///< what it takes of the scratchpad and moves over the bus, > 0
  bool output = false;         ///< a result of the network: has to end in DRAM
  int producer = -1;           ///< operator; -1 = in DRAM from the start
  std::vector<int> consumers;  ///< operators, ascending, each once
  std::vector<int64_t> shape;  ///< row-major; empty = a scalar, or not known
  std::string format;          ///< of an element: "fp32", "int8"...; empty = not known
  /// Group format of a parameter on the accelerator ("int4_g128"); empty = the accelerator's.
  std::string weight_format = {};
};

/// Matrix products on the array: `groups` times out[m][n] = a[m][k] * b[n][k]^T. A convolution is one by
/// im2col, streamed and not stored.
struct Gemm {
  int64_t m = 0, n = 0, k = 0;
  int64_t groups = 1;
};

/// Integers that an operator kind needs beside its tensors: "kernel", "strides", "pads", "axis", "perm"...
/// (docs/onnx.md lists them).
using Attributes = std::map<std::string, std::vector<int64_t>>;

struct Operator {
  std::string name;          ///< unique in the graph
  std::string kind;          ///< "Conv", "MatMul"...: the importer's word; empty = not known
  std::vector<int> inputs;   ///< tensors in the order of the operands, each once
  std::vector<int> outputs;  ///< tensors, at least one
  Attributes attributes;
  std::vector<Gemm> gemms;       ///< its work on the array; empty = none, or not known
  uint64_t vector_elements = 0;  ///< its work in the vector unit: elements that it goes over

  /// Multiply-accumulates on the array. Graphs have at most 2^62 of them.
  [[nodiscard]] uint64_t macs() const {
    uint64_t total = 0;
    for (const Gemm& gemm : gemms) total += static_cast<uint64_t>(gemm.groups * gemm.m * gemm.n * gemm.k);
    return total;
  }
};

/// Operators are numbered topologically: whoever produces an input of an operator has a smaller number.
struct Graph {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<Operator> operators;
};

}  // namespace vernier::graph
