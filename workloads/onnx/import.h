// SPDX-License-Identifier: Apache-2.0
// Networks from ONNX files: docs/onnx.md says what is taken from them and how.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"

namespace vernier::onnx {

struct ImportOptions {
  std::map<std::string, int64_t> dims;        ///< symbolic dimensions; "x.2" = dimension 2 of input x
  std::map<std::string, std::string> inputs;  ///< values of inputs of one element
  bool skip_unsupported = false;              ///< else an unsupported operator is an error
};

/// An operator that is not supported: it stands in the graph with its tensors, and without work.
struct Skipped {
  std::string name, op;
  uint64_t elements = 0;  ///< of its results
};

struct ImportReport {
  int64_t opset = 0;
  uint64_t nodes = 0;     ///< of the file, in the branches that are taken
  uint64_t aliases = 0;   ///< change nothing but the shape, or nothing
  uint64_t folded = 0;    ///< constants
  uint64_t unused = 0;    ///< nobody reads their results
  uint64_t branches = 0;  ///< If nodes of which a branch was taken
  std::vector<Skipped> skipped;
  uint64_t result_elements = 0;  ///< of all operators of the graph, skipped ones too
};

/// The network of a file. Throws InputError ONX001..ONX011.
[[nodiscard]] graph::Graph import_onnx(const std::string& file, const ImportOptions& options,
                                       ImportReport* report = nullptr);

}  // namespace vernier::onnx
