// SPDX-License-Identifier: Apache-2.0
// The LUT golden accumulator against exact integer arithmetic.
#include "models/pe/lut/lut.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "models/formats/ieee.h"
#include "models/pe/registry.h"

namespace {

using vernier::formats::ActivationFormat;
using vernier::formats::fp16_from_float;
using vernier::formats::fp32_bits;
using vernier::formats::fp32_from_bits;
using vernier::formats::group_format;
using vernier::pe::lut::Accumulator;
using vernier::pe::lut::FormatCode;
__extension__ using int128 = __int128;

constexpr uint32_t kNan = 0x7fc00000;

const vernier::pe::PeDescriptor& lut() { return vernier::pe::pe("lut"); }

// The value of a finite fp16 in units of 2^-24, from the IEEE 754 definition.
int64_t fp16_units(uint16_t bits) {
  const int field = (bits >> 10) & 31;
  const int64_t fraction = bits & 1023;
  const int64_t magnitude = field == 0 ? fraction : (1024 + fraction) << (field - 1);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

// One group: codes u with the value 2u - (2^N - 1), activations by value, as words of the format under test.
struct Group {
  ActivationFormat format = ActivationFormat::fp16;
  int planes = 4;
  std::vector<int> codes;      // u
  std::vector<uint16_t> acts;  // codes of the element format, of tables the fp16 they are made of

  [[nodiscard]] int64_t act_units(size_t i) const {
    if (format == ActivationFormat::int8) return static_cast<int64_t>(static_cast<int8_t>(acts[i])) << 24;
    if (format == ActivationFormat::fp8_e4m3) {
      const int field = (acts[i] >> 3) & 15;
      const int64_t fraction = acts[i] & 7;
      const int64_t magnitude = field == 0 ? fraction : (8 + fraction) << (field - 1);  // of 2^-9
      return ((acts[i] & 0x80) != 0 ? -magnitude : magnitude) << 15;
    }
    return fp16_units(acts[i]);
  }
  [[nodiscard]] int value(size_t i) const { return 2 * codes[i] - ((1 << planes) - 1); }

  [[nodiscard]] std::vector<uint16_t> words(size_t quad) const {
    std::vector<uint16_t> result(8, 0);
    const uint16_t* a = &acts[4 * quad];
    if (!vernier::formats::is_table(format)) {
      for (size_t lane = 0; lane < 4; ++lane) result[2 * lane] = a[lane];
      return result;
    }
    vernier::formats::table_fp16(a, result.data());
    if (format == ActivationFormat::table_fp16) return result;
    std::array<uint8_t, 9> bytes{};
    vernier::formats::table_int8(result.data(), bytes.data());
    for (size_t e = 0; e < 8; ++e) result[e] = static_cast<uint16_t>(bytes[e] | bytes[8] << 8);
    return result;
  }

  [[nodiscard]] uint32_t golden() const {
    Accumulator accumulator(FormatCode{planes, false, format});
    for (size_t quad = 0; quad < acts.size() / 4; ++quad) {
      const int* u = &codes[4 * quad];
      std::array<uint16_t, 4> slots{};  // folded: lanes 0..2 are complemented where lane 3 is set
      for (size_t lane = 0; lane < 4; ++lane) {
        slots[lane] = static_cast<uint16_t>(lane == 3 ? u[3] : u[lane] ^ u[3]);
      }
      accumulator.step(words(quad).data(), slots.data(), 4, {});
    }
    return accumulator.to_fp32();
  }

  // Sum of a * q' in units of 2^-24, exactly.
  [[nodiscard]] int128 exact() const {
    int128 sum = 0;
    for (size_t i = 0; i < acts.size(); ++i) sum += int128{act_units(i)} * value(i);
    return sum;
  }
  [[nodiscard]] double error() const {
    return std::fabs(std::ldexp(double{fp32_from_bits(golden())}, 24) - static_cast<double>(exact()));
  }
  // Sums of |a q'| and of |a| (2^N - 1), in units of 2^-24.
  [[nodiscard]] double magnitude() const {
    int128 sum = 0;
    for (size_t i = 0; i < acts.size(); ++i) sum += int128{std::abs(act_units(i))} * std::abs(value(i));
    return static_cast<double>(sum);
  }
  [[nodiscard]] double full_scale() const {
    int128 sum = 0;
    for (size_t i = 0; i < acts.size(); ++i) sum += int128{std::abs(act_units(i))} * ((1 << planes) - 1);
    return static_cast<double>(sum);
  }
};

Group random_codes(std::mt19937_64& rng, ActivationFormat format, int planes, int k) {
  Group group;
  group.format = format;
  group.planes = planes;
  for (int i = 0; i < k; ++i) group.codes.push_back(static_cast<int>(rng() & ((1U << planes) - 1)));
  return group;
}

// Every quad of codes: the folded lookup is the direct sum of +-a over the planes. The activations are such
// that every sum is different.
TEST(LutPlanes, FoldedLookupIsTheDirectSumForEveryQuad) {
  for (int planes = 1; planes <= 4; ++planes) {
    Group group;
    group.planes = planes;
    group.codes.resize(4);
    group.acts = {fp16_from_float(1), fp16_from_float(-20), fp16_from_float(300), fp16_from_float(7)};
    for (int all = 0; all < 1 << (4 * planes); ++all) {
      for (int lane = 0; lane < 4; ++lane) {
        group.codes[static_cast<size_t>(lane)] = all >> (lane * planes) & ((1 << planes) - 1);
      }
      const float expected = std::ldexp(static_cast<float>(group.exact()), -24);
      ASSERT_EQ(group.golden(), fp32_bits(expected + 0.0F)) << planes << " planes, codes " << all;
    }
  }
}

// int8 activations: nothing is rounded before the group sum itself.
TEST(LutAccumulator, Int8ActivationsAreExact) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 rng(seed);
    const int planes = 1 + static_cast<int>(seed % 8);
    Group group = random_codes(rng, ActivationFormat::int8, planes, 4 * (1 + static_cast<int>(rng() % 257)));
    for (size_t i = 0; i < group.codes.size(); ++i) group.acts.push_back(static_cast<uint16_t>(rng() & 255U));
    const float expected = static_cast<float>(group.exact() >> 24);
    EXPECT_EQ(group.golden(), fp32_bits(expected + 0.0F)) << "seed " << seed << " planes " << planes;
  }
}

