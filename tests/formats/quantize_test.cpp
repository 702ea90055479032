// SPDX-License-Identifier: Apache-2.0
// The quantizer against hand-worked groups and against a search over all codes and value sets.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "base/error.h"
#include "models/formats/group_format.h"
#include "models/formats/ieee.h"
#include "tests/formats/format_names.h"

namespace vernier::formats {
namespace {

TEST(Quantize, Fp16KeepsNearestEven) {
  const float values[] = {1.0F, -0.1F, 2049.0F};
  const QuantizedMatrix q = quantize(values, 1, 3, group_format("fp16"));
  EXPECT_EQ(q.codes, (std::vector<uint16_t>{0x3c00, 0xae66, 0x6800}));  // 2049 is a tie between 2048 and 2050
  EXPECT_EQ(q.value(0, 2), 2048);
  EXPECT_TRUE(q.scales.empty() && q.selectors.empty() && q.zero_points.empty() && q.channel_scales.empty());
}

TEST(Quantize, Int4ByHand) {
  // max|x| = 14 gives scale 2; ties at 1.5, -0.5 and 2.5 go to the lower value, 1, -1 and 2.
  const float values[] = {14, 3, -1, 2, -14, 5};
  const QuantizedMatrix q = quantize(values, 1, 6, group_format("int4_g4"));
  EXPECT_EQ(q.codes, (std::vector<uint16_t>{7, 1, 15, 1, 9, 2}));
  EXPECT_EQ(q.scales.size(), 2U);
}

TEST(Quantize, Bitmod3ByHand) {
  // One group per row, each exactly representable in one variant with scale 1 (or 2) only.
  const float values[] = {
      4,   3,  1, -2,  // er+
      -4,  -3, 1, 2,   // er-
      6,   4,  1, -2,  // ea+
      -12, 8,  2, 4,   // ea-, scale 2
  };
  const QuantizedMatrix q = quantize(values, 4, 4, group_format("bitmod3_g4"));
  EXPECT_EQ(q.selectors, (std::vector<uint8_t>{0, 1, 2, 3}));
  EXPECT_EQ(q.codes, (std::vector<uint16_t>{3, 4, 1, 6, 7, 4, 1, 2, 4, 3, 1, 6, 4, 3, 1, 2}));
  EXPECT_EQ(q.scales, (std::vector<uint16_t>{255, 255, 255, 255}));
  EXPECT_EQ(q.channel_scales[0], fp16_from_float(1.0F / 255));
  EXPECT_EQ(q.channel_scales[3], fp16_from_float(2.0F / 255));
}

TEST(Quantize, TieBetweenVariantsGoesToTheFirst) {
  // {1, 2, 4} times one scale is exact in er+ and er-; all-zero groups are exact in all four.
  const float values[] = {4, 2, -1, 0, 0, 0, 0, 0};
  const QuantizedMatrix q = quantize(values, 2, 4, group_format("bitmod3_g4"));
  EXPECT_EQ(q.selectors, (std::vector<uint8_t>{0, 0}));
  EXPECT_EQ(q.value(1, 3), 0);
  EXPECT_GE(q.scales[1], 1);  // the clamp at 1e-5 keeps scales alive
}

TEST(Quantize, TwoLevelScalesByHand) {
  // Group scales 2 (14 / 7) and 0.5 and 1/254: channel scale fp16(2 / 255), multiples 255, 64, 1.
  const float values[] = {14, 0, 3.5F, 0, 7.0F / 254, 0};
  const QuantizedMatrix q = quantize(values, 1, 6, group_format("int4_s8_g2"));
  EXPECT_EQ(q.channel_scales, (std::vector<uint16_t>{fp16_from_float(2.0F / 255)}));
  EXPECT_EQ(q.scales, (std::vector<uint16_t>{255, 64, 1}));
  EXPECT_EQ(q.value(0, 0), 7.0 * 255 * fp16_to_float(q.channel_scales[0]));
}

TEST(Quantize, AsymmetricByHand) {
  // Range -1..2 in 15 steps of 0.2: zero point 5. A positive group keeps zero in its range.
  const float values[] = {-1, 2, 0, 1, 3, 1.5F, 3, 1.5F};
  const QuantizedMatrix q = quantize(values, 1, 8, group_format("int4_asym_g4"));
  EXPECT_EQ(q.zero_points, (std::vector<uint16_t>{5, 0}));
  EXPECT_EQ(q.codes, (std::vector<uint16_t>{0, 15, 5, 10, 15, 7, 15, 7}));  // 7.5 is a tie: the lower
  EXPECT_EQ(q.scales, (std::vector<uint16_t>{fp16_from_float(0.2F), fp16_from_float(0.2F)}));
  EXPECT_EQ(q.value(0, 2), 0);
}

TEST(Quantize, RefusesWhatIsNotFinite) {
  const float values[] = {1, HUGE_VALF};
  EXPECT_THROW((void)quantize(values, 1, 2, group_format("int4_g2")), InputError);
  for (const std::string& name : one_name_each()) {
    if (name == "fp16") continue;  // it has them
    for (const float bad : {HUGE_VALF, -HUGE_VALF, std::numeric_limits<float>::quiet_NaN()}) {
      std::vector<float> row(20, 1.0F);
      row[16] = bad;
      try {
        (void)quantize(row.data(), 1, 20, group_format(name));
        ADD_FAILURE() << name << " took " << bad;
      } catch (const InputError& error) {
        EXPECT_EQ(error.diagnostics().at(0).code, "FMT005");
        EXPECT_NE(std::string(error.what()).find("weight [0][16]"), std::string::npos) << error.what();
      }
    }
  }
}

struct Choice {
  int selector = -1;
  double scale = 0;
  std::vector<double> values;  // in units of the scale
  double error = std::numeric_limits<double>::infinity();
};

/// The best of the value sets for a group, by looking at every value for every element.
Choice search(const std::vector<std::vector<double>>& sets, const std::vector<float>& x) {
  Choice best;
  for (size_t s = 0; s < sets.size(); ++s) {
    Choice trial;
    trial.selector = static_cast<int>(s);
    double largest_x = 0, largest_v = 0;
    for (const float v : x) largest_x = std::max(largest_x, std::fabs(static_cast<double>(v)));
    for (const double v : sets[s]) largest_v = std::max(largest_v, std::fabs(v));
    trial.scale = std::min(1e4, std::max(1e-5, largest_x / largest_v));
    trial.error = 0;
    for (const float v : x) {
      const double target = v / trial.scale;
      double nearest = sets[s][0];
      for (const double candidate : sets[s]) {
        const double d = std::fabs(candidate - target), d0 = std::fabs(nearest - target);
        if (d < d0 || (d == d0 && candidate < nearest)) nearest = candidate;
      }
      trial.values.push_back(nearest);
      trial.error += (nearest * trial.scale - v) * (nearest * trial.scale - v);
    }
    if (trial.error < best.error) best = trial;
  }
  return best;
}

std::vector<std::vector<double>> published_sets(const std::string& name) {
  if (name == "bitmod3_g16") {
    return {{-4, -2, -1, 0, 1, 2, 3, 4},
            {-4, -3, -2, -1, 0, 1, 2, 4},
            {-4, -2, -1, 0, 1, 2, 4, 6},
            {-6, -4, -2, -1, 0, 1, 2, 4}};
  }
  if (name == "bitmod4_g16") {
    const std::vector<double> base{-6, -4, -3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 4, 6};
    std::vector<std::vector<double>> sets(4, base);
    const double specials[] = {5, -5, 8, -8};
    for (size_t s = 0; s < 4; ++s) sets[s].push_back(specials[s]);
    return sets;
  }
  if (name == "ant4_g16") {
    return {{-7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7},
            {-16, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 16},
            {-64, -32, -16, -8, -4, -2, -1, 0, 1, 2, 4, 8, 16, 32, 64}};
  }
  const int qmax = (1 << (name[3] - '1')) - 1;
  std::vector<double> set;
  for (int v = -qmax; v <= qmax; ++v) set.push_back(v);
  return {set};
}

TEST(Quantize, AgreesWithSearch) {
  constexpr int64_t kRows = 40, kCols = 56;  // three groups of 16 and one of 8
  std::map<std::string, std::set<int>> seen;
  for (const char* name :
       {"bitmod3_g16", "bitmod4_g16", "int3_g16", "int4_s8_g16", "int6_s8_g16", "int8_g16", "ant4_g16"}) {
    SCOPED_TRACE(name);
    const GroupFormat format = group_format(name);
    const auto sets = published_sets(name);
    std::mt19937 random(2024);
    std::normal_distribution<float> normal(0, 0.02F);
    std::uniform_int_distribution<int> small(-12, 12);
    std::vector<float> values(kRows * kCols);
    for (size_t i = 0; i < values.size(); ++i) {
      // Half the rows are small integers, so that midpoints and equal errors do occur.
      values[i] = i / kCols % 2 == 0 ? normal(random) : static_cast<float>(small(random)) * 0.25F;
      // A quarter of the rows are powers of two.
      if (i / kCols % 4 == 3) values[i] = std::ldexp(values[i] < 0 ? -0.25F : 0.25F, small(random) % 7);
    }
    const QuantizedMatrix q = quantize(values.data(), kRows, kCols, format);
    for (int64_t row = 0; row < kRows; ++row) {
      double largest = 0;
      std::vector<Choice> choices;
      for (int64_t k = 0; k < kCols; k += 16) {
        const float* x = &values[static_cast<size_t>(row * kCols + k)];
        choices.push_back(search(sets, {x, x + std::min<int64_t>(16, kCols - k)}));
        largest = std::max(largest, choices.back().scale);
      }
      for (int64_t g = 0; g < 4; ++g) {
        const Choice& choice = choices[static_cast<size_t>(g)];
        const auto at = static_cast<size_t>(row * 4 + g);
        if (format.selector_bits != 0) {
          ASSERT_EQ(q.selectors[at], choice.selector) << "row " << row;
          seen[name].insert(choice.selector);
        }
        double stored;
        if (format.has_channel_scale()) {
          const double channel = fp16_to_float(fp16_from_double(largest / 255));
          ASSERT_EQ(q.channel_scales[static_cast<size_t>(row)], fp16_from_double(largest / 255));
          ASSERT_EQ(q.scales[at], std::min(255.0, std::max(1.0, std::round(choice.scale / channel))));
          stored = q.scales[at] * channel;
        } else {
          ASSERT_EQ(q.scales[at], fp16_from_double(choice.scale));
          stored = fp16_to_float(q.scales[at]);
        }
        for (size_t i = 0; i < choice.values.size(); ++i) {
          ASSERT_EQ(q.value(row, g * 16 + static_cast<int64_t>(i)), choice.values[i] * stored)
              << "row " << row << " element " << g * 16 + static_cast<int64_t>(i);
        }
      }
    }
  }
  EXPECT_EQ(seen["ant4_g16"].size(), 3U) << "every type is somewhere the best";
}

}  // namespace
}  // namespace vernier::formats
