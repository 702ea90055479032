// SPDX-License-Identifier: Apache-2.0
// Workload files that name a graph and choose formats for its parameters:
//   graph: resnet-18             # a built network, or a file: .onnx, graph file (FILE#NAME), .csv
//   dims: {batch: 1}             # of an ONNX file, as --dim; `inputs` likewise
//   formats: {conv1: int6_g128}  # an operator, or one parameter by the name of its tensor
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "workloads/graph/graph.h"

namespace vernier::workloads {

struct GraphWorkload {
  struct Choice {
    std::string name;    ///< of an operator or a parameter
    std::string format;  ///< group format
    SourceLocation where;
  };

  std::string name;
  std::string source;                         ///< what workloads::load_graph takes
  std::map<std::string, std::string> dims;    ///< "batch": "1"
  std::map<std::string, std::string> inputs;  ///< "sr": "16000"
  std::vector<Choice> formats;                ///< in the order of the file
};

/// Whether the file is one: YAML with the key `graph`.
[[nodiscard]] bool is_graph_workload(const std::string& path);

/// Throws InputError WKL001..WKL008, every finding of the pass; GRA021 no such graph.
[[nodiscard]] GraphWorkload read_graph_workload(const std::string& path);

/// The text of such a file, YAML: read from the folder of `file` it names the same graph. Formats have the
/// names and the order of `formats`.
[[nodiscard]] std::string write_graph_workload(const GraphWorkload& workload, const std::string& file);

/// Gives the parameters their formats: `graph` is what the source says, not split and not fused. An operator
/// stands for all parameters that the array gets packed from it. Throws InputError: WKL002 a name that nobody
/// has, WKL006 one without such parameters, WKL008 two formats for one parameter, or a name that is several
/// tensors'.
void choose_formats(graph::Graph& graph, const std::vector<GraphWorkload::Choice>& choices);

}  // namespace vernier::workloads
