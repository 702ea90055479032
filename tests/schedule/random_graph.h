// SPDX-License-Identifier: Apache-2.0
// Random graphs for the schedulers: seeded, with weights that several operators read, tensors with several
// readers, outputs that are read, and operators with two outputs.
#pragma once

#include <algorithm>
#include <random>
#include <string>

#include "workloads/graph/check.h"
#include "workloads/graph/graph.h"

namespace vernier::schedule {

struct RandomGraph {
  int operators = 6;
  int max_inputs = 3;
  uint64_t max_bytes = 6;
  uint64_t unit = 1;  ///< all sizes are multiples of it
  bool two_outputs = true;
};

inline graph::Graph random_graph(const RandomGraph& shape, std::mt19937_64& random) {
  const auto below = [&random](uint64_t bound) { return random() % bound; };
  graph::Graph graph;
  graph.name = "random";
  const auto tensor = [&](graph::TensorKind kind) {
    graph::Tensor made;
    made.name = "t" + std::to_string(graph.tensors.size());
    made.kind = kind;
    made.bytes = shape.unit * (1 + below(shape.max_bytes));
    graph.tensors.push_back(made);
    return static_cast<int>(graph.tensors.size()) - 1;
  };
  for (uint64_t i = 1 + below(2); i > 0; --i) tensor(graph::TensorKind::input);
  for (int i = 0; i < shape.operators; ++i) {
    graph::Operator op;
    op.name = "op" + std::to_string(i);
    for (uint64_t inputs = 1 + below(static_cast<uint64_t>(shape.max_inputs)); inputs > 0; --inputs) {
      const bool weight = below(6) == 0;
      const int from =
          weight ? tensor(graph::TensorKind::weight) : static_cast<int>(below(graph.tensors.size()));
      if (std::find(op.inputs.begin(), op.inputs.end(), from) == op.inputs.end()) op.inputs.push_back(from);
    }
    for (uint64_t outputs = shape.two_outputs && below(8) == 0 ? 2 : 1; outputs > 0; --outputs)
      op.outputs.push_back(tensor(graph::TensorKind::activation));
    graph.operators.push_back(op);
  }
  graph::normalise(graph, "random");
  for (graph::Tensor& made : graph.tensors) {
    if (made.producer >= 0) made.output = made.consumers.empty() ? below(8) != 0 : below(10) == 0;
  }
  return graph;
}

/// What every schedule must have, and what no schedule needs more of.
inline uint64_t least_capacity(const graph::Graph& graph) {
  return graph::need_of(graph, graph::largest_operator(graph));
}

}  // namespace vernier::schedule