struct ErrorCase {
  ActivationFormat format;
  double bound;  // of |error| / sum |a| (2^N - 1)
};

// Bounds of docs/pe/lut.md, and what the errors really are.
TEST(LutAccumulator, StaysWithinTheBoundOnRealisticData) {
  constexpr int kLength = 128;
  constexpr uint64_t kRepeats = 200;
  for (const ErrorCase& error_case : {ErrorCase{ActivationFormat::fp16, 0x1p-10},
                                      {ActivationFormat::fp8_e4m3, 0x1p-10},
                                      {ActivationFormat::table_fp16, 0x1p-10},
                                      {ActivationFormat::table_int8, 0x1p-6}}) {
    for (const bool outliers : {false, true}) {
      for (const int planes : {1, 2, 4, 8}) {
        double worst = 0;
        double total = 0;
        for (uint64_t seed = 1; seed <= kRepeats; ++seed) {
          std::mt19937_64 rng(seed);
          std::normal_distribution<float> normal;
          Group group = random_codes(rng, error_case.format, planes, kLength);
          for (int i = 0; i < kLength; ++i) {
            // One feature in 32 is 50 times larger: the shape of outlier channels in LLM activations.
            const float value = normal(rng) * (outliers && rng() % 32 == 0 ? 50.0F : 1.0F);
            group.acts.push_back(error_case.format == ActivationFormat::fp8_e4m3
                                     ? vernier::formats::fp8_e4m3_from_float(value)
                                     : fp16_from_float(value));
          }
          const double error = group.error();
          EXPECT_LE(error / group.full_scale(), error_case.bound)
              << name_of(error_case.format) << " seed " << seed << " planes " << planes;
          worst = std::max(worst, error / group.magnitude());
          total += error / group.magnitude();
        }
        fmt::print("{:10} {} x {} bits: relative error of a {}-long group: max {:.1e} mean {:.1e}\n",
                   name_of(error_case.format), outliers ? "outliers" : "gaussian", planes, kLength, worst,
                   total / kRepeats);
      }
    }
  }
}

