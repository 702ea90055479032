// SPDX-License-Identifier: Apache-2.0
// The BitMoD golden accumulator against exact integer arithmetic.
#include "models/pe/bitmod/bitmod.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "models/formats/ieee.h"
#include "models/pe/common/aligned_fp16.h"

namespace {

using vernier::formats::fp16_from_float;
using vernier::formats::fp32_bits;
using vernier::formats::fp32_from_bits;
using vernier::pe::bitmod::Accumulator;
using vernier::pe::bitmod::Format;
__extension__ using int128 = __int128;

struct Table {
  Format format;
  const char* name;
  int codes;
};
constexpr std::array<Table, 6> kTables = {{{Format::int8, "int8", 256},
                                           {Format::int6, "int6", 64},
                                           {Format::int5, "int5", 32},
                                           {Format::int4, "int4", 16},
                                           {Format::bitmod4, "bitmod4", 16},
                                           {Format::bitmod3, "bitmod3", 8}}};

// Weights code by code, as in the table of docs/array.md.
int table_value(Format format, int code, int selector) {
  constexpr int kFp4[16] = {0, 1, 2, 3, 4, 6, 8, 12, 99, -1, -2, -3, -4, -6, -8, -12};
  constexpr int kFp3[8] = {0, 1, 2, 4, 99, -1, -2, -4};
  constexpr int kSpecial4[4] = {10, -10, 16, -16};
  constexpr int kSpecial3[4] = {3, -3, 6, -6};
  switch (format) {
    case Format::int8:
      return static_cast<int8_t>(code);
    case Format::int6:
      return code < 32 ? code : code - 64;
    case Format::int5:
      return code < 16 ? code : code - 32;
    case Format::int4:
      return code < 8 ? code : code - 16;
    case Format::bitmod4:
      return code == 8 ? kSpecial4[selector] : kFp4[code];
    case Format::bitmod3:
      return code == 4 ? kSpecial3[selector] : kFp3[code];
  }
  return 0;
}

// The value of a finite fp16 in units of 2^-24, from the IEEE 754 definition.
int64_t fp16_units(uint16_t bits) {
  const int field = (bits >> 10) & 31;
  const int64_t fraction = bits & 1023;
  const int64_t magnitude = field == 0 ? fraction : (1024 + fraction) << (field - 1);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

struct Dot {
  std::vector<uint16_t> acts, slots;
  std::vector<uint8_t> scales;
  std::vector<int> selectors;
  int group = 0;
  Format format = Format::int8;

  [[nodiscard]] uint32_t golden(int lanes) const {
    Accumulator acc(format);
    const int k = static_cast<int>(acts.size());
    for (int first = 0, g = 0; first < k; first += group, ++g) {
      const int last = std::min(k, first + group);
      for (int at = first; at < last; at += lanes) {
        acc.step(&acts[static_cast<size_t>(at)], &slots[static_cast<size_t>(at)], std::min(lanes, last - at),
                 parameters(static_cast<size_t>(g)));
      }
      acc.end_group(parameters(static_cast<size_t>(g)));
    }
    return acc.to_fp32();
  }

  [[nodiscard]] vernier::pe::GroupParameters parameters(size_t g) const {
    return {scales[g], static_cast<uint8_t>(selectors[g])};
  }

  // Sum of scale * a * w in units of 2^-24, exactly, and the sum of the magnitudes.
  [[nodiscard]] std::pair<int128, int128> exact() const {
    int128 sum = 0;
    int128 magnitude = 0;
    for (size_t i = 0; i < acts.size(); ++i) {
      const size_t g = i / static_cast<size_t>(group);
      const int128 term =
          int128{scales[g]} * fp16_units(acts[i]) * table_value(format, slots[i], selectors[g]);
      sum += term;
      magnitude += term < 0 ? -term : term;
    }
    return {sum, magnitude};
  }

  // |golden - exact| / sum |a w|.
  [[nodiscard]] double relative_error(int lanes) const {
    const auto [sum, magnitude] = exact();
    const double value = std::ldexp(double{fp32_from_bits(golden(lanes))}, 24);
    return std::fabs(value - static_cast<double>(sum)) / static_cast<double>(magnitude);
  }
};

Dot random_weights(std::mt19937_64& rng, const Table& table, int k, int group) {
  Dot dot;
  dot.format = table.format;
  dot.group = group;
  for (int i = 0; i < k; ++i) {
    dot.slots.push_back(static_cast<uint16_t>(rng() % static_cast<unsigned>(table.codes)));
  }
  for (int g = 0; g < (k + group - 1) / group; ++g) {
    dot.scales.push_back(static_cast<uint8_t>(1 + rng() % 255));
    dot.selectors.push_back(static_cast<int>(rng() % 4));
  }
  return dot;
}

TEST(BitmodWeights, EveryCodeHasTheValueOfTheTable) {
  for (const Table& table : kTables) {
    for (int selector = 0; selector < 4; ++selector) {
      for (int code = 0; code < table.codes; ++code) {
        EXPECT_EQ(vernier::pe::bitmod::weight_value(table.format, static_cast<uint16_t>(code), selector),
                  table_value(table.format, code, selector))
            << table.name << " code " << code << " selector " << selector;
      }
    }
  }
}

TEST(BitmodAlign, RoundsHalfUpOnTheMagnitude) {
  for (int sig = 0; sig < 2048; ++sig) {
    for (int distance = 0; distance <= 30; ++distance) {
      ASSERT_EQ(vernier::pe::align(sig, distance), std::floor(std::ldexp(sig, 4 - distance) + 0.5))
          << sig << " >> " << distance;
    }
  }
}

// Activations whose exponents differ by at most 4 lose nothing: the 4 guard bits hold them.
TEST(BitmodAccumulator, IsExactWhenNothingIsTruncated) {
  for (uint64_t seed = 1; seed <= 120; ++seed) {
    std::mt19937_64 rng(seed);
    const Table& table = kTables[seed % kTables.size()];
    const int k = 1 + static_cast<int>(rng() % 700);
    const int group = 1 + static_cast<int>(rng() % 200);
    const int lanes = 1 + static_cast<int>(rng() % 8);
    Dot dot = random_weights(rng, table, k, group);
    const unsigned lowest = static_cast<unsigned>(rng() % 27);
    for (int i = 0; i < k; ++i) {
      const unsigned field = lowest + static_cast<unsigned>(rng() % 5);
      dot.acts.push_back(static_cast<uint16_t>((rng() & 0x83ffU) | field << 10));
    }
    // The compiler's conversion rounds once, to nearest even; the power of two is exact.
    const float expected = std::ldexp(static_cast<float>(dot.exact().first), -24);
    EXPECT_EQ(dot.golden(lanes), fp32_bits(expected + 0.0F))
        << "seed " << seed << " " << table.name << " k " << k << " group " << group << " lanes " << lanes;
  }
}

// The bound of the specification on a 4096-long dot product, and what the error really is.
TEST(BitmodAccumulator, StaysWithinTwoToMinusNineOfExactOnRealisticData) {
  constexpr int kLength = 4096;
  constexpr int kRepeats = 40;
  for (const bool outliers : {false, true}) {
    for (const Table& table : kTables) {
      double worst = 0;
      double total = 0;
      for (uint64_t repeat = 0; repeat < kRepeats; ++repeat) {
        std::mt19937_64 rng(repeat * 16 + static_cast<uint64_t>(table.format));
        std::normal_distribution<float> normal;
        Dot dot = random_weights(rng, table, kLength, 128);
        for (int i = 0; i < kLength; ++i) {
          // One feature in 128 is 100 times larger: the shape of outlier channels in LLM activations.
          const float size = outliers && rng() % 128 == 0 ? 100.0F : 1.0F;
          dot.acts.push_back(fp16_from_float(size * normal(rng)));
        }
        const double error = dot.relative_error(4);
        EXPECT_LE(error, std::ldexp(1.0, -9)) << table.name << " repeat " << repeat;
        worst = std::max(worst, error);
        total += error;
      }
      const std::string label = std::string(table.name) + (outliers ? "_outliers" : "_gaussian");
      RecordProperty(label + "_max_relative_error", fmt::format("{:.3e}", worst));
      RecordProperty(label + "_mean_relative_error", fmt::format("{:.3e}", total / kRepeats));
      fmt::print("{:18} relative error of a {}-long dot product: max {:.2e} mean {:.2e}\n", label, kLength,
                 worst, total / kRepeats);
    }
  }
}

// Activations over the whole exponent range, subnormals included: the bound still holds.
TEST(BitmodAccumulator, StaysWithinTheBoundOverTheWholeExponentRange) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 rng(seed);
    const Table& table = kTables[seed % kTables.size()];
    Dot dot = random_weights(rng, table, 4096, 128);
    for (int i = 0; i < 4096; ++i) {
      const uint16_t bits = static_cast<uint16_t>(rng());
      dot.acts.push_back((bits & 0x7c00U) == 0x7c00U ? static_cast<uint16_t>(bits & 0x83ffU) : bits);
    }
    EXPECT_LE(dot.relative_error(4), std::ldexp(1.0, -9)) << "seed " << seed << " " << table.name;
  }
}

