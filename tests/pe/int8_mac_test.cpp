// SPDX-License-Identifier: Apache-2.0
// The int8 MAC against integer arithmetic. What it shares with the other integer PEs is tested here.
#include "models/pe/int8_mac/int8_mac.h"

#include <gtest/gtest.h>

#include "models/pe/common/integer_kernel.h"
#include "tests/pe/exact.h"

namespace {

using namespace vernier;
using pe::exact::Dot;
using pe::int8_mac::Format;
using pe::int8_mac::weight_value;

TEST(Int8MacWeights, EverySlot) {
  for (int slot = 0; slot < 512; ++slot) {
    const int code = slot % 256;
    EXPECT_EQ(weight_value(Format::int8, static_cast<uint16_t>(slot), {}), code < 128 ? code : code - 256);
  }
}

TEST(Int8MacWeights, DualGrainedIsCodeTimesScaleSaturated) {
  for (int slot = 0; slot < 32; ++slot) {
    const int code = slot % 16 < 8 ? slot % 16 : slot % 16 - 16;
    for (int scale = 0; scale < 256; ++scale) {
      int expected = 0;
      for (int i = 0; i < scale; ++i) {
        expected += code;
        if (expected > 127) expected = 127;
        if (expected < -127) expected = -127;
      }
      // Only the low byte of the scale pin counts.
      ASSERT_EQ(weight_value(Format::int4_dgq, static_cast<uint16_t>(slot),
                             {static_cast<uint16_t>(scale + 0xa500), 7}),
                expected)
          << code << " * " << scale;
    }
  }
}

TEST(Int8MacWeights, WhatQuantizationMakesIsNeverSaturated) {
  const formats::GroupFormat format = formats::group_format("int4_dgq_g32");
  std::mt19937_64 rng(3);
  std::normal_distribution<float> normal;
  std::vector<float> values(size_t{8} * 96);
  for (float& value : values) value = normal(rng) * (rng() % 50 == 0 ? 20.0F : 1.0F);
  const formats::QuantizedMatrix matrix = formats::quantize(values.data(), 8, 96, format);
  for (size_t i = 0; i < values.size(); ++i) {
    const int code = format.integer_value(matrix.codes[i], 0);
    const uint16_t scale = matrix.scales[i / 32];
    ASSERT_EQ(weight_value(Format::int4_dgq, matrix.codes[i], {scale, 0}), code * scale);
  }
}

TEST(Int8MacAccumulator, GroupSumsAreExactAndRoundedOnce) {
  const auto& pe = pe::pe("int8_mac");
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 rng(seed);
    const auto accumulator = pe.make(formats::group_format("int8_g128"), formats::ActivationFormat::int8);
    int64_t sum = 0;
    const int count = 1 + static_cast<int>(rng() % 3000);
    for (int i = 0; i < count; ++i) {
      const auto a = static_cast<uint16_t>(rng());  // above the low byte: anything
      const auto w = static_cast<uint16_t>(rng());
      accumulator->step(&a, &w, 1, {});
      sum += int64_t{a % 256 < 128 ? a % 256 : a % 256 - 256} * (w % 256 < 128 ? w % 256 : w % 256 - 256);
    }
    EXPECT_EQ(accumulator->to_fp32(), formats::fp32_bits(static_cast<float>(static_cast<double>(sum))))
        << "seed " << seed;
    accumulator->reset();
    EXPECT_EQ(accumulator->to_fp32(), 0U);
  }
}

TEST(Int8MacAccumulator, TheLongestGroupFitsAndTheNextStepWouldNot) {
  const auto accumulator =
      pe::pe("int8_mac").make(formats::group_format("int8_g128"), formats::ActivationFormat::int8);
  const uint16_t least = 0x80;
  for (int i = 0; i < 131071; ++i) accumulator->step(&least, &least, 1, {});
  EXPECT_EQ(accumulator->to_fp32(), formats::fp32_bits(2147467264.0F));  // 131071 * 2^14 < 2^31
  EXPECT_THROW(accumulator->step(&least, &least, 1, {}), std::exception);
}

