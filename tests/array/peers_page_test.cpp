// SPDX-License-Identifier: Apache-2.0
// docs/peers.md: its table of GEMMs, read from the page, against the closed forms of the peers and our
// descriptor.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "models/array/gemm_timing.h"
#include "sim/config/load.h"
#include "tests/array/closed_form.h"

namespace vernier::array_test {
namespace {

const std::string kSource = VERNIER_SOURCE_DIR;

struct Row {
  int64_t m, n, k;
  int64_t scale_sim, stonne, vernier;
};

int64_t number(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ','), text.end());
  return std::stoll(text);
}

std::vector<Row> rows_of_page() {
  std::ifstream page(kSource + "/docs/peers.md");
  const std::regex form(
      R"(\| (\d+) x (\d+) x (\d+) \| ([\d,]+)(?: \(form\))? \| ([\d,]+)(?: \(form\))? \| ([\d,]+) \|)");
  std::vector<Row> rows;
  for (std::string line; std::getline(page, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, form)) continue;
    rows.push_back({number(match[1]), number(match[2]), number(match[3]), number(match[4]), number(match[5]),
                    number(match[6])});
  }
  return rows;
}

/// Sum of the first column of the table that explains the difference of a tile.
int64_t cycles_explained() {
  std::ifstream page(kSource + "/docs/peers.md");
  const std::regex form(R"(\| (\d+) \| .*)");
  int64_t sum = 0;
  for (std::string line; std::getline(page, line);) {
    std::smatch match;
    if (std::regex_match(line, match, form)) sum += number(match[1]);
  }
  return sum;
}

int64_t scale_sim(const Row& row) {
  return ceil_of(row.m, 32) * ceil_of(row.n, 32) * (row.k + 32 + 32 - 2) - 1;
}

int64_t stonne(const Row& row) { return ceil_of(row.m, 32) * ceil_of(row.n, 32) * (row.k + 32 + 32 + 3); }

TEST(PeersPage, counts_follow_the_closed_forms) {
  const std::vector<Row> rows = rows_of_page();
  ASSERT_EQ(rows.size(), 3U);
  for (const Row& row : rows) {
    EXPECT_EQ(row.scale_sim, scale_sim(row)) << row.m << " " << row.n << " " << row.k;
    EXPECT_EQ(row.stonne, stonne(row)) << row.m << " " << row.n << " " << row.k;
  }
}

TEST(PeersPage, our_counts_are_those_of_the_descriptor_and_of_the_shipped_machine) {
  const auto config = config::load_accelerator(kSource + "/configs/accelerators/fp16_mac_32x32.yaml");
  array::GemmTimingModel model(config.machine, {"fp16"});
  for (const Row& row : rows_of_page()) {
    isa::Instruction gemm;
    gemm.m = static_cast<uint32_t>(row.m);
    gemm.n = static_cast<uint32_t>(row.n);
    gemm.k = static_cast<uint32_t>(row.k);
    EXPECT_EQ(row.vernier, static_cast<int64_t>(model.instruction(gemm).cycles)) << row.m;
    // All three have full or single-token tiles, so the form of the page is one product.
    const int64_t m = std::min<int64_t>(row.m, 32);
    EXPECT_EQ(row.vernier, 1 + ceil_of(row.m, 32) * ceil_of(row.n, 32) * (row.k + 32 + m + 4 + m));
  }
}

// The table of the difference and the sums below it.
TEST(PeersPage, differences_add_up) {
  const Row square = rows_of_page().at(0);
  EXPECT_EQ(cycles_explained(), 38);
  EXPECT_EQ(square.vernier - square.scale_sim, 64 * 38 + 2);
  EXPECT_EQ(square.vernier - square.stonne, 64 * 33 + 1);
}

}  // namespace
}  // namespace vernier::array_test
