// SPDX-License-Identifier: Apache-2.0
// Both MixPE types against exact arithmetic.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/pe/common/nibble_weights.h"
#include "tests/pe/exact.h"

namespace {

using namespace vernier;
using pe::exact::Dot;
using pe::exact::fp16_units;
using pe::exact::int128;
using pe::nibble::Format;

struct FormatRow {
  const char* name;
  Format code;
  int bits;
  bool is_signed;
};
constexpr FormatRow kFormats[] = {{"int4_g64", Format::int4, 4, true},
                                  {"int4_asym_g64", Format::uint4, 4, false},
                                  {"int8_g64", Format::int8, 8, true}};

/// The paper's sum: bit i of the weight adds a << i, the top bit of a signed weight subtracts it.
int64_t shift_add(const FormatRow& format, int64_t a, uint16_t slot) {
  int64_t sum = 0;
  for (int i = 0; i < format.bits; ++i) {
    if ((slot >> i & 1) == 0) continue;
    const int64_t shifted = a * (int64_t{1} << i);
    sum += format.is_signed && i == format.bits - 1 ? -shifted : shifted;
  }
  return sum;
}

uint16_t finite(uint64_t bits) {
  return static_cast<uint16_t>((bits & 0x7c00U) == 0x7c00U ? bits & 0x83ffU : bits);
}

TEST(MixpeWeights, EverySlotIsTheSumOfItsBits) {
  for (const FormatRow& format : kFormats) {
    for (uint16_t slot = 0; slot < 512; ++slot) {
      EXPECT_EQ(pe::nibble::weight_value(format.code, slot), shift_add(format, 1, slot)) << format.name;
    }
    EXPECT_EQ(pe::nibble::terms(format.code), format.bits / 4);
  }
  // -1 = -16 + 15
  EXPECT_EQ(pe::nibble::term_value(Format::int8, 0xff, 0), -16);
  EXPECT_EQ(pe::nibble::term_value(Format::int8, 0xff, 1), 15);
}

TEST(MixpeA8Accumulator, GroupSumsAreExact) {
  for (const FormatRow& format : kFormats) {
    const auto accumulator =
        pe::pe("mixpe_a8").make(formats::group_format(format.name), formats::ActivationFormat::int8);
    for (uint64_t seed = 1; seed <= 30; ++seed) {
      std::mt19937_64 rng(seed);
      accumulator->reset();
      int64_t sum = 0;
      for (int i = 0; i < 200; ++i) {
        const auto a = static_cast<uint16_t>(rng());  // above the code: anything
        const auto slot = static_cast<uint16_t>(rng());
        accumulator->step(&a, &slot, 1, {});
        sum += shift_add(format, a % 256 < 128 ? a % 256 : a % 256 - 256, slot);
        // Below 2^24: fp32 holds it.
        ASSERT_EQ(formats::fp32_from_bits(accumulator->to_fp32()), sum) << format.name << " seed " << seed;
      }
    }
  }
}

/// Random rows of a PE with any codes and zero points; scales in 2^-7..2^1.
Dot random_dot(std::mt19937_64& rng, const char* pe, const FormatRow& format, size_t k) {
  Dot dot(pe, format.name);
  for (size_t i = 0; i < k; ++i) {
    dot.slots.push_back(static_cast<uint16_t>(rng() & (format.bits == 4 ? 15U : 255U)));
  }
  for (size_t g = 0; g <= dot.group_of(k - 1); ++g) {
    dot.groups.push_back({static_cast<uint16_t>(0x2000 + rng() % 0x2000), static_cast<uint8_t>(rng() % 16)});
  }
  return dot;
}

// s * (sum of a q - z * sum of a): the bracket is an exact integer, then one rounding each for the product
// and the sum over groups.
TEST(MixpeA8, WholeRowsAreDequantizedAfterTheGroup) {
  for (const FormatRow& format : kFormats) {
    for (uint64_t seed = 1; seed <= 40; ++seed) {
      std::mt19937_64 rng(seed);
      const size_t k = 1 + rng() % 400;
      Dot dot = random_dot(rng, "mixpe_a8", format, k);
      for (size_t i = 0; i < k; ++i) dot.acts.push_back(static_cast<uint16_t>(rng() & 0xffU));
      double output = 0;
      for (size_t i = 0; i < k;) {
        const size_t group = dot.group_of(i);
        const int zero = format.code == Format::uint4 ? dot.groups[group].tag : 0;
        int64_t sum = 0;
        for (; i < k && dot.group_of(i) == group; ++i) {
          const int64_t a = static_cast<int8_t>(dot.acts[i]);
          sum += shift_add(format, a, dot.slots[i]) - zero * a;
        }
        const double scale = std::ldexp(fp16_units(dot.groups[group].scale), -24);
        const double product = static_cast<float>(static_cast<double>(sum) * scale);
        output = static_cast<float>(output + product);
      }
      EXPECT_EQ(dot.golden(), formats::fp32_bits(static_cast<float>(output)))
          << format.name << " seed " << seed;
    }
  }
}

// Every term is an exact product, added with one rounding: followed with 128-bit integers in units of 2^-24.
TEST(MixpeA16Accumulator, EveryTermIsOneRoundingOfTheExactSum) {
  for (const FormatRow& format : kFormats) {
    const auto accumulator =
        pe::pe("mixpe_a16").make(formats::group_format(format.name), formats::ActivationFormat::fp16);
    for (uint64_t seed = 1; seed <= 40; ++seed) {
      std::mt19937_64 rng(seed);
      accumulator->reset();
      int128 sum = 0;
      for (int i = 0; i < 200; ++i) {
        const uint16_t a = finite(rng());
        const auto slot = static_cast<uint16_t>(rng());
        accumulator->step(&a, &slot, 1, {});
        const int64_t units = fp16_units(a);
        if (format.bits == 8) {  // the high nibble first
          const int128 high = shift_add(format, units, slot & 0xf0);
          sum = static_cast<int128>(static_cast<float>(sum + high));
          sum = static_cast<int128>(static_cast<float>(sum + shift_add(kFormats[1], units, slot)));
        } else {
          sum = static_cast<int128>(static_cast<float>(sum + shift_add(format, units, slot)));
        }
        ASSERT_EQ(accumulator->to_fp32(), formats::fp32_bits(std::ldexp(static_cast<float>(sum), -24)))
            << format.name << " seed " << seed << " step " << i;
      }
    }
  }
}

TEST(MixpeA16Accumulator, InfinityAndNanMarkTheGroupWhateverTheWeight) {
  for (const FormatRow& format : kFormats) {
    const auto accumulator =
        pe::pe("mixpe_a16").make(formats::group_format(format.name), formats::ActivationFormat::fp16);
    for (const uint16_t special : {uint16_t{0x7c00}, uint16_t{0xfc00}, uint16_t{0x7c01}, uint16_t{0xfe00}}) {
      for (const uint16_t slot : {uint16_t{0}, uint16_t{1}, uint16_t{0xf}}) {
        accumulator->reset();
        const uint16_t one = 0x3c00;
        accumulator->step(&special, &slot, 1, {});
        accumulator->step(&one, &one, 1, {});
        EXPECT_EQ(accumulator->to_fp32(), 0x7fc00000U) << format.name << " slot " << slot;
      }
    }
    accumulator->reset();
    EXPECT_EQ(accumulator->to_fp32(), 0U);
  }
}

// A zero never is negative: the sum starts at +0.
TEST(MixpeA16Accumulator, ZerosGivePlusZero) {
  const auto accumulator =
      pe::pe("mixpe_a16").make(formats::group_format("int4_g64"), formats::ActivationFormat::fp16);
  for (const uint16_t a : {uint16_t{0x0000}, uint16_t{0x8000}, uint16_t{0xbc00}}) {
    const uint16_t slot = a == 0xbc00 ? 0 : 9;
    accumulator->step(&a, &slot, 1, {});
    EXPECT_EQ(accumulator->to_fp32(), 0U);
  }
}

// The bound that docs/pe/mixpe.md states, and what the error really is. Units: 2^-24 of the scale, 2^-24 of
// the activation if it is fp16.
TEST(Mixpe, StaysWithinTheDocumentedBoundOnRealisticData) {
  constexpr int kRepeats = 40;
  constexpr double kBound = 1.0 / (1 << 20);
  for (const char* name : {"mixpe_a8", "mixpe_a16"}) {
    const bool is_fp16 = pe::pe(name).takes(formats::ActivationFormat::fp16);
    for (const FormatRow& format : kFormats) {
      for (const bool outliers : {false, true}) {
        double worst = 0;
        double total = 0;
        for (uint64_t seed = 1; seed <= kRepeats; ++seed) {
          std::mt19937_64 rng(seed);
          Dot dot = random_dot(rng, name, format, 4096);
          const std::vector<float> values = pe::exact::realistic(rng, outliers);
          if (is_fp16) {
            for (const float value : values) dot.acts.push_back(formats::fp16_from_float(value));
          } else {
            dot.acts = pe::exact::int8_codes(values);
          }
          const double error = dot.relative_error(is_fp16 ? -48 : -24, [&](size_t i) {
            const pe::GroupParameters& group = dot.groups[dot.group_of(i)];
            const int zero = format.code == Format::uint4 ? group.tag : 0;
            const int64_t a = is_fp16 ? fp16_units(dot.acts[i]) : int64_t{static_cast<int8_t>(dot.acts[i])};
            return int128{fp16_units(group.scale)} * a * (shift_add(format, 1, dot.slots[i]) - zero);
          });
          EXPECT_LE(error, kBound) << name << " " << format.name << " seed " << seed;
          worst = std::max(worst, error);
          total += error;
        }
        const std::string label =
            fmt::format("{}_{}_{}", name, format.name, outliers ? "outliers" : "gaussian");
        RecordProperty(label + "_max_relative_error", fmt::format("{:.3e}", worst));
        RecordProperty(label + "_mean_relative_error", fmt::format("{:.3e}", total / kRepeats));
        fmt::print("{:33} relative error of a 4096-long dot product: max {:.2e} mean {:.2e}\n", label, worst,
                   total / kRepeats);
      }
    }
  }
}

TEST(Mixpe, FormatsItCannotTakeAreRefused_bad) {
  for (const char* name : {"mixpe_a8", "mixpe_a16"}) {
    for (const char* format : {"int4_g1", "int4_asym_g65536", "int8_g128"}) {
      EXPECT_EQ(pe::pe(name).reject(formats::group_format(format)), std::nullopt) << name << " " << format;
    }
    for (const char* format : {"fp16", "int5_g128", "int4_ch", "int8_ch", "int8_asym_g128", "int4_s8_g128",
                               "int4_dgq_g128", "bitmod4_g128", "ant4_g128", "olive4_g128", "lut4_g128"}) {
      EXPECT_NE(pe::pe(name).reject(formats::group_format(format)), std::nullopt) << name << " " << format;
    }
  }
  EXPECT_FALSE(pe::pe("mixpe_a8").takes(formats::ActivationFormat::fp16));
  EXPECT_FALSE(pe::pe("mixpe_a16").takes(formats::ActivationFormat::int8));
}

TEST(Mixpe, DescribesItself) {
  for (const char* name : {"mixpe_a8", "mixpe_a16"}) {
    const pe::PeDescriptor& mixpe = pe::pe(name);
    const auto code = [&](const char* format) {
      return mixpe.format_code(formats::group_format(format), mixpe.activations.front());
    };
    EXPECT_EQ(code("int4_g128"), 0);
    EXPECT_EQ(code("int4_asym_g128"), 1);
    EXPECT_EQ(code("int8_g128"), 2);
    EXPECT_EQ(mixpe.cycles_per_step(formats::group_format("int4_asym_g128")), 1);
    EXPECT_EQ(mixpe.cycles_per_step(formats::group_format("int8_g128")), 2);
    EXPECT_EQ(mixpe.zero_point(formats::group_format("int4_asym_g128"), 255), 255);
    EXPECT_EQ(mixpe.zero_point(formats::group_format("int4_g128"), 255), 0);
    EXPECT_EQ(mixpe.one_slot(formats::group_format("int4_g128"), 0), 1);
  }
}

}  // namespace
