// SPDX-License-Identifier: Apache-2.0
// A network as a directed acyclic graph of operators and tensors: what the scheduler orders and places.
// Importers fill it; docs/scheduler.md has the model.
#pragma once

#include <cstdint>
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
};

struct Operator {
  std::string name;          ///< unique in the graph
  std::string kind;          ///< "Conv", "MatMul"...: the importer's word; empty = not known
  std::vector<int> inputs;   ///< tensors, each once
  std::vector<int> outputs;  ///< tensors, at least one
};

/// Operators are numbered topologically: whoever produces an input of an operator has a smaller number.
struct Graph {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<Operator> operators;
};

}  // namespace vernier::graph
