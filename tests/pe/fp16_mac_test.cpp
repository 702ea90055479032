// SPDX-License-Identifier: Apache-2.0
// The fp16 MAC against integer arithmetic, the output units against hand-counted results.
#include "models/pe/fp16_mac/fp16_mac.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "models/array/output_unit.h"
#include "models/formats/ieee.h"

namespace {

using vernier::array::output_unit;
using vernier::array::OutputMode;
using vernier::formats::fp16_from_float;
using vernier::formats::fp32_bits;
using vernier::formats::fp32_from_bits;
using vernier::pe::fp16_mac::Accumulator;
using vernier::pe::fp16_mac::Format;
__extension__ using int128 = __int128;

int64_t fp16_units(uint16_t bits) {  // of 2^-24
  const int field = (bits >> 10) & 31;
  const int64_t fraction = bits & 1023;
  const int64_t magnitude = field == 0 ? fraction : (1024 + fraction) << (field - 1);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

uint16_t finite(uint64_t bits) {
  return static_cast<uint16_t>((bits & 0x7c00U) == 0x7c00U ? bits & 0x83ffU : bits);
}

// Every step is one rounding of an exact sum: follow it with 128-bit integers in units of 2^-48.
TEST(Fp16Mac, EveryStepIsOneRoundingOfTheExactSum) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 rng(seed);
    Accumulator acc;
    int128 sum = 0;
    for (int i = 0; i < 300; ++i) {
      const uint16_t a = finite(rng());
      const uint16_t w = finite(rng());
      acc.step(&a, &w, 1, {});
      const float rounded = static_cast<float>(sum + int128{fp16_units(a)} * fp16_units(w));
      sum = static_cast<int128>(rounded);
      ASSERT_EQ(acc.to_fp32(), fp32_bits(std::ldexp(rounded, -48))) << "seed " << seed << " step " << i;
    }
  }
}

// Dequantize first: fp16(scale * (code - zero)), checked against the two fp16 numbers next to the exact
// product.
TEST(Fp16MacWeights, IntegersAreDequantizedWithOneRounding) {
  struct Row {
    Format format;
    int codes, sign_at, tags;
  };
  for (const Row& row :
       {Row{Format::int4, 16, 8, 1}, Row{Format::uint4, 16, 16, 256}, Row{Format::int8, 256, 128, 1}}) {
    for (uint64_t seed = 1; seed <= 20000; ++seed) {
      std::mt19937_64 rng(seed);
      const uint16_t scale = finite(rng());
      const auto slot = static_cast<uint16_t>(rng());  // above the code: anything
      const auto tag = static_cast<uint8_t>(rng());
      const int code = slot % row.codes;
      const int integer = (code < row.sign_at ? code : code - row.codes) - (row.tags > 1 ? tag : 0);
      const int64_t exact = fp16_units(scale) * integer;
      const uint16_t bits = vernier::pe::fp16_mac::weight(row.format, slot, {scale, tag});
      const int64_t magnitude = exact < 0 ? -exact : exact;
      EXPECT_EQ((bits & 0x8000) != 0, ((scale & 0x8000) != 0) != (integer < 0)) << "seed " << seed;
      if ((bits & 0x7fff) == 0x7c00) {
        EXPECT_GE(magnitude, (int64_t{65504} + 16) << 24) << "seed " << seed;  // halfway to 65536 and up
        continue;
      }
      const auto at = static_cast<uint16_t>(bits & 0x7fff);
      ASSERT_LT(at, 0x7c00) << "seed " << seed;
      const int64_t value = fp16_units(at);
      const int64_t error = value < magnitude ? magnitude - value : value - magnitude;
      for (const int step : {-1, 1}) {
        if (at == 0 && step < 0) continue;
        const auto next = static_cast<uint16_t>(at + step);
        const int64_t neighbour = next == 0x7c00 ? int64_t{65536} << 24 : fp16_units(next);
        const int64_t other = neighbour < magnitude ? magnitude - neighbour : neighbour - magnitude;
        EXPECT_TRUE(error < other || (error == other && at % 2 == 0)) << "seed " << seed;
      }
    }
  }
  EXPECT_EQ(vernier::pe::fp16_mac::weight(Format::int4, 0, {0x7c00, 0}), 0x7e00);  // inf * 0
  EXPECT_EQ(vernier::pe::fp16_mac::weight(Format::int4, 9, {0x7c00, 0}), 0xfc00);  // inf * -7
  EXPECT_EQ(vernier::pe::fp16_mac::weight(Format::int8, 1, {0xfe01, 0}), 0x7e00);  // NaN
  EXPECT_EQ(vernier::pe::fp16_mac::weight(Format::fp16, 0x1234, {0x4000, 3}), 0x1234);
}