// One group, all of k: x, scaled by 1.0, is the sum itself. Groups: x, x * s and the sum of both rounded.
TEST(Int8Mac, WholeRowsEqualTheFormulaOfTheEdgeDequantizer) {
  for (const char* format : {"int8_ch", "int8_g64", "int4_dgq_g64"}) {
    for (uint64_t seed = 1; seed <= 30; ++seed) {
      std::mt19937_64 rng(seed);
      Dot dot("int8_mac", format);
      const size_t k = 1 + rng() % 500;
      for (size_t i = 0; i < k; ++i) {
        dot.acts.push_back(static_cast<uint16_t>(rng() & 0xffU));
        dot.slots.push_back(static_cast<uint16_t>(rng() & 0xffU));
      }
      const bool integer_scale = dot.format.dual_grained;
      const bool no_groups = dot.format.group_size == 0;
      for (size_t g = 0; g <= dot.group_of(k - 1); ++g) {
        const auto scale = static_cast<uint16_t>(integer_scale ? rng() % 19 : 0x2000 + rng() % 0x2000);
        dot.groups.push_back({no_groups ? formats::kFp16One : scale, 0});
      }
      double output = 0;
      for (size_t i = 0; i < k;) {
        const size_t group = dot.group_of(i);
        int64_t sum = 0;
        for (; i < k && dot.group_of(i) == group; ++i) {
          const int code = dot.slots[i] & (integer_scale ? 15 : 255);
          int64_t w = code < (integer_scale ? 8 : 128) ? code : code - (integer_scale ? 16 : 256);
          if (integer_scale) w = std::max<int64_t>(-127, std::min<int64_t>(127, w * dot.groups[group].scale));
          sum += w * static_cast<int8_t>(dot.acts[i]);
        }
        // Products and sums of fp32 numbers, rounded to fp32 by way of double, are rounded once.
        const double scale =
            integer_scale ? 1.0 : std::ldexp(pe::exact::fp16_units(dot.groups[group].scale), -24);
        const double x = static_cast<float>(static_cast<double>(sum));
        output = static_cast<float>(output + double{static_cast<float>(x * scale)});
      }
      EXPECT_EQ(dot.golden(), formats::fp32_bits(static_cast<float>(output))) << format << " seed " << seed;
    }
  }
}

TEST(Int8Mac, FormatsItCannotTakeAreRefused_bad) {
  const auto& mac = pe::pe("int8_mac");
  for (const char* name : {"int8_g1", "int8_g65536", "int8_ch", "int4_dgq_g128"}) {
    EXPECT_EQ(mac.reject(formats::group_format(name)), std::nullopt) << name;
  }
  for (const char* name : {"fp16", "int4_g128", "int4_ch", "int8_asym_g128", "int8_s8_g128", "int4_s8_g128",
                           "bitmod4_g128", "ant4_g128", "olive4_g128", "lut4_g128"}) {
    EXPECT_NE(mac.reject(formats::group_format(name)), std::nullopt) << name;
  }
}

// A format without groups has one group, all of k.
TEST(Int8Mac, TooLongSumsAreRefused_bad) {
  const auto& mac = pe::pe("int8_mac");
  const formats::GroupFormat format = formats::group_format("int8_ch");
  EXPECT_EQ(mac.reject_length(format, 131071), std::nullopt);
  for (const int64_t k : {int64_t{131072}, int64_t{1} << 40}) {
    const auto why = mac.reject_length(format, k);
    ASSERT_TRUE(why) << k;
    EXPECT_NE(why->find("is not in 1..131071 (int8_mac's 32-bit group sum)"), std::string::npos) << *why;
  }
  EXPECT_EQ(mac.reject_length(formats::group_format("int8_g128"), int64_t{1} << 40), std::nullopt);
}

TEST(Int8Mac, DescribesItself) {
  const auto& mac = pe::pe("int8_mac");
  const auto int8 = formats::ActivationFormat::int8;
  EXPECT_EQ(mac.format_code(formats::group_format("int8_g128"), int8), 0);
  EXPECT_EQ(mac.format_code(formats::group_format("int8_ch"), int8), 0);
  EXPECT_EQ(mac.format_code(formats::group_format("int4_dgq_g128"), int8), 1);
  EXPECT_EQ(mac.edge_scale(formats::group_format("int8_g128"), 0x1234), 0x1234);
  EXPECT_EQ(mac.edge_scale(formats::group_format("int4_dgq_g128"), 18), 0x3c00);
  EXPECT_EQ(mac.cycles_per_step(formats::group_format("int8_g128")), 1);
  EXPECT_FALSE(mac.takes(formats::ActivationFormat::fp16));
}

}  // namespace
