// SPDX-License-Identifier: Apache-2.0
// The front of a search is that of the whole grid, with fewer points run. VERNIER_LONG=1 takes the shipped
// sweeps of decode, else a small one.
#include <cstdlib>
#include <set>
#include <sstream>

#include "tests/sweep/sweep_program.h"

namespace vernier::sweep::testing {
namespace {

class Search : public SweepProgram {
 protected:
  [[nodiscard]] std::set<std::string> front(const std::string& folder) const {
    std::set<std::string> lines;
    std::istringstream in(exported(folder));
    for (std::string line; std::getline(in, line);) {
      if (line.size() > 2 && line.substr(line.size() - 2) == ",1") lines.insert(line);
    }
    return lines;
  }
  /// Searches and sweeps; returns how many points the search ran.
  size_t compare(const std::string& file) const {
    EXPECT_EQ(call({"search", file, "--out", "search", "--quiet"}).status, 0);
    const size_t run = std::stoul(query(database("search"), "SELECT count(*) FROM points").at(0).at(0));
    EXPECT_EQ(call({"sweep", file, "--out", "grid", "--quiet"}).status, 0);
    EXPECT_FALSE(front("grid").empty());
    EXPECT_EQ(front("search"), front("grid"));
    // The rest of the grid can follow in the same folder.
    EXPECT_EQ(call({"sweep", file, "--out", "search", "--quiet"}).status, 0);
    EXPECT_EQ(exported("search"), exported("grid"));
    return run;
  }
};

TEST_F(Search, same_front_with_fewer_points) {
  write_sweep(
      "axes:\n  array.rows: {from: 1, to: 32, factor: 2}\n  array.cols: {from: 1, to: 16, factor: 2}\n"
      "  array.lanes: [1, 2, 3, 4]\n"  // 3 fail
      "  formats.weight: [bitmod3_g128, bitmod4_g128, int5_s8_g128, int6_s8_g128, int8_s8_g128]\n"
      "  gemms.0.n: [512]\n"
      "constraints: [idle_cycles < 1000]\n"
      "objectives:\n  - minimize: cycles\n  - minimize: array.rows * array.cols\n");
  const size_t run = compare("sweep.yaml");
  EXPECT_GT(run, 5U);
  EXPECT_LE(run, 225U) << "half of the 450 that can run";
}

TEST_F(Search, shipped_sweeps) {
  if (std::getenv("VERNIER_LONG") == nullptr) GTEST_SKIP() << "runs with VERNIER_LONG=1";
  EXPECT_LE(compare(cli::testing::source("configs/sweeps/pe_decode.yaml")), 50U);
}

TEST_F(Search, nothing_to_search_bad) {
  write_sweep("axes:\n  array.rows: [1, 2]\n");
  const auto refused = [&](const std::string& rest, const std::string& message) {
    write_sweep("axes:\n  array.rows: [1, 2]\n" + rest);
    const Outcome outcome =
        call({"search", "sweep.yaml", "--out", "x" + std::to_string(rest.size()), "--quiet"});
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.err.rfind(message, 0), 0U) << outcome.err;
  };
  refused("", "error[SWP050]: sweep.yaml: search: the sweep has no objectives");
  refused("objectives: [minimize: pe_steps]\n",
          "error[SWP051]: sweep.yaml: search: an objective has no value");
  refused("  fidelity: [fast, analytical]\nobjectives: [minimize: cycles]\n",
          "error[SWP052]: sweep.yaml:6:3: search: the fidelity is an axis");
  refused("fidelity: analytical\nobjectives: [minimize: cycles]\n",
          "error[SWP052]: sweep.yaml: search: the sweep is an estimate already");
}

}  // namespace
}  // namespace vernier::sweep::testing
