// SPDX-License-Identifier: Apache-2.0
// What the LUT PE says about itself, and weights of a quantized matrix through PE, sum row and dequantizer.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "models/array/group_dequantizer.h"
#include "models/formats/ieee.h"
#include "models/pe/lut/lut.h"
#include "models/pe/registry.h"

namespace {

using vernier::formats::ActivationFormat;
using vernier::formats::fp32_bits;
using vernier::formats::fp32_from_bits;
using vernier::formats::group_format;
using vernier::pe::lut::Accumulator;
using vernier::pe::lut::FormatCode;

const vernier::pe::PeDescriptor& lut() { return vernier::pe::pe("lut"); }

TEST(LutDescriptor, WeightOneZeroPointAndFormatCode) {
  for (int bits = 1; bits <= 8; ++bits) {
    const auto symmetric = group_format(fmt::format("lut{}_g128", bits));
    const auto asymmetric = group_format(fmt::format("lut{}_asym_g128", bits));
    EXPECT_EQ(lut().cycles_per_step(symmetric), bits);
    EXPECT_EQ(lut().unit_exponent(symmetric), -1);
    EXPECT_EQ(lut().zero_point(symmetric, 77), bits == 1 ? 0 : 1);
    EXPECT_EQ(lut().zero_point(asymmetric, 0), 1 - (1 << bits));
    EXPECT_EQ(lut().zero_point(asymmetric, (1 << bits) - 1), (1 << bits) - 1);
    for (const ActivationFormat activations : lut().activations) {
      const auto code = lut().format_code(asymmetric, activations);
      EXPECT_EQ(code, (bits - 1) + 8 + 16 * static_cast<int>(activations));
      EXPECT_EQ(FormatCode::unpack(code).planes, bits);
      EXPECT_EQ(FormatCode::unpack(code).activations, activations);
    }
    // The weight 1 in every lane: the sum of the activations.
    Accumulator accumulator(FormatCode{bits, false, ActivationFormat::int8});
    std::array<uint16_t, 4> slots{};
    for (int lane = 0; lane < 4; ++lane) slots[static_cast<size_t>(lane)] = lut().one_slot(symmetric, lane);
    const std::array<uint16_t, 8> acts{5, 0, 0xf0, 0, 100, 0, 1, 0};
    accumulator.step(acts.data(), slots.data(), 4, {});
    EXPECT_EQ(accumulator.to_fp32(), fp32_bits(5 - 16 + 100 + 1)) << bits;
  }
}

// A row of a quantized matrix through PE, sum row and dequantizer: the dot product with the real weights.
TEST(LutDescriptor, DequantizedGroupsAreTheRealDotProduct) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 rng(seed);
    const auto& names = lut().example_formats;
    auto format = group_format(names[seed % names.size()]);
    format.group_size = 32;
    constexpr int kLength = 75;  // the last quad is not full
    std::vector<float> weights(kLength);
    std::normal_distribution<float> normal;
    for (float& weight : weights) weight = normal(rng);
    const auto matrix = vernier::formats::quantize(weights.data(), 1, kLength, format);
    vernier::array::GoldenPe pe(lut(), format, ActivationFormat::int8);
    pe.begin_pass();
    double exact = 0;
    double magnitude = 0;
    for (int k = 0; k < kLength; k += 4) {
      std::array<uint16_t, 8> acts{};
      std::array<uint16_t, 4> slots{};
      for (int lane = 0; lane < std::min(4, kLength - k); ++lane) {
        const int act = static_cast<int>(rng() % 255) - 127;
        acts[static_cast<size_t>(2 * lane)] = static_cast<uint16_t>(act & 255);
        slots[static_cast<size_t>(lane)] = matrix.codes[static_cast<size_t>(k + lane)];
        exact += act * matrix.value(0, k + lane);
        magnitude += std::fabs(act * matrix.value(0, k + lane));
      }
      const auto g = static_cast<size_t>(k / 32);
      const vernier::pe::GroupParameters parameters{matrix.scales[g], matrix.tag(g)};
      pe.step(acts.data(), slots.data(), 4, parameters);
      if ((k + 4) % 32 == 0 || k + 4 >= kLength) pe.end_group(parameters);
    }
    EXPECT_NEAR(fp32_from_bits(pe.to_fp32()) / 2, exact, 1e-5 * magnitude)
        << "seed " << seed << " " << format.name;
  }
}

TEST(LutDescriptor, FormatsItCannotTakeAreRefusedWithAReason_bad) {
  for (const char* name : {"fp16", "int4_g128", "int4_asym_g128", "bitmod4_g128"}) {
    EXPECT_NE(lut().reject(group_format(name)), std::nullopt) << name;
  }
  auto format = group_format("lut8_g128");
  format.group_size = 1028;
  EXPECT_EQ(lut().reject(format), std::nullopt);
  format.group_size = 1032;
  EXPECT_EQ(lut().reject(format), "group size 1032 exceeds 1028 (32-bit group sum of lut, 8-bit weights)");
  format.group_size = 30;
  EXPECT_EQ(lut().reject(format), "group size 30 is not a multiple of 4 (activations of a table)");
}

}  // namespace
