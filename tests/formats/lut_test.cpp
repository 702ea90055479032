// SPDX-License-Identifier: Apache-2.0
// lutN: reinterpretation and folding against sums of planes, and the values of intN for every code.
#include "models/formats/lut.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "models/formats/group_format.h"
#include "models/formats/ieee.h"

namespace vernier::formats {
namespace {

TEST(Lut, CodesAreSumsOfPlanes) {
  for (int bits = 1; bits <= 8; ++bits) {
    for (int u = 0; u < 1 << bits; ++u) {
      int sum = 0;
      for (int b = 0; b < bits; ++b) sum += ((u >> b & 1) != 0 ? 1 : -1) * (1 << b);
      EXPECT_EQ(lut_value(bits, static_cast<uint16_t>(u)), sum);
    }
  }
}

// scale / 2 (q' - z') is scale (u - z), scale q, and for one bit half the stored scale, up or down.
TEST(Lut, ZeroPointOfEveryTag) {
  for (int bits = 1; bits <= 8; ++bits) {
    for (int u = 0; u < 1 << bits; ++u) {
      const int value = lut_value(bits, static_cast<uint16_t>(u));
      for (int z = 0; z < 1 << bits; ++z) EXPECT_EQ(value - lut_zero_point(bits, true, z), 2 * (u - z));
      if (bits > 1) {
        EXPECT_EQ(value - lut_zero_point(bits, false, 0), 2 * (u - (1 << (bits - 1))));
      }
    }
  }
  EXPECT_EQ(lut_zero_point(1, false, 0), 0);
  EXPECT_EQ(lut_value(1, 0), -1);
  EXPECT_EQ(lut_value(1, 1), 1);
}

/// The sum of +-a of a plane as hardware finds it: 8 sums with -a[3] are stored; lane 3's bit negates.
int plane_lookup(const uint16_t* stored, int plane, const int* a) {
  int table[8];
  for (int index = 0; index < 8; ++index) {
    table[index] = -a[3];
    for (int lane = 0; lane < 3; ++lane) table[index] += (index >> lane & 1) != 0 ? a[lane] : -a[lane];
  }
  int index = 0;
  for (int lane = 0; lane < 3; ++lane) index |= (stored[lane] >> plane & 1) << lane;
  return (stored[3] >> plane & 1) != 0 ? -table[index] : table[index];
}

void check_quad(int bits, const uint16_t* u) {
  const int a[] = {1, 1000, 1000000, 37};
  uint16_t stored[4];
  for (int lane = 0; lane < 4; ++lane) stored[lane] = lut_unfold(u[lane], u[3], lane);
  int direct = 0, looked_up = 0;
  for (int lane = 0; lane < 4; ++lane) {
    ASSERT_EQ(lut_unfold(stored[lane], stored[3], lane), u[lane]);
    direct += a[lane] * lut_value(bits, u[lane]);
  }
  for (int plane = 0; plane < bits; ++plane) looked_up += plane_lookup(stored, plane, a) * (1 << plane);
  ASSERT_EQ(looked_up, direct);
}

TEST(Lut, FoldedCodesReadHalfATable) {
  for (int bits = 1; bits <= 3; ++bits) {
    for (uint32_t all = 0; all < 1U << (4 * bits); ++all) {
      uint16_t u[4];
      for (int lane = 0; lane < 4; ++lane) {
        u[lane] = static_cast<uint16_t>(all >> (lane * bits) & ((1U << bits) - 1));
      }
      ASSERT_NO_FATAL_FAILURE(check_quad(bits, u)) << bits << " bits, codes " << all;
    }
  }
  std::mt19937 random(99);
  for (int i = 0; i < 20000; ++i) {
    const int bits = 4 + i % 5;
    uint16_t u[4];
    for (uint16_t& code : u) code = static_cast<uint16_t>(random() & ((1U << bits) - 1));
    ASSERT_NO_FATAL_FAILURE(check_quad(bits, u)) << "seed 99, " << i;
  }
}

/// A row of one group with the given codes, of scale 0.75.
QuantizedMatrix row_of(const GroupFormat& format, std::vector<uint16_t> codes, int zero_point) {
  QuantizedMatrix q;
  q.format = format;
  q.rows = 1;
  q.cols = static_cast<int64_t>(codes.size());
  q.codes = std::move(codes);
  q.scales = {fp16_from_float(0.75F)};
  if (q.format.asymmetric) q.zero_points = {static_cast<uint16_t>(zero_point)};
  return q;
}

// Every code u in every lane beside every code of lane 3 has the value of intN's code u - 2^(N-1), and of
// intN_asym's code u at the lowest, a middle and the highest zero point.
TEST(Lut, EveryCodeHasTheValueOfTheInteger) {
  for (int bits = 2; bits <= 8; ++bits) {
    const int codes = 1 << bits;
    const std::string number = std::to_string(bits);
    const GroupFormat integer = group_format("int" + number + "_g4");
    const GroupFormat asymmetric = group_format("int" + number + "_asym_g4");
    const GroupFormat lut = group_format("lut" + number + "_g4"), lut8 = group_format("lut" + number + "_g8");
    const GroupFormat lut_asym = group_format("lut" + number + "_asym_g4");
    for (int u = 0; u < codes; ++u) {
      const int q = u - codes / 2;
      const double symmetric = row_of(integer, {static_cast<uint16_t>(q & (codes - 1))}, 0).value(0, 0);
      ASSERT_EQ(symmetric, q * 0.75);
      for (int last = 0; last < codes; ++last) {
        const auto folded = static_cast<uint16_t>(u ^ last);
        const auto end = static_cast<uint16_t>(last);
        for (int lane = 0; lane < 3; ++lane) {
          std::vector<uint16_t> quad{0, 0, 0, end};
          quad[static_cast<size_t>(lane)] = folded;
          ASSERT_EQ(row_of(lut, quad, 0).value(0, lane), symmetric);
        }
      }
      for (const int z : {0, codes / 3, codes - 1}) {
        const double value = row_of(asymmetric, {static_cast<uint16_t>(u)}, z).value(0, 0);
        ASSERT_EQ(value, (u - z) * 0.75);
        for (int last = 0; last < codes; ++last) {
          const auto folded = static_cast<uint16_t>(u ^ last);
          ASSERT_EQ(row_of(lut_asym, {0, folded, 0, static_cast<uint16_t>(last)}, z).value(0, 1), value);
        }
      }
      const auto own = static_cast<uint16_t>(u);
      ASSERT_EQ(row_of(lut, {0, 0, 0, own}, 0).value(0, 3), symmetric);
      ASSERT_EQ(row_of(lut, {0, own}, 0).value(0, 1), symmetric) << "lane 3 is missing";
      ASSERT_EQ(row_of(lut8, {1, 1, 1, 1, 0, 0, 0, own}, 0).value(0, 7), symmetric) << "second quad";
    }
  }
}

TEST(Lut, QuantizesAsTheIntegerFormats) {
  constexpr int64_t kRows = 20;
  for (const int64_t cols : {24, 21, 22, 3}) {
    std::mt19937 random(31);
    std::normal_distribution<float> normal(0.01F, 0.03F);
    std::vector<float> values(static_cast<size_t>(kRows * cols));
    for (float& v : values) v = normal(random);
    for (int bits = 2; bits <= 8; ++bits) {
      for (const char* kind : {"_g8", "_asym_g8"}) {
        const std::string ending = std::to_string(bits) + kind;
        const QuantizedMatrix lut = quantize(values.data(), kRows, cols, group_format("lut" + ending));
        const QuantizedMatrix integer = quantize(values.data(), kRows, cols, group_format("int" + ending));
        EXPECT_EQ(lut.scales, integer.scales);
        EXPECT_EQ(lut.zero_points, integer.zero_points);
        for (int64_t i = 0; i < kRows * cols; ++i) {
          ASSERT_EQ(lut.value(i / cols, i % cols), integer.value(i / cols, i % cols)) << ending << " " << i;
        }
        EXPECT_EQ(lut.tag(1), integer.tag(1));
      }
    }
  }
}

TEST(Lut, StoredCodesByHand) {
  // int3 codes 3 -2 1 -3 | 2: u = q + 4 = 7 2 5 1 | 6; folded with 1: 6 3 4 1; with a missing 0: 6.
  const float values[] = {3, -2, 1, -3, 2};
  const QuantizedMatrix q = quantize(values, 1, 5, group_format("lut3_g8"));
  EXPECT_EQ(q.codes, (std::vector<uint16_t>{6, 3, 4, 1, 6}));
  EXPECT_EQ(q.scales, (std::vector<uint16_t>{0x3c00}));
  for (int64_t k = 0; k < 5; ++k) EXPECT_EQ(q.value(0, k), values[k]);
  EXPECT_EQ(q.integer_value(0, 1), -4) << "units of half a scale";
}

TEST(Lut, OneBitByHand) {
  // mean|x| = 2, stored as 4; zero is the midpoint and goes to the lower, -2. u = 1 0 0 1 | 1.
  const float values[] = {3, -1, 0, 4, 2};
  const QuantizedMatrix q = quantize(values, 1, 5, group_format("lut1_g8"));
  EXPECT_EQ(q.scales, (std::vector<uint16_t>{0x4400}));
  EXPECT_EQ(q.codes, (std::vector<uint16_t>{0, 1, 1, 1, 1}));
  const double expected[] = {2, -2, -2, 2, 2};
  for (int64_t k = 0; k < 5; ++k) EXPECT_EQ(q.value(0, k), expected[k]);
  // Range -1..0 in one step: z = 1, -1 is u = 0 and 0 is u = 1; -0.5 is a tie: the lower.
  const float negative[] = {-1, 0, -0.5F, -0.25F};
  const QuantizedMatrix asym = quantize(negative, 1, 4, group_format("lut1_asym_g4"));
  EXPECT_EQ(asym.zero_points, (std::vector<uint16_t>{1}));
  EXPECT_EQ(asym.codes, (std::vector<uint16_t>{1, 0, 1, 1}));
  const double ends[] = {-1, 0, -1, 0};
  for (int64_t k = 0; k < 4; ++k) EXPECT_EQ(asym.value(0, k), ends[k]);
  EXPECT_EQ(asym.tag(0), 1);
}

TEST(Lut, ACodeAloneHasNoValue) {
  const GroupFormat format = group_format("lut4_g128");
  EXPECT_THROW((void)format.integer_value(1, 0), InternalError);
  EXPECT_EQ(format.max_integer(), 15);
  EXPECT_EQ(format.unit(), 0.5);
  EXPECT_EQ(format.zero_code(), 0) << "beyond K; it has no value there";
}

}  // namespace
}  // namespace vernier::formats