TEST(BitmodAccumulator, LargestLegalGroupsFitTheRegisters) {
  for (const Table& table : kTables) {
    const bool bitmod = table.format == Format::bitmod4 || table.format == Format::bitmod3;
    const int group = table.format == Format::int8 ? 512 : table.format == Format::bitmod4 ? 4096 : 2048;
    const int worst_code = table.codes / 2;  // most negative, or the special value
    for (const uint16_t act : {uint16_t{0x7bff}, uint16_t{0xfbff}}) {
      Dot dot;
      dot.format = table.format;
      dot.group = group;
      dot.acts.assign(static_cast<size_t>(group) * 4, act);
      dot.slots.assign(dot.acts.size(), static_cast<uint16_t>(worst_code));
      dot.scales.assign(4, 255);
      dot.selectors.assign(4, bitmod ? 2 : 0);
      EXPECT_EQ(dot.golden(8), fp32_bits(std::ldexp(static_cast<float>(dot.exact().first), -24)))
          << table.name;
    }
  }
}

TEST(BitmodAccumulator, InfinityAndNanMarkTheAccumulatorUntilReset) {
  for (const uint16_t act : {uint16_t{0x7c00}, uint16_t{0xfc00}, uint16_t{0x7e00}, uint16_t{0xfe01}}) {
    Accumulator acc(Format::int8);
    const uint16_t acts[2] = {0x3c00, act};
    const uint16_t slots[2] = {1, 0};  // even a zero weight
    acc.step(acts, slots, 2, {});
    acc.end_group({1, 0});
    EXPECT_EQ(acc.to_fp32(), 0x7fc00000U);
    acc.reset();
    acc.step(acts, slots, 1, {});
    acc.end_group({3, 0});
    EXPECT_EQ(acc.to_fp32(), fp32_bits(3.0F));
  }
}

TEST(BitmodAccumulator, AnEmptySumIsPlusZero) {
  Accumulator acc(Format::bitmod4);
  EXPECT_EQ(acc.to_fp32(), 0U);
  const uint16_t acts[1] = {0xbc00};
  const uint16_t slots[1] = {0};
  acc.step(acts, slots, 1, {});
  acc.end_group({255, 0});
  EXPECT_EQ(acc.to_fp32(), 0U);
}

}  // namespace
