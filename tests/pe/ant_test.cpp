// SPDX-License-Identifier: Apache-2.0
// The ANT PE against the value tables of the paper and exact integer arithmetic.
#include "models/pe/ant/ant.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/pe/integer_sums.h"

namespace {

using vernier::formats::ActivationFormat;
using vernier::formats::group_format;
using vernier::formats::GroupFormat;
using vernier::pe::GroupParameters;
using vernier::pe::ant::descriptor;
using vernier::test::nearest_fp32;

// Values by code; tag 3 is never written and reads as tag 2.
constexpr int kTable[4][16] = {{0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1},       // int4
                               {0, 1, 2, 3, 4, 6, 8, 16, 0, -1, -2, -3, -4, -6, -8, -16},      // flint4
                               {0, 1, 2, 4, 8, 16, 32, 64, 0, -1, -2, -4, -8, -16, -32, -64},  // pot4
                               {0, 1, 2, 4, 8, 16, 32, 64, 0, -1, -2, -4, -8, -16, -32, -64}};

uint32_t group_sum(const std::string& format, const std::vector<uint16_t>& acts,
                   const std::vector<uint16_t>& slots, uint8_t tag) {
  const auto accumulator = descriptor().make(group_format(format), ActivationFormat::int8);
  for (size_t i = 0; i < acts.size(); ++i) accumulator->step(&acts[i], &slots[i], 1, {0x3c00, tag});
  return accumulator->to_fp32();
}

TEST(AntWeights, EveryCodeOfEveryTypeHasTheValueOfTheTable) {
  const uint8_t ant4 = descriptor().format_code(group_format("ant4_g128"), ActivationFormat::int8);
  for (int tag = 0; tag < 256; ++tag) {
    for (int slot = 0; slot < 65536; slot += tag < 4 ? 1 : 257) {
      ASSERT_EQ(vernier::pe::ant::weight_value(ant4, static_cast<uint16_t>(slot),
                                               GroupParameters{0, static_cast<uint8_t>(tag)}),
                kTable[tag % 4][slot % 16])
          << "slot " << slot << " tag " << tag;
    }
  }
}

TEST(AntAccumulator, EveryProductIsExact) {
  for (int act = -128; act < 128; ++act) {
    // What the array does not show the PE is above the low byte.
    const auto slot = static_cast<uint16_t>((act & 0xff) | 0x5a00);
    for (int tag = 0; tag < 4; ++tag) {
      for (int code = 0; code < 16; ++code) {
        ASSERT_EQ(group_sum("ant4_g128", {slot}, {static_cast<uint16_t>(code)}, static_cast<uint8_t>(tag)),
                  nearest_fp32(int64_t{act} * kTable[tag][code]))
            << act << " x code " << code << " of type " << tag;
      }
    }
    for (int weight = -128; weight < 128; ++weight) {
      ASSERT_EQ(group_sum("int8_g128", {slot}, {static_cast<uint16_t>(weight & 0xff)}, 1),
                nearest_fp32(int64_t{act} * weight))
          << act << " x " << weight;
    }
  }
}

TEST(AntAccumulator, GroupSumsAreExactUntilTheOneConversion) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 rng(seed);
    const bool int8 = rng() % 2 == 0;
    const auto tag = static_cast<uint8_t>(rng() % 4);
    const size_t count = 1 + rng() % (seed % 10 == 0 ? 20000 : 300);
    std::vector<uint16_t> acts, slots;
    int64_t exact = 0;
    for (size_t i = 0; i < count; ++i) {
      acts.push_back(static_cast<uint16_t>(rng() & 0xffU));
      slots.push_back(static_cast<uint16_t>(rng() & (int8 ? 0xffU : 15U)));
      const int weight = int8 ? (slots[i] < 128 ? slots[i] : slots[i] - 256) : kTable[tag][slots[i]];
      exact += int64_t{acts[i] < 128 ? acts[i] : acts[i] - 256} * weight;
    }
    EXPECT_EQ(group_sum(int8 ? "int8_g65536" : "ant4_g65536", acts, slots, tag), nearest_fp32(exact))
        << "seed " << seed;
  }
}

TEST(AntAccumulator, TheLargestGroupsFitTheRegister) {
  const std::vector<uint16_t> acts(65536, 0x80);
  EXPECT_EQ(group_sum("ant4_g65536", acts, std::vector<uint16_t>(acts.size(), 15), 2),
            nearest_fp32(int64_t{1} << 29));
  EXPECT_EQ(group_sum("int8_g65536", acts, std::vector<uint16_t>(acts.size(), 0x80), 0),
            nearest_fp32(int64_t{1} << 30));
}

TEST(AntDescriptor, TakesItsTwoFormats) {
  const auto& ant = descriptor();
  EXPECT_EQ(ant.reject(group_format("ant4_g65536")), std::nullopt);
  EXPECT_EQ(ant.reject(group_format("int8_g128")), std::nullopt);
  EXPECT_EQ(ant.cycles_per_step(group_format("ant4_g128")), 1);
  EXPECT_EQ(ant.cycles_per_step(group_format("int8_g128")), 2);
  EXPECT_EQ(ant.tail_cycles, 2 + 4);  // docs/array.md: P + 4
  EXPECT_TRUE(ant.edge_dequantizer);
  EXPECT_EQ(ant.zero_point, nullptr);
}

TEST(AntDescriptor, FormatsItCannotTakeAreRefusedWithAReason_bad) {
  for (const char* name :
       {"fp16", "int4_g128", "int8_asym_g128", "int8_s8_g128", "bitmod4_g128", "olive4_g128"}) {
    EXPECT_NE(descriptor().reject(group_format(name)), std::nullopt) << name;
  }
  // 128 * 128 * G < 2^31
  GroupFormat format = group_format("int8_g65536");
  format.group_size = 131071;
  EXPECT_EQ(descriptor().reject(format), std::nullopt);
  format.group_size = 131072;
  EXPECT_NE(descriptor().reject(format), std::nullopt);
}

}  // namespace
