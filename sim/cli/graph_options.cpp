// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/graph_options.h"

namespace vernier::cli {

void add_graph_options(CLI::App& command, workloads::GraphOptions& options) {
  command.add_option("--dim", options.dims, "of ONNX: NAME=SIZE of a symbolic dimension (repeatable)")
      ->allow_extra_args(false);
  command
      .add_option("--input", options.inputs,
                  "of ONNX: NAME=VALUE of an input of one element, which decides branches (repeatable)")
      ->allow_extra_args(false);
  command.add_option("--unsupported", options.unsupported,
                     "of ONNX, an operator that is not supported: error (default), or skip");
  command.add_flag("--fuse", options.fuse, "element-wise operators become part of the operator before them");
  command.add_option("--split", options.split,
                     "granularity: rows=N, channels=N, heads=N or k=N parts, or fit=SIZE");
}

std::string text_of(const workloads::GraphOptions& options) {
  std::string text;
  for (const std::string& dim : options.dims) text += " --dim " + dim;
  for (const std::string& input : options.inputs) text += " --input " + input;
  if (!options.unsupported.empty()) text += " --unsupported " + options.unsupported;
  if (options.fuse) text += " --fuse";
  if (!options.split.empty()) text += " --split " + options.split;
  return text;
}

}  // namespace vernier::cli
