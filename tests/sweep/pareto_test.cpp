// SPDX-License-Identifier: Apache-2.0
// The front, against its definition.
#include "sim/sweep/pareto.h"

#include <gtest/gtest.h>

#include <random>

namespace vernier::sweep {
namespace {

TEST(Pareto, as_defined) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);  // of seed 3
    const size_t objectives = 1 + random() % 4;
    std::vector<std::vector<double>> rows(random() % 60);
    for (auto& row : rows) {
      for (size_t i = 0; i < objectives; ++i) row.push_back(static_cast<double>(random() % 6));
    }
    std::vector<size_t> expected;
    for (size_t i = 0; i < rows.size(); ++i) {
      bool beaten = false;
      for (const auto& other : rows) {
        bool everywhere = true, somewhere = false;
        for (size_t o = 0; o < objectives; ++o) {
          everywhere = everywhere && other[o] <= rows[i][o];
          somewhere = somewhere || other[o] < rows[i][o];
        }
        beaten = beaten || (everywhere && somewhere);
      }
      if (!beaten) expected.push_back(i);
    }
    EXPECT_EQ(pareto_front(rows), expected);
  }
}

}  // namespace
}  // namespace vernier::sweep
