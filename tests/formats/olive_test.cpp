// SPDX-License-Identifier: Apache-2.0
// olive4: every pair of codes, groups worked by hand, and the encoder against a search over all pairs of
// codes.
#include "models/formats/olive.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "base/error.h"
#include "models/formats/element_format.h"
#include "models/formats/group_format.h"
#include "models/formats/ieee.h"

namespace vernier::formats {
namespace {

/// Values of a pair by the paper's rules, from tables; NaN where no code is allowed.
std::pair<double, double> pair_values(uint32_t a, uint32_t b) {
  static const auto outlier = element_format("abfloat_e2m1_b2");
  const auto abfloat = [](uint32_t code) { return outlier->is_valid(code) ? outlier->decode(code) : NAN; };
  const auto normal = [](uint32_t code) { return code < 8 ? 1.0 * code : code - 16.0; };
  if (a == 8 && b == 8) return {NAN, NAN};
  if (a == 8) return {0, abfloat(b)};
  if (b == 8) return {abfloat(a), 0};
  return {normal(a), normal(b)};
}

TEST(Olive, EveryPairOfCodes) {
  int pairs = 0;
  for (uint32_t a = 0; a < 16; ++a) {
    for (uint32_t b = 0; b < 16; ++b) {
      const auto [x, y] = pair_values(a, b);
      const bool unused = std::isnan(x) || std::isnan(y);
      EXPECT_EQ(olive_unused(a, b) || olive_unused(b, a), unused) << a << " " << b;
      if (unused) continue;
      ++pairs;
      EXPECT_EQ(olive_value(a, b), x) << a << " " << b;
      EXPECT_EQ(olive_value(b, a), y) << a << " " << b;
    }
  }
  EXPECT_EQ(pairs, 15 * 15 + 2 * 14);
  const std::vector<int> magnitudes{12, 16, 24, 32, 48, 64, 96};  // OliVe, abfloat e2m1 with bias 2
  for (uint32_t code = 1; code < 8; ++code) {
    EXPECT_EQ(olive_value(code, 8), magnitudes[code - 1]);
    EXPECT_EQ(olive_value(code + 8, 8), -magnitudes[code - 1]);
  }
  EXPECT_EQ(olive_value(0, 8), 8) << "never written; the formula";
}

TEST(Olive, ACodeAloneHasNoValue) {
  const GroupFormat format = group_format("olive4_g128");
  EXPECT_THROW((void)format.integer_value(1, 0), InternalError);
  EXPECT_EQ(format.max_integer(), 96);
  EXPECT_EQ(format.unit(), 1.0);
  EXPECT_EQ(format.zero_code(), 0);
}

TEST(Olive, GroupsByHand) {
  const float values[] = {
      1,   96, -3, 7,   // scale 1: error 1 for the victim; scale 3/2 has 1 + 1/4, scale 96/7 1 + 9 + ...
      -7,  6,  1,  -1,  // nothing is an outlier
      -64, 0,  3,  -5,  // exact at scale 1 only
      0,   0,  0,  0,
  };
  const QuantizedMatrix q = quantize(values, 4, 4, group_format("olive4_g4"));
  EXPECT_EQ(q.codes, (std::vector<uint16_t>{8, 7, 13, 7, 9, 6, 1, 15, 14, 8, 3, 11, 0, 0, 0, 0}));
  EXPECT_EQ(q.scales[0], 0x3c00);
  EXPECT_EQ(q.scales[1], 0x3c00);
  EXPECT_EQ(q.value(0, 0), 0);
  EXPECT_EQ(q.value(0, 1), 96);
  EXPECT_EQ(q.value(0, 2), -3);
  EXPECT_EQ(q.value(2, 0), -64);
  EXPECT_EQ(q.value(2, 3), -5);
  EXPECT_EQ(q.value(3, 3), 0);
  EXPECT_EQ(q.tag(2), 0);
}

TEST(Olive, LastElementOfAnOddRowIsNormal) {
  // K = 5, groups of 4 and 1: 96 is alone and scales its group; beside a neighbour it is an outlier.
  const float values[] = {1, 2, 3, 7, 96};
  const QuantizedMatrix alone = quantize(values, 1, 5, group_format("olive4_g4"));
  EXPECT_EQ(alone.codes, (std::vector<uint16_t>{1, 2, 3, 7, 7}));
  EXPECT_EQ(alone.scales[1], fp16_from_double(96.0 / 7));
  // In a group of 6 with an odd row of 5: the last may not lend an outlier's place to the element before it.
  const float pair_across[] = {1, 2, 3, 96, 5};
  const QuantizedMatrix q = quantize(pair_across, 1, 5, group_format("olive4_g6"));
  EXPECT_EQ(q.codes, (std::vector<uint16_t>{1, 2, 8, 7, 5}));
  EXPECT_EQ(q.value(0, 3), 96);
  EXPECT_EQ(q.value(0, 4), 5);
}

// Equal outliers side by side, whose victims cost 96^2 either way: the first is kept. 4094 small integers
// make every coarser scale cost more.
TEST(Olive, FirstOfEqualOutliersIsKept) {
  std::vector<float> values(4096);
  for (size_t i = 0; i < values.size(); ++i) values[i] = i < 2 ? 96.0F : static_cast<float>(i % 7);
  const QuantizedMatrix q = quantize(values.data(), 1, 4096, group_format("olive4_g4096"));
  EXPECT_EQ(q.scales[0], 0x3c00);
  EXPECT_EQ(q.codes[0], 7);
  EXPECT_EQ(q.codes[1], 8);
  EXPECT_EQ(q.value(0, 0), 96);
  EXPECT_EQ(q.value(0, 5), 5);
}

// One element d beside many small integers, which are exact at scale 1 = d / d only; what d itself loses
// there (none for a magnitude, at most 16 between) is less than they lose elsewhere.
TEST(Olive, TriesEveryScaleOfTheList) {
  for (const int d : {7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96}) {
    std::vector<float> values(8192);
    for (size_t i = 2; i < values.size(); ++i) values[i] = static_cast<float>(i % 15) - 7;
    values[0] = static_cast<float>(d);
    const QuantizedMatrix q = quantize(values.data(), 1, 8192, group_format("olive4_g8192"));
    EXPECT_EQ(q.scales[0], 0x3c00) << d;
    EXPECT_LE(std::fabs(q.value(0, 0) - d), 16) << d;
    EXPECT_EQ(q.value(0, 2), -5) << d;
  }
}

std::vector<double> published_scales(double largest) {
  std::vector<double> scales{largest / 7};
  for (int power = 1; power <= 16; power *= 2) {
    for (const int quarter : {8, 10, 12, 14}) {
      if (power * quarter <= 96) scales.push_back(largest / (power * quarter));
    }
  }
  for (double& scale : scales) scale = std::min(1e4, std::max(1e-5, scale));
  return scales;
}

double square(double x) { return x * x; }

/// Nearest to t of v, +-v: at equal distance the lower.
double nearest(double t, const std::vector<int>& magnitudes) {
  double best = -magnitudes.back();
  for (const int magnitude : magnitudes) {
    for (const double v : {-1.0 * magnitude, 1.0 * magnitude}) {
      const double d = std::fabs(v - t), d0 = std::fabs(best - t);
      if (d < d0 || (d == d0 && v < best)) best = v;
    }
  }
  return best;
}

struct Coded {
  double error = 0;
  std::vector<double> values;
};

/// A group at one scale: per pair the best of the three codings, first on a tie.
Coded code_at_scale(const std::vector<float>& x, double scale) {
  const std::vector<int> normal{0, 1, 2, 3, 4, 5, 6, 7}, outlier{12, 16, 24, 32, 48, 64, 96};
  Coded result;
  for (size_t i = 0; i < x.size(); i += 2) {
    const double n0 = nearest(x[i] / scale, normal);
    if (i + 1 == x.size()) {
      result.values.push_back(n0);
      result.error += square(n0 * scale - x[i]);
      break;
    }
    const double n1 = nearest(x[i + 1] / scale, normal);
    const double o0 = nearest(x[i] / scale, outlier), o1 = nearest(x[i + 1] / scale, outlier);
    double best = std::numeric_limits<double>::infinity();
    std::pair<double, double> chosen;
    for (const auto& [a, b] : {std::pair{n0, n1}, std::pair{o0, 0.0}, std::pair{0.0, o1}}) {
      const double error = square(a * scale - x[i]) + square(b * scale - x[i + 1]);
      if (error < best) {
        best = error;
        chosen = {a, b};
      }
    }
    result.values.push_back(chosen.first);
    result.values.push_back(chosen.second);
    result.error += best;
  }
  return result;
}

/// No pair of codes is better than what the rule chose.
void expect_no_better_pair(const std::vector<float>& x, double scale, const Coded& coded) {
  for (size_t i = 0; i + 1 < x.size(); i += 2) {
    const double chosen =
        square(coded.values[i] * scale - x[i]) + square(coded.values[i + 1] * scale - x[i + 1]);
    for (uint32_t codes = 0; codes < 256; ++codes) {
      const auto [a, b] = pair_values(codes & 15, codes >> 4);
      if (std::isnan(a) || std::isnan(b)) continue;
      ASSERT_LE(chosen, (square(a * scale - x[i]) + square(b * scale - x[i + 1])) * (1 + 1e-12));
    }
  }
}

TEST(Olive, AgreesWithSearch) {
  constexpr int64_t kRows = 40, kCols = 219, kGroup = 64;  // three groups of 64 and one of 27
  constexpr uint32_t kSeed = 4711;
  std::mt19937 random(kSeed);
  std::normal_distribution<float> normal(0, 0.02F);
  std::uniform_int_distribution<int> small(-8, 8);
  std::vector<float> values(kRows * kCols);
  for (size_t i = 0; i < values.size(); ++i) {
    // Rows of normal values, of small integers (midpoints and equal errors occur), both with some outliers.
    values[i] = i / kCols % 2 == 0 ? normal(random) : static_cast<float>(small(random));
    if (random() % 40 == 0) values[i] *= static_cast<float>(random() % 96);
  }
  const QuantizedMatrix q = quantize(values.data(), kRows, kCols, group_format("olive4_g64"));
  EXPECT_EQ(q.find_unused(), "");
  int outliers = 0;
  std::set<size_t> chosen;
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t k = 0; k < kCols; k += kGroup) {
      const float* begin = &values[static_cast<size_t>(row * kCols + k)];
      const std::vector<float> x(begin, begin + std::min(kGroup, kCols - k));
      double largest = 0;
      for (const float v : x) largest = std::max(largest, std::fabs(static_cast<double>(v)));
      Coded best;
      best.error = std::numeric_limits<double>::infinity();
      double scale = 0;
      size_t at = 0, divisor = 0;
      for (const double trial : published_scales(largest)) {
        Coded coded = code_at_scale(x, trial);
        ASSERT_NO_FATAL_FAILURE(expect_no_better_pair(x, trial, coded)) << "seed " << kSeed << " row " << row;
        if (coded.error < best.error) {
          best = coded;
          scale = trial;
          divisor = at;
        }
        ++at;
      }
      chosen.insert(divisor);
      const auto group = static_cast<size_t>(row * 4 + k / kGroup);
      ASSERT_EQ(q.scales[group], fp16_from_double(scale)) << "seed " << kSeed << " row " << row << " k " << k;
      for (size_t i = 0; i < x.size(); ++i) {
        const int64_t col = k + static_cast<int64_t>(i);
        ASSERT_EQ(q.integer_value(row, col), best.values[i])
            << "seed " << kSeed << " row " << row << " k " << col;
        ASSERT_EQ(q.value(row, col), best.values[i] * fp16_to_float(q.scales[group]));
        outliers += std::fabs(best.values[i]) > 7 ? 1 : 0;
      }
    }
  }
  EXPECT_GT(outliers, 40) << "the case the format is for";
  EXPECT_GE(chosen.size(), 6U) << "scales that are somewhere the best";
}

