// SPDX-License-Identifier: Apache-2.0
// The graphs, capacities and proved optima of data/reference_cases.json.
#pragma once

#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "workloads/graph/graph_file.h"

namespace vernier::schedule {

struct ReferenceCase {
  std::string graph_name;
  graph::Graph graph;
  uint64_t capacity = 0;
  uint64_t optimum = 0;                       ///< non-compulsory bytes, with addresses
  std::map<std::string, uint64_t> baselines;  ///< theirs: ties may be broken otherwise

  [[nodiscard]] std::string name() const { return graph_name + " in " + std::to_string(capacity) + " bytes"; }
};

inline std::vector<ReferenceCase> reference_cases() {
  const std::string path = VERNIER_SOURCE_DIR "/tests/schedule/data/reference_cases.json";
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const auto json = nlohmann::json::parse(text);
  std::map<std::string, graph::Graph> graphs;
  for (const auto& [name, given] : json.at("graphs").items())
    graphs[name] = graph::parse_graph(text, path, name);
  std::vector<ReferenceCase> cases;
  for (const auto& one : json.at("cases")) {
    const std::string name = one.at("graph");
    cases.push_back({name, graphs.at(name), one.at("scratchpad_bytes"), one.at("noncompulsory_bytes"),
                     one.at("baselines")});
  }
  return cases;
}

}  // namespace vernier::schedule
