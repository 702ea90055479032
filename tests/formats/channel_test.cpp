// SPDX-License-Identifier: Apache-2.0
// Formats whose integers go into an INT8 array as they are (intN_ch) or times a small integer (int4_dgq).
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/error.h"
#include "models/formats/group_format.h"
#include "models/formats/ieee.h"

namespace vernier::formats {
namespace {

TEST(Channel, ByHand) {
  // max|x| = 14 and 7: scales 2 and 1; 1.5 and -0.5 are ties and go to the lower.
  const float values[] = {14, 3, -1, 2, -14, 5, 7, -6, 0, 0.5F, -0.5F, 6.75F};
  const QuantizedMatrix q = quantize(values, 2, 6, group_format("int4_ch"));
  EXPECT_EQ(q.codes, (std::vector<uint16_t>{7, 1, 15, 1, 9, 2, 7, 10, 0, 0, 15, 7}));
  EXPECT_EQ(q.channel_scales, (std::vector<uint16_t>{0x4000, 0x3c00}));
  EXPECT_TRUE(q.scales.empty() && q.selectors.empty() && q.zero_points.empty());
  EXPECT_EQ(q.value(0, 2), -2);
  EXPECT_EQ(q.value(1, 1), -6);
  EXPECT_EQ(q.tag(1), 0);
}

TEST(Channel, IsOneGroupOfTheWholeRow) {
  std::mt19937 random(8);
  std::normal_distribution<float> normal(0, 0.1F);
  std::vector<float> values(9 * 50);
  for (float& v : values) v = normal(random);
  for (int bits = 2; bits <= 8; ++bits) {
    const std::string name = "int" + std::to_string(bits);
    const QuantizedMatrix channel = quantize(values.data(), 9, 50, group_format(name + "_ch"));
    const QuantizedMatrix group = quantize(values.data(), 9, 50, group_format(name + "_g50"));
    EXPECT_EQ(channel.codes, group.codes);
    EXPECT_EQ(channel.channel_scales, group.scales);
    for (int64_t i = 0; i < 9 * 50; ++i)
      ASSERT_EQ(channel.value(i / 50, i % 50), group.value(i / 50, i % 50));
  }
}

TEST(DualGrained, ByHand) {
  // Group scales 18 (126 / 7) and 2 (14 / 7): channel scale 1. At 2 the second is exact: 7, -3, 1, 0 times 2.
  const float values[] = {126, -54, 18, 0, 14, -6, 2, 0};
  const QuantizedMatrix q = quantize(values, 1, 8, group_format("int4_dgq_g4"));
  EXPECT_EQ(q.channel_scales, (std::vector<uint16_t>{0x3c00}));
  EXPECT_EQ(q.scales, (std::vector<uint16_t>{18, 2}));
  EXPECT_EQ(q.codes, (std::vector<uint16_t>{7, 13, 1, 0, 7, 13, 1, 0}));
  for (int64_t k = 0; k < 8; ++k) EXPECT_EQ(q.value(0, k), values[k]);
  // max|x| = 7.5 calls for 7.5 / 7; of the integers 1 is best, with 7.5 cut to 7: error 1/4, at 2 at least 3.
  const float cut[] = {126, 0, 0, 0, 7.5F, 5, 3, 1};
  const QuantizedMatrix c = quantize(cut, 1, 8, group_format("int4_dgq_g4"));
  EXPECT_EQ(c.scales, (std::vector<uint16_t>{18, 1}));
  EXPECT_EQ(c.value(0, 4), 7);
  EXPECT_EQ(c.value(0, 5), 5);
  // All 0: every scale is exact, the smallest is taken.
  const float zeros[] = {0, 0, 0, 0};
  EXPECT_EQ(quantize(zeros, 1, 4, group_format("int4_dgq_g4")).scales, (std::vector<uint16_t>{1}));
}

TEST(DualGrained, AgreesWithSearchAndFitsInt8) {
  constexpr int64_t kRows = 40, kCols = 30, kGroup = 8;
  constexpr uint32_t kSeed = 12;
  std::mt19937 random(kSeed);
  std::normal_distribution<float> normal(0, 0.02F);
  std::uniform_int_distribution<int> small(-20, 20);
  std::vector<float> values(kRows * kCols);
  for (size_t i = 0; i < values.size(); ++i) {
    const float spread = static_cast<float>(1 + i / kGroup % 5);  // groups of different scales
    values[i] = spread * (i / kCols % 2 == 0 ? normal(random) : static_cast<float>(small(random)));
  }
  const QuantizedMatrix q = quantize(values.data(), kRows, kCols, group_format("int4_dgq_g8"));
  EXPECT_EQ(q.find_unused(), "");
  int not_rounded = 0;
  for (int64_t row = 0; row < kRows; ++row) {
    const float* x = &values[static_cast<size_t>(row * kCols)];
    double largest = 0;
    for (int64_t k = 0; k < kCols; ++k) largest = std::max(largest, std::fabs(static_cast<double>(x[k])));
    ASSERT_EQ(q.channel_scales[static_cast<size_t>(row)], fp16_from_double(largest / 7 / 18));
    const double channel = fp16_to_float(q.channel_scales[static_cast<size_t>(row)]);
    for (int64_t k = 0; k < kCols; k += kGroup) {
      double least = std::numeric_limits<double>::infinity(), group_largest = 0;
      int best = 0;
      std::vector<int> chosen;
      for (int multiple = 1; multiple <= 18; ++multiple) {
        double error = 0;
        std::vector<int> codes;
        for (int64_t i = k; i < std::min(kCols, k + kGroup); ++i) {
          group_largest = std::max(group_largest, std::fabs(static_cast<double>(x[i])));
          int nearest = -7;
          for (int v = -7; v <= 7; ++v) {
            const double target = x[i] / (multiple * channel);
            if (std::fabs(v - target) < std::fabs(nearest - target)) nearest = v;  // the lower comes first
          }
          codes.push_back(nearest);
          const double e = nearest * (multiple * channel) - x[i];
          error += e * e;
        }
        if (error < least) {
          least = error;
          best = multiple;
          chosen = codes;
        }
      }
      const size_t group = static_cast<size_t>(row * 4 + k / kGroup);
      ASSERT_EQ(q.scales[group], best) << "seed " << kSeed << " row " << row << " k " << k;
      not_rounded += best != std::nearbyint(group_largest / 7 / channel) ? 1 : 0;
      for (size_t i = 0; i < chosen.size(); ++i) {
        const int64_t col = k + static_cast<int64_t>(i);
        ASSERT_EQ(q.integer_value(row, col), chosen[i]) << "seed " << kSeed << " row " << row;
        ASSERT_LE(std::abs(q.integer_value(row, col) * q.scales[group]), 127);
        ASSERT_EQ(q.value(row, col), chosen[i] * best * channel);
      }
    }
  }
  EXPECT_GT(not_rounded, 5) << "the search matters";
}

TEST(DualGrained, WhatDoesNotFitInt8_bad) {
  EXPECT_EQ(group_format("int4_dgq_g4").largest_scale() * 7, 126);
  EXPECT_EQ(group_format("int4_s8_g4").largest_scale(), 255);
  const float values[] = {1, 2, 3, 4, 5, 6};
  QuantizedMatrix q = quantize(values, 1, 6, group_format("int4_dgq_g4"));
  q.scales[1] = 19;
  EXPECT_EQ(q.find_unused(), "int4_dgq_g4 weight [0][4]: scale 19 is more than 18");
  q.scales[1] = 18;
  q.codes[5] = 8;
  EXPECT_EQ(q.find_unused(), "int4_dgq_g4 weight [0][5]: code -8");
}

}  // namespace
}  // namespace vernier::formats
