// SPDX-License-Identifier: Apache-2.0
// The options of commands that read a graph: `import`, `schedule`, `run` and `compare`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "workloads/graph_source.h"

namespace vernier::cli {

/// Adds --dim, --input, --unsupported, --fuse and --split. They are checked when the graph is loaded.
void add_graph_options(CLI::App& command, workloads::GraphOptions& options);

/// The options as they are given, each with a blank before it.
[[nodiscard]] std::string text_of(const workloads::GraphOptions& options);

/// "512KiB" of --scratchpad. Throws InputError SCH002.
[[nodiscard]] uint64_t scratchpad_bytes(const std::string& text);
/// "60s" of --time-limit. Throws InputError SCH003.
[[nodiscard]] double time_limit_seconds(const std::string& text);

/// What a graph can be read from, for the help of its argument.
inline constexpr const char* kGraphSources =
    "an ONNX file, a graph file (FILE.json, or FILE.json#NAME), a SCALE-Sim topology (FILE.csv), the name of "
    "a "
    "network (`vernier list network`), or a workload file that names one of these and formats (FILE.yaml)";

}  // namespace vernier::cli
