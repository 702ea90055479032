// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/graph_options.h"

#include <cstdlib>

#include "base/error.h"
#include "sim/config/units.h"

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

uint64_t scratchpad_bytes(const std::string& text) {
  const config::Quantity size = config::parse_quantity(text, config::Unit::byte);
  if (size.status != config::QuantityStatus::ok || size.value <= 0) {
    throw InputError("SCH002", fmt::format("--scratchpad: '{}' is not a number of bytes", text), {},
                     "write for example 512KiB, 1.5MiB or 300000B, or a range 64KiB:4MiB");
  }
  return static_cast<uint64_t>(size.value);
}

double time_limit_seconds(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  const double factor = unit == "s" ? 1 : unit == "ms" ? 1e-3 : unit == "min" ? 60 : unit == "h" ? 3600 : 0;
  if (end != text.c_str() && factor > 0 && number > 0 && number * factor <= 1e6) return number * factor;
  throw InputError("SCH003", fmt::format("--time-limit: '{}' is not a time above 0", text), {},
                   "write for example 60s, 500ms, 5min or 2h");
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
