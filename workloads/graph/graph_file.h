// SPDX-License-Identifier: Apache-2.0
// Graphs as JSON (docs/scheduler.md, "Graph files").
#pragma once

#include <string>

#include "workloads/graph/graph.h"

namespace vernier::graph {

/// Reads a graph file: one graph, or `name` of a file {"graphs": {name: graph, ...}} (empty: its only one).
/// The graph is normalised. Throws InputError with every finding: GRA001 not JSON; GRA002 no such graph, or
/// which of several is not said; GRA003 a key is missing, unknown, given twice or of the wrong type; GRA004
/// an id that is taken or that nobody has; GRA005 a producer that is not the tensor's; GRA006 the file cannot
/// be read; and those of check.h.
[[nodiscard]] Graph load_graph(const std::string& path, const std::string& name = {});

/// The same of a text; `file` names it in messages.
[[nodiscard]] Graph parse_graph(const std::string& text, const std::string& file,
                                const std::string& name = {});

/// One graph; parse_graph reads the same graph back.
[[nodiscard]] std::string to_json(const Graph& graph);

/// "input", "weight", "act".
[[nodiscard]] const char* name_of(TensorKind kind);

}  // namespace vernier::graph
