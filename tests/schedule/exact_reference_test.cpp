// SPDX-License-Identifier: Apache-2.0
// Optima that another program proved (tests/schedule/data/reference_cases.json).
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/schedule/check/check.h"
#include "workloads/graph/graph_file.h"

namespace vernier::schedule {
namespace {

TEST(Exact, ReferenceCasesAreProvedWithTheSameOptimum) {
  const std::string path = std::string(VERNIER_SOURCE_DIR) + "/tests/schedule/data/reference_cases.json";
  std::ifstream in(path);
  const auto reference = nlohmann::json::parse(in);
  ASSERT_GE(reference.at("cases").size(), 51U);
  for (const auto& expected : reference.at("cases")) {
    const std::string name = expected.at("graph");
    const uint64_t capacity = expected.at("scratchpad_bytes");
    SCOPED_TRACE(name + " in " + std::to_string(capacity));
    const graph::Graph graph = graph::load_graph(path, name);
    const Outcome outcome = solve_exact(graph, capacity, {});
    ASSERT_EQ(expected.at("status"), "optimal");
    EXPECT_EQ(outcome.status, Status::optimal) << outcome.reason;
    EXPECT_EQ(outcome.noncompulsory_bytes, expected.at("noncompulsory_bytes").get<uint64_t>());
    EXPECT_EQ(check_outcome(graph, outcome, capacity, true).noncompulsory_bytes(),
              outcome.noncompulsory_bytes);
  }
}

}  // namespace
}  // namespace vernier::schedule
