// SPDX-License-Identifier: Apache-2.0
// The options of commands that read a graph: `import` and `schedule`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "workloads/graph_source.h"

namespace vernier::cli {

/// Adds --dim, --input, --unsupported, --fuse and --split. They are checked when the graph is loaded.
void add_graph_options(CLI::App& command, workloads::GraphOptions& options);

/// The options as they are given, each with a blank before it.
[[nodiscard]] std::string text_of(const workloads::GraphOptions& options);

/// What a graph can be read from, for the help of its argument.
inline constexpr const char* kGraphSources =
    "an ONNX file, a graph file (FILE.json, or FILE.json#NAME), a SCALE-Sim topology (FILE.csv), or the name "
    "of a network (`vernier list network`)";

}  // namespace vernier::cli
