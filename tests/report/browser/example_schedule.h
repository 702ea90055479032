// SPDX-License-Identifier: Apache-2.0
// Schedules for the browser test: their numbers are counted by hand in browser_test.js.
#pragma once

#include <string>

#include "sim/schedule/report/schedule_report.h"
#include "workloads/graph/check.h"

namespace vernier::schedule::testing {

/// a: x (40) -> y (20); b: w (50) -> z (20); c: y, z -> r (10, an output of the network). `whole`: b and c
/// are one operator, bc, and there is no z.
inline graph::Graph example_graph(const std::string& name, bool whole = false) {
  graph::Graph graph;
  graph.name = name;
  const auto tensor = [&graph](const char* called, graph::TensorKind kind, uint64_t bytes, bool output) {
    graph::Tensor made;
    made.name = called;
    made.kind = kind;
    made.bytes = bytes;
    made.output = output;
    graph.tensors.push_back(made);
  };
  tensor("x", graph::TensorKind::input, 40, false);
  tensor("y", graph::TensorKind::activation, 20, false);
  tensor("w", graph::TensorKind::weight, 50, false);
  if (!whole) tensor("z", graph::TensorKind::activation, 20, false);
  tensor("r", graph::TensorKind::activation, 10, true);
  const auto add = [&graph](const char* called, std::vector<int> inputs, std::vector<int> outputs) {
    graph::Operator op;
    op.name = called;
    op.inputs = std::move(inputs);
    op.outputs = std::move(outputs);
    graph.operators.push_back(op);
  };
  add("a", {0}, {1});
  if (whole) {
    add("bc", {1, 2}, {3});
  } else {
    add("b", {2}, {3});
    add("c", {1, 3}, {4});
  }
  graph::normalise(graph, name);
  return graph;
}

/// Scheduled as numbered, in each of the sizes.
inline ScheduleReport example_schedule(const graph::Graph& graph, const std::vector<uint64_t>& sizes,
                                       bool addresses = true) {
  ScheduleReport report;
  report.command = "vernier schedule " + graph.name;
  report.version = "0.0.0";
  report.graph = graph;
  report.addresses = addresses;
  report.sweep = sizes.size() > 1;
  Limits limits;
  limits.addresses = addresses;
  for (const uint64_t size : sizes)
    report.sizes.push_back(solve_size(graph, size, addresses ? "topo_belady_ff" : "topo_belady_cap", limits));
  return report;
}

}  // namespace vernier::schedule::testing