TEST(Olive, BetterThanInt4WithOutliers) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> values(64 * 64);
  for (float& v : values) v = normal(random) * (random() % 64 == 0 ? 12.0F : 1.0F);
  const auto error = [&](const char* name) {
    const QuantizedMatrix q = quantize(values.data(), 64, 64, group_format(name));
    double sum = 0;
    for (int64_t i = 0; i < 64 * 64; ++i)
      sum += square(q.value(i / 64, i % 64) - values[static_cast<size_t>(i)]);
    return sum;
  };
  EXPECT_LT(error("olive4_g64"), error("int4_g64") / 4);
}

TEST(Olive, UnusedPairs_bad) {
  const float values[] = {1, 2, 3};
  const QuantizedMatrix good = quantize(values, 1, 3, group_format("olive4_g4"));
  const auto fault = [&](std::vector<uint16_t> codes) {
    QuantizedMatrix q = good;
    q.codes = std::move(codes);
    return q.find_unused();
  };
  EXPECT_EQ(fault({8, 1, 0}), "");
  EXPECT_EQ(fault({8, 0, 0}), "olive4_g4 weight [0][0]: a victim without an outlier");
  EXPECT_EQ(fault({0, 8, 0}), "olive4_g4 weight [0][1]: a victim without an outlier");
  EXPECT_NE(fault({8, 8, 0}), "");
  EXPECT_NE(fault({1, 1, 8}), "") << "no neighbour";
}

}  // namespace
}  // namespace vernier::formats
