// SPDX-License-Identifier: Apache-2.0
// Shapes, number formats and work in graph files: the keys that a schedule does not need.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "workloads/graph/graph.h"
#include "workloads/graph/json_tree.h"

namespace vernier::graph {

class DetailsReader {
 public:
  /// Called with a value, its path, and what is due there.
  using Complain = std::function<void(const JsonTree& at, const std::string& path, const std::string& due)>;
  explicit DetailsReader(Complain complain) : complain_(std::move(complain)) {}

  /// "shape": [1, 3, 224, 224], "format": "fp32", "weight_format": "int4_g128"; `kind` is known.
  void read(const JsonTree& tree, const std::string& path, Tensor& tensor);
  /// "attributes": {"kernel": [3, 3]}, "gemms": [[m, n, k, groups]], "vector_elements": 100
  void read(const JsonTree& tree, const std::string& path, Operator& op);

 private:
  /// The integers of a list, each in least..most; empty, and a complaint, otherwise.
  std::vector<int64_t> integers(const JsonTree& list, const std::string& path, int64_t least, int64_t most);
  void read_weight_format(const JsonTree& format, const std::string& path, Tensor& tensor);
  void add_work(const JsonTree& at, const std::string& path, uint64_t work);

  Complain complain_;
  uint64_t work_ = 0;  ///< of all operators so far
};

/// Adds the keys that have something to say.
void write_details(const Tensor& tensor, nlohmann::ordered_json& json);
void write_details(const Operator& op, nlohmann::ordered_json& json);

}  // namespace vernier::graph