TEST(Fp16Mac, StaysWithinTwoToMinusNineOfExactOnRealisticData) {
  constexpr uint64_t kRepeats = 40;
  for (const bool outliers : {false, true}) {
    double worst = 0;
    double total = 0;
    for (uint64_t seed = 1; seed <= kRepeats; ++seed) {
      std::mt19937_64 rng(seed);
      std::normal_distribution<float> normal;
      Accumulator acc;
      int128 sum = 0;
      int128 magnitude = 0;
      for (int i = 0; i < 4096; ++i) {
        const float size = outliers && rng() % 128 == 0 ? 100.0F : 1.0F;
        const uint16_t a = fp16_from_float(size * normal(rng));
        const uint16_t w = fp16_from_float(0.02F * normal(rng));
        acc.step(&a, &w, 1, {});
        const int128 term = int128{fp16_units(a)} * fp16_units(w);
        sum += term;
        magnitude += term < 0 ? -term : term;
      }
      const double value = std::ldexp(double{fp32_from_bits(acc.to_fp32())}, 48);
      const double error = std::fabs(value - static_cast<double>(sum)) / static_cast<double>(magnitude);
      EXPECT_LE(error, std::ldexp(1.0, -9)) << "seed " << seed;
      worst = std::max(worst, error);
      total += error;
    }
    const std::string label = outliers ? "fp16_outliers" : "fp16_gaussian";
    RecordProperty(label + "_max_relative_error", fmt::format("{:.3e}", worst));
    RecordProperty(label + "_mean_relative_error", fmt::format("{:.3e}", total / kRepeats));
    fmt::print("{:18} relative error of a 4096-long dot product: max {:.2e} mean {:.2e}\n", label, worst,
               total / kRepeats);
  }
}

TEST(Fp16Mac, InfinityAndNanFollowIeee) {
  struct Case {
    uint16_t a0, w0, a1, w1;
    uint32_t expected;
  };
  constexpr Case kCases[] = {
      {0x7c00, 0x3c00, 0x3c00, 0x3c00, 0x7f800000},  // inf + 1
      {0xfc00, 0x3c00, 0x3c00, 0x3c00, 0xff800000},  // -inf + 1
      {0x7c00, 0x3c00, 0x7c00, 0xbc00, 0x7fc00000},  // inf - inf
      {0x7c00, 0x0000, 0x3c00, 0x3c00, 0x7fc00000},  // inf * 0
      {0xfe01, 0x3c00, 0x3c00, 0x3c00, 0x7fc00000},  // NaN
      {0x3c00, 0x7c01, 0x3c00, 0x3c00, 0x7fc00000},  // NaN weight
      {0x3c00, 0x3c00, 0x3c00, 0xbc00, 0x00000000},  // 1 - 1
      {0x8000, 0x3c00, 0x8000, 0x3c00, 0x00000000},  // +0 + -0
      {0x7bff, 0x7bff, 0x0000, 0x0000, 0x4f7fc004},  // 65504^2 = 2047 * 2047 * 2^10
  };
  for (const Case& c : kCases) {
    Accumulator acc;
    acc.step(&c.a0, &c.w0, 1, {});
    acc.step(&c.a1, &c.w1, 1, {});
    EXPECT_EQ(acc.to_fp32(), c.expected)
        << fmt::format("{:04x}*{:04x} + {:04x}*{:04x}", c.a0, c.w0, c.a1, c.w1);
  }
}

TEST(OutputUnit, HandCounted) {
  const OutputMode partial{false, false, 0};
  const OutputMode accumulate{false, true, 0};
  const OutputMode final{true, false, 0};
  const OutputMode half{true, false, -1};
  const auto f = [](float value) { return fp32_bits(value); };
  EXPECT_EQ(output_unit(f(1.5F), f(100.0F), 0, partial), f(1.5F));
  EXPECT_EQ(output_unit(f(1.5F), f(100.0F), 0, accumulate), f(101.5F));
  EXPECT_EQ(output_unit(f(1.5F), f(-1.5F), 0, accumulate), 0U);
  EXPECT_EQ(output_unit(f(3.0F), 0, 0x3c00, final), 0x4200U);
  EXPECT_EQ(output_unit(f(3.0F), 0, 0x4000, half), 0x4200U);  // 3 * 2 / 2
  EXPECT_EQ(output_unit(f(65519.0F), 0, 0x3c00, final), 0x7bffU);
  EXPECT_EQ(output_unit(f(65520.0F), 0, 0x3c00, final), 0x7c00U);  // tie away from the largest: infinity
  EXPECT_EQ(output_unit(f(-65520.0F), 0, 0x3c00, final), 0xfc00U);
  EXPECT_EQ(output_unit(f(2049.0F), 0, 0x3c00, final), 0x6800U);                // tie to even: 2048
  EXPECT_EQ(output_unit(f(2051.0F), 0, 0x3c00, final), 0x6802U);                // tie to even: 2052
  EXPECT_EQ(output_unit(f(std::ldexp(1.0F, -25)), 0, 0x3c00, final), 0x0000U);  // tie to even: 0
  EXPECT_EQ(output_unit(f(std::ldexp(3.0F, -25)), 0, 0x3c00, final), 0x0002U);  // tie to even: 2 units
  EXPECT_EQ(output_unit(f(std::ldexp(-1.0F, -24)), 0, 0x3c00, final), 0x8001U);
  EXPECT_EQ(output_unit(f(1.0F), 0, 0x0001, final), 0x0001U);  // subnormal channel scale
  EXPECT_EQ(output_unit(0x7fc00000, 0, 0x3c00, final), 0x7e00U);
  EXPECT_EQ(output_unit(0x7f800000, 0, 0x0000, final), 0x7e00U);  // inf * 0
  EXPECT_EQ(output_unit(0x7f800000, 0xff800000, 0, accumulate), 0x7fc00000U);
}

}  // namespace
