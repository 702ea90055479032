// SPDX-License-Identifier: Apache-2.0
// The OliVe PE against the value tables of the paper and exact integer arithmetic.
#include "models/pe/olive/olive.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/pe/integer_sums.h"

namespace {

using vernier::formats::ActivationFormat;
using vernier::formats::group_format;
using vernier::formats::GroupFormat;
using vernier::pe::olive::descriptor;
using vernier::pe::olive::pair_values;
using vernier::test::nearest_fp32;

// By code: int4, where 1000 marks a victim, and what the code is worth beside a victim: abfloat e2m1 with
// bias 2. 0000 there is never written and reads as 8.
constexpr int kNormal[16] = {0, 1, 2, 3, 4, 5, 6, 7, 0, -7, -6, -5, -4, -3, -2, -1};
constexpr int kOutlier[16] = {8, 12, 16, 24, 32, 48, 64, 96, 0, -12, -16, -24, -32, -48, -64, -96};

std::pair<int, int> table_pair(unsigned first, unsigned second) {
  return {second == 8 ? kOutlier[first] : kNormal[first], first == 8 ? kOutlier[second] : kNormal[second]};
}

int signed_byte(uint16_t slot) { return slot % 256 < 128 ? slot % 256 : slot % 256 - 256; }

uint8_t code_of(const char* format) {
  return descriptor().format_code(group_format(format), ActivationFormat::int8);
}

uint32_t group_sum(const std::string& format, const std::vector<uint16_t>& acts,
                   const std::vector<uint16_t>& slots, size_t lanes) {
  const auto accumulator = descriptor().make(group_format(format), ActivationFormat::int8);
  for (size_t i = 0; i < acts.size(); i += lanes) {
    accumulator->step(&acts[i], &slots[i], static_cast<int>(lanes), {0x3c00, 0});
  }
  return accumulator->to_fp32();
}

TEST(OlivePairs, EveryPairHasTheValuesOfTheTable) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const auto a = static_cast<uint16_t>(first | first << 8);
      const auto b = static_cast<uint16_t>(second | second << 8);
      const auto [x, y] = table_pair(first % 16, second % 16);
      const auto pair = pair_values(code_of("olive4_g128"), a, b);
      ASSERT_EQ(pair[0], x) << first << " " << second;
      ASSERT_EQ(pair[1], y) << first << " " << second;
      const auto bytes = pair_values(code_of("int8_g128"), a, b);
      ASSERT_EQ(bytes[0], signed_byte(a)) << first << " " << second;
      ASSERT_EQ(bytes[1], signed_byte(b)) << first << " " << second;
    }
  }
}

TEST(OliveAccumulator, EveryPairTimesEveryActivationIsExact) {
  for (uint16_t first = 0; first < 16; ++first) {
    for (uint16_t second = 0; second < 16; ++second) {
      const auto [x, y] = table_pair(first, second);
      for (int act = -128; act < 128; ++act) {
        const auto slot = static_cast<uint16_t>((act & 0xff) | 0xa500);
        ASSERT_EQ(group_sum("olive4_g128", {slot, 1}, {first, second}, 2), nearest_fp32(act * x + y));
        ASSERT_EQ(group_sum("olive4_g128", {1, slot}, {first, second}, 2), nearest_fp32(x + act * y));
      }
    }
  }
}

// The same weights and activations at every number of lanes: pairs are the same.
TEST(OliveAccumulator, GroupSumsAreExactUntilTheOneConversion) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 rng(seed);
    const bool int8 = rng() % 2 == 0;
    const size_t count = 24 * (1 + rng() % (seed % 10 == 0 ? 1000 : 12));
    std::vector<uint16_t> acts, slots;
    int64_t exact = 0;
    for (size_t i = 0; i < count; ++i) {
      acts.push_back(static_cast<uint16_t>(rng() & 0xffU));
      // One code in four marks a victim.
      slots.push_back(static_cast<uint16_t>(rng() % 4 == 0 ? 8 : rng() & (int8 ? 0xffU : 15U)));
    }
    for (size_t i = 0; i < count; i += 2) {
      const auto [x, y] = int8 ? std::pair(signed_byte(slots[i]), signed_byte(slots[i + 1]))
                               : table_pair(slots[i], slots[i + 1]);
      exact += int64_t{signed_byte(acts[i])} * x + int64_t{signed_byte(acts[i + 1])} * y;
    }
    for (const size_t lanes : {2U, 4U, 6U, 8U}) {
      EXPECT_EQ(group_sum(int8 ? "int8_g65520" : "olive4_g65520", acts, slots, lanes), nearest_fp32(exact))
          << "seed " << seed << " lanes " << lanes;
    }
  }
}

TEST(OliveAccumulator, TheLargestGroupsFitTheRegister) {
  const std::vector<uint16_t> acts(65536, 0x80);
  std::vector<uint16_t> slots;
  for (size_t i = 0; i < acts.size(); ++i) slots.push_back(i % 2 == 0 ? 15 : 8);  // -96 and its victim
  EXPECT_EQ(group_sum("olive4_g65536", acts, slots, 8), nearest_fp32(int64_t{32768} * 96 * 128));
  EXPECT_EQ(group_sum("int8_g65536", acts, std::vector<uint16_t>(acts.size(), 0x80), 8),
            nearest_fp32(int64_t{1} << 30));
}

TEST(OliveDescriptor, TakesItsTwoFormats) {
  const auto& olive = descriptor();
  EXPECT_EQ(olive.reject(group_format("olive4_g65536")), std::nullopt);
  EXPECT_EQ(olive.reject(group_format("int8_g128")), std::nullopt);
  EXPECT_EQ(olive.cycles_per_step(group_format("olive4_g128")), 1);
  EXPECT_EQ(olive.cycles_per_step(group_format("int8_g128")), 2);
  EXPECT_EQ(olive.tail_cycles, 2 + 4);  // docs/array.md: P + 4
  EXPECT_TRUE(olive.edge_dequantizer);
  EXPECT_EQ(olive.zero_point, nullptr);
}

TEST(OliveDescriptor, FormatsItCannotTakeAreRefusedWithAReason_bad) {
  for (const char* name :
       {"fp16", "int4_g128", "int8_asym_g128", "int8_s8_g128", "bitmod4_g128", "ant4_g128"}) {
    EXPECT_NE(descriptor().reject(group_format(name)), std::nullopt) << name;
  }
  GroupFormat format = group_format("int8_g65536");
  format.group_size = 131072;  // 128 * 128 * G = 2^31
  EXPECT_NE(descriptor().reject(format), std::nullopt);
}

}  // namespace
