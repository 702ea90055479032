// SPDX-License-Identifier: Apache-2.0
// Puts the operators of an import into a graph: tensors with unique names and bytes, dead operators left out.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "workloads/graph/graph.h"
#include "workloads/onnx/import.h"
#include "workloads/onnx/node_context.h"

namespace vernier::onnx {

class GraphBuilder {
 public:
  explicit GraphBuilder(const std::string& file) : file_(file) {}

  /// An operator that writes `produced`: names and values that have new storage.
  void add(const NodeContext& node, const std::vector<std::pair<std::string, Value>>& produced, bool skipped);
  /// A result of the network; its tensor takes the name.
  void output(const std::string& name, const Value& value);
  /// The graph, without operators whose results nobody reads. Counts them in the report.
  [[nodiscard]] graph::Graph finish(std::string name, ImportReport& report);

 private:
  int tensor(Storage& storage);
  void check_totals(const NodeContext& node);

  const std::string& file_;
  graph::Graph graph_;
  std::vector<bool> skipped_;  ///< per operator
  std::set<std::string> tensor_names_, operator_names_;
  uint64_t work_ = 0;
};

}  // namespace vernier::onnx