// The definition of docs/pe/lut.md in floating-point arithmetic that rounds nothing by itself.
TEST(LutAccumulator, AlignsAndTruncatesAsTheDefinitionSays) {
  const auto half_up = [](double value) { return std::copysign(std::floor(std::fabs(value) + 0.5), value); };
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 rng(seed);
    const int planes = 1 + static_cast<int>(seed % 8);
    Accumulator accumulator(FormatCode{planes, false, ActivationFormat::table_fp16});
    double sum = 0;
    int exponent = 0;
    for (int step = 0; step < 12; ++step) {
      std::array<uint16_t, 8> words{};
      std::array<uint16_t, 4> slots{};
      const auto lowest = static_cast<unsigned>(rng() % 26);
      for (uint16_t& word : words)
        word = static_cast<uint16_t>((rng() & 0x83ffU) | (lowest + rng() % 5) << 10);
      for (uint16_t& slot : slots) slot = static_cast<uint16_t>(rng() & 255U);
      accumulator.step(words.data(), slots.data(), 4, {});
      int table_exponent = 1;
      for (const uint16_t word : words) table_exponent = std::max(table_exponent, (word >> 10) & 31);
      const int larger = std::max(exponent, table_exponent);
      sum = std::floor(std::ldexp(sum, exponent - larger));
      for (int plane = 0; plane < planes; ++plane) {
        const auto bit = [&](size_t lane) { return static_cast<size_t>(slots[lane] >> plane & 1); };
        const double units = static_cast<double>(fp16_units(words[bit(0) + 2 * bit(1) + 4 * bit(2)]));
        const double in_table = half_up(std::ldexp(units, 5 - table_exponent));
        const double aligned = half_up(std::ldexp(in_table, table_exponent - larger));
        sum += std::ldexp(bit(3) == 1 ? -aligned : aligned, plane);
      }
      exponent = larger;
      const float expected = std::ldexp(static_cast<float>(sum), exponent - 29);
      ASSERT_EQ(accumulator.to_fp32(), fp32_bits(expected + 0.0F)) << "seed " << seed << " step " << step;
    }
  }
}

// Activations over the whole exponent range, subnormals included, below what overflows a table.
TEST(LutAccumulator, StaysWithinTheBoundOverTheWholeExponentRange) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 rng(seed);
    const auto format = seed % 2 == 0 ? ActivationFormat::fp16 : ActivationFormat::table_int8;
    Group group = random_codes(rng, format, 1 + static_cast<int>(seed / 2 % 8), 512);
    const uint64_t highest = 1 + rng() % 29;
    for (int i = 0; i < 512; ++i) {
      group.acts.push_back(static_cast<uint16_t>((rng() & 0x83ffU) | rng() % highest << 10));
    }
    const double bound = format == ActivationFormat::fp16 ? 0x1p-10 : 0x1p-6;
    EXPECT_LE(group.error() / group.full_scale(), bound) << "seed " << seed;
  }
}

TEST(LutTable, EntriesAreRoundedHalfUpToTheLargestExponent) {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    std::mt19937_64 rng(seed);
    std::array<uint16_t, 8> words{};
    const uint64_t highest = 1 + rng() % 31;
    for (uint16_t& word : words) word = static_cast<uint16_t>((rng() & 0x83ffU) | rng() % highest << 10);
    const auto table = vernier::pe::lut::aligned_table(ActivationFormat::table_fp16, words.data());
    int exponent = 1;
    for (const uint16_t word : words) exponent = std::max(exponent, (word >> 10) & 31);
    EXPECT_EQ(table.exponent, exponent) << "seed " << seed;
    for (size_t i = 0; i < words.size(); ++i) {
      const double units = std::ldexp(static_cast<double>(fp16_units(words[i])), 5 - exponent);
      EXPECT_EQ(table.entries[i], std::copysign(std::floor(std::fabs(units) + 0.5), units))
          << "seed " << seed;
    }
  }
}

TEST(LutTable, BytesCountTwoToTheExponentMinus21) {
  std::array<uint16_t, 8> words{};
  for (int byte = 0; byte < 256; ++byte) {
    words.fill(static_cast<uint16_t>(byte | 0xf300));  // exponent 19; its upper three bits do not count
    const auto table = vernier::pe::lut::aligned_table(ActivationFormat::table_int8, words.data());
    const int value = byte == 128 ? -127 : byte < 128 ? byte : byte - 256;
    EXPECT_EQ(table.exponent, 19);
    EXPECT_EQ(std::ldexp(table.entries[5], 19 - 29), std::ldexp(value, 19 - 21)) << byte;
  }
}

