// SPDX-License-Identifier: Apache-2.0
// Graphs from whatever has one: ONNX files, graph files, SCALE-Sim topologies, the built networks by name,
// and workload files that name one of these and formats for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"
#include "workloads/graph_workload.h"
#include "workloads/onnx/import.h"

namespace vernier::workloads {

struct GraphOptions {
  std::vector<std::string> dims;    ///< "batch=1": of ONNX files
  std::vector<std::string> inputs;  ///< "sr=16000": of ONNX files
  std::string unsupported;          ///< "skip" or, the default, "error": of ONNX files
  bool fuse = false;                ///< element-wise operators into those before them
  std::string split;                ///< a granularity ("rows=4"); empty = none
};

struct LoadedGraph {
  graph::Graph graph;
  std::optional<graph::Graph> whole;         ///< before `fuse` and `split`, if they changed it
  std::optional<onnx::ImportReport> report;  ///< of an ONNX file
};

/// `source`: a path that ends in .onnx or .csv (SCALE-Sim), a workload file (graph_workload.h), or another
/// file, a graph file, with #NAME for one graph of several; else the name of a built network. Throws
/// InputError: GRA021 neither of them, GRA022 an option that does not fit the kind of file or that cannot be
/// read, and those of the readers.
[[nodiscard]] LoadedGraph load_graph(const std::string& source, const GraphOptions& options);

/// What a workload file says of `source` and these options: its graph, dimensions and inputs. Of a source
/// that is no workload file the options alone, without a name.
[[nodiscard]] GraphWorkload as_workload(const std::string& source, const GraphOptions& options);

/// Fused and split as the options say; the others do not matter.
[[nodiscard]] graph::Graph in_pieces(graph::Graph whole, const GraphOptions& options);

/// Whether a run takes `source` as a graph: FILE.onnx, FILE.csv, FILE#NAME, a .json file that has tensors or
/// graphs, YAML with the key `graph`, or the name of a built network where there is no such file.
[[nodiscard]] bool is_graph_source(const std::string& source);

}  // namespace vernier::workloads