// In-array precompute reads the same table as one from memory.
TEST(LutTable, RawActivationsGiveTheTableOfTheVectorUnit) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    std::mt19937_64 rng(seed);
    Group raw;
    for (int i = 0; i < 4; ++i) raw.acts.push_back(static_cast<uint16_t>(rng()));
    Group table = raw;
    table.format = ActivationFormat::table_fp16;
    const auto a = vernier::pe::lut::aligned_table(raw.format, raw.words(0).data());
    const auto b = vernier::pe::lut::aligned_table(table.format, table.words(0).data());
    EXPECT_EQ(a.exponent, b.exponent) << "seed " << seed;
    EXPECT_EQ(a.entries, b.entries) << "seed " << seed;
  }
}

TEST(LutAccumulator, LargestLegalGroupsFitTheRegister) {
  for (int bits = 1; bits <= 8; ++bits) {
    const int tables = 65536 / ((1 << bits) - 1);
    vernier::formats::GroupFormat format = group_format(fmt::format("lut{}_g128", bits));
    format.group_size = 4 * tables;
    EXPECT_EQ(lut().reject(format), std::nullopt) << bits;
    format.group_size += 4;
    EXPECT_NE(lut().reject(format), std::nullopt) << bits;
    for (const uint16_t code : {uint16_t{0}, uint16_t{255}}) {  // of lane 3: every plane + or -
      Accumulator accumulator(FormatCode{bits, false, ActivationFormat::table_fp16});
      const std::array<uint16_t, 8> words{0x7bff, 0x7bff, 0x7bff, 0x7bff, 0x7bff, 0x7bff, 0x7bff, 0x7bff};
      const std::array<uint16_t, 4> slots{0, 0, 0, code};
      for (int i = 0; i < tables; ++i) accumulator.step(words.data(), slots.data(), 4, {});
      const float sum = static_cast<float>(int64_t{65504} * tables * ((1 << bits) - 1));
      EXPECT_EQ(accumulator.to_fp32(), fp32_bits(code == 0 ? sum : -sum)) << bits;
    }
  }
}

TEST(LutAccumulator, InfinityAndNanMarkTheGroupUntilReset) {
  Accumulator fp16(FormatCode{4, false, ActivationFormat::fp16});
  Accumulator table(FormatCode{4, false, ActivationFormat::table_int8});
  Accumulator fp8(FormatCode{4, false, ActivationFormat::fp8_e4m3});
  const std::array<uint16_t, 4> slots{3, 9, 0, 8};
  const std::array<uint16_t, 8> usual{0x3c00, 0, 0x3c00, 0, 0x3c00, 0, 0x3c00, 0};
  constexpr std::array<uint16_t, 5> kActs{0x7c00, 0xfc00, 0x7e00, 0xfe01, 0x7bff};
  for (const uint16_t act : kActs) {  // the last: 65504 + 65504
    std::array<uint16_t, 8> acts = usual;
    acts[2] = acts[4] = act;
    fp16.reset();
    fp16.step(acts.data(), slots.data(), 4, {});
    fp16.step(usual.data(), slots.data(), 4, {});
    EXPECT_EQ(fp16.to_fp32(), kNan) << act;
  }
  fp16.reset();
  fp16.step(usual.data(), slots.data(), 4, {});
  // u = 3 ^ 8, 9 ^ 8, 0 ^ 8, 8: q' = 7, -13, 1, 1
  EXPECT_EQ(fp16.to_fp32(), fp32_bits(-4.0F));
  const std::array<uint16_t, 8> special{0x1f00, 0x1f01, 0x1f00, 0x1f00, 0x1f00, 0x1f00, 0x1f00, 0x1f00};
  table.step(special.data(), slots.data(), 4, {});
  EXPECT_EQ(table.to_fp32(), kNan);
  for (const uint16_t nan : {uint16_t{0x7f}, uint16_t{0xff}}) {
    const std::array<uint16_t, 8> acts{0x38, 0, nan, 0, 0x38, 0, 0x38, 0};
    fp8.reset();
    fp8.step(acts.data(), slots.data(), 4, {});
    EXPECT_EQ(fp8.to_fp32(), kNan);
  }
}

}  // namespace
