// SPDX-License-Identifier: Apache-2.0
#include "models/formats/group_format.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "tests/formats/format_names.h"

namespace vernier::formats {
namespace {

TEST(GroupFormat, Fields) {
  const GroupFormat bitmod4 = group_format("bitmod4_g128");
  EXPECT_EQ(bitmod4.element_bits, 4);
  EXPECT_EQ(bitmod4.group_size, 128);
  EXPECT_EQ(bitmod4.element, "fp4");
  EXPECT_EQ(bitmod4.group_meta_bits(), 10);
  EXPECT_TRUE(bitmod4.has_channel_scale());
  EXPECT_EQ(bitmod4.unit(), 0.5);
  EXPECT_EQ(bitmod4.max_integer(), 16);
  const GroupFormat asym = group_format("int3_asym_g64");
  EXPECT_EQ(asym.element, "uint3");
  EXPECT_EQ(asym.group_meta_bits(), 19);
  EXPECT_FALSE(asym.has_channel_scale());
  const GroupFormat fp16 = group_format("fp16");
  EXPECT_EQ(fp16.element_bits, 16);
  EXPECT_EQ(fp16.group_meta_bits(), 0);
  EXPECT_EQ(fp16.groups(4096), 1);
  EXPECT_EQ(group_format("int6_s8_g128").group_meta_bits(), 8);
  EXPECT_EQ(group_format("int8_g32").group_meta_bits(), 16);
  EXPECT_EQ(group_format("int8_g32").groups(65), 3);
  EXPECT_EQ(group_format("int8_g32").max_integer(), 128);
  EXPECT_EQ(list_formats().size(), 12U);
}

TEST(GroupFormat, FieldsOfTheNewFamilies) {
  const GroupFormat channel = group_format("int8_ch");
  EXPECT_EQ(channel.element, "int8");
  EXPECT_EQ(channel.group_size, 0);
  EXPECT_EQ(channel.scale_kind, ScaleKind::channel);
  EXPECT_TRUE(channel.has_channel_scale());
  EXPECT_EQ(channel.group_meta_bits(), 0);
  EXPECT_EQ(channel.groups(4096), 1);
  EXPECT_EQ(channel.max_integer(), 128);
  const GroupFormat dual = group_format("int4_dgq_g128");
  EXPECT_EQ(dual.element, "int4");
  EXPECT_EQ(dual.scale_kind, ScaleKind::two_level);
  EXPECT_TRUE(dual.dual_grained && dual.has_channel_scale());
  EXPECT_EQ(dual.group_meta_bits(), 8);
  EXPECT_FALSE(group_format("int4_s8_g128").dual_grained);
  const GroupFormat ant = group_format("ant4_g64");
  EXPECT_EQ(ant.element, "ant4");
  EXPECT_EQ(ant.scale_kind, ScaleKind::fp16);
  EXPECT_EQ(ant.group_meta_bits(), 18);
  EXPECT_EQ(ant.coding, Coding::ant);
  const GroupFormat olive = group_format("olive4_g2");
  EXPECT_EQ(olive.element, "olive4");
  EXPECT_EQ(olive.group_meta_bits(), 16);
  EXPECT_EQ(olive.coding, Coding::olive);
  const GroupFormat lut = group_format("lut3_asym_g128");
  EXPECT_EQ(lut.element, "lut3");
  EXPECT_TRUE(lut.asymmetric);
  EXPECT_EQ(lut.group_meta_bits(), 19);
  EXPECT_EQ(lut.coding, Coding::lut);
  EXPECT_EQ(group_format("lut1_g4").group_meta_bits(), 16);
  EXPECT_EQ(group_format("fp16").coding, Coding::fp16);
  EXPECT_EQ(group_format("bitmod3_g128").coding, Coding::bitmod);
  EXPECT_EQ(group_format("int4_asym_g128").coding, Coding::integer);
}

TEST(GroupFormat, BitsPerWeight) {
  EXPECT_EQ(group_format("bitmod3_g128").published_bits_per_weight(), 3.0625);  // BitMoD, table of results
  EXPECT_EQ(group_format("bitmod4_g128").published_bits_per_weight(), 4.0625);
  EXPECT_EQ(group_format("bitmod3_g128").bits_per_weight(4096), 3 + 10.0 / 128 + 16.0 / 4096);
  EXPECT_EQ(group_format("int4_g128").bits_per_weight(4096), 4.125);
  EXPECT_EQ(group_format("int4_asym_g128").bits_per_weight(4096), 4 + 20.0 / 128);
  EXPECT_EQ(group_format("fp16").bits_per_weight(100), 16);
  EXPECT_EQ(group_format("int4_g128").bits_per_weight(129), 4 + 2 * 16.0 / 129);
  EXPECT_EQ(group_format("int8_ch").bits_per_weight(4096), 8 + 16.0 / 4096);
  EXPECT_EQ(group_format("int8_ch").published_bits_per_weight(), 8);
  EXPECT_EQ(group_format("int4_dgq_g128").bits_per_weight(4096), 4 + 8.0 / 128 + 16.0 / 4096);
  EXPECT_EQ(group_format("ant4_g128").bits_per_weight(4096), 4 + 18.0 / 128);
  EXPECT_EQ(group_format("ant4_g128").published_bits_per_weight(), 4.125);
  EXPECT_EQ(group_format("olive4_g128").bits_per_weight(4096), 4.125);
  EXPECT_EQ(group_format("lut2_g128").bits_per_weight(4096), 2.125);
  EXPECT_EQ(group_format("lut2_asym_g128").bits_per_weight(4096), 2 + 18.0 / 128);
  EXPECT_EQ(group_format("lut1_g64").bits_per_weight(96), 1 + 2 * 16.0 / 96);
}

TEST(GroupFormat, IntegerValuesOfBitmod) {
  // The value lists of the BitMoD source, as sets: each code once, each value once.
  const std::vector<std::vector<int>> fp4{
      {-12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 10, 12},
      {-12, -10, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 12},
      {-12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 12, 16},
      {-16, -12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 12},
  };
  const std::vector<std::vector<int>> fp3{{-4, -2, -1, 0, 1, 2, 3, 4},
                                          {-4, -3, -2, -1, 0, 1, 2, 4},
                                          {-4, -2, -1, 0, 1, 2, 4, 6},
                                          {-6, -4, -2, -1, 0, 1, 2, 4}};
  for (int bits : {3, 4}) {
    const GroupFormat format = group_format("bitmod" + std::to_string(bits) + "_g128");
    for (int selector = 0; selector < 4; ++selector) {
      std::vector<int> values;
      for (int code = 0; code < 1 << bits; ++code) {
        values.push_back(format.integer_value(static_cast<uint16_t>(code), selector));
      }
      const int special = 1 << (bits - 1);
      for (int code = 1; code < special; ++code) {  // sign and magnitude
        EXPECT_EQ(values[static_cast<size_t>(code)], -values[static_cast<size_t>(code + special)]);
        EXPECT_GT(values[static_cast<size_t>(code)], values[static_cast<size_t>(code - 1)]);
      }
      EXPECT_EQ(values[format.zero_code()], 0);
      std::sort(values.begin(), values.end());
      EXPECT_EQ(values, (bits == 4 ? fp4 : fp3)[static_cast<size_t>(selector)]);
    }
  }
}

TEST(GroupFormat, IntegerValuesOfIntegers) {
  const GroupFormat int5 = group_format("int5_s8_g16"), uint5 = group_format("int5_asym_g16");
  for (int code = 0; code < 32; ++code) {
    EXPECT_EQ(int5.integer_value(static_cast<uint16_t>(code), 0), code < 16 ? code : code - 32);
    EXPECT_EQ(uint5.integer_value(static_cast<uint16_t>(code), 0), code);
  }
}

void expect_error(const std::string& name, const std::string& text) {
  try {
    (void)group_format(name);
    FAIL() << name;
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().at(0).code, "FMT001");
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
  }
}

TEST(GroupFormat, UnknownNames) {
  expect_error("bitmod5_g128", "did you mean 'bitmod3_g128'");
  expect_error("bitmod4-g128", "did you mean 'bitmod4_g128'");
  expect_error("int9_g128", "9 bits is not in 2..8");
  expect_error("int4_g0", "group size 0 is not in 1..65536");
  expect_error("int4_g70000", "70000");
  expect_error("int4_asym_s8_g32", "intN_asym_gG");
  expect_error("int4", "allowed");
  expect_error("", "allowed");
  expect_error("int4_g128x", "did you mean 'int4_g128'");
  expect_error("int9_ch", "9 bits is not in 2..8");
  expect_error("int4_chan", "did you mean 'int4_ch'");
  expect_error("int4_ch_g128", "is not a weight format");
  expect_error("int8_dgq_g128", "dual-grained weights have 4 bits, not 8");
  expect_error("int4_dqg_g128", "did you mean 'int4_dgq_g128'");
  expect_error("ant_g128", "did you mean 'ant4_g128'");
  expect_error("ant5_g128", "did you mean 'ant4_g128'");
  expect_error("oliv4_g64", "did you mean 'olive4_g64'");
  expect_error("olive4_g7", "group size 7 is not a multiple of 2");
  expect_error("lut4_g6", "group size 6 is not a multiple of 4");
  expect_error("lut4_asym_g0", "group size 0 is not in 1..65536");
  expect_error("lut0_g4", "0 bits is not in 1..8");
  expect_error("lut9_g4", "9 bits is not in 1..8");
  expect_error("lut4_s8_g32", "lutN_asym_gG");
  expect_error("lut4", "allowed");
}

// Names with characters changed, taken out and put in: each is a format of just that name or FMT001.
TEST(GroupFormat, DamagedNames_bad) {
  const uint32_t seed = 606;
  std::mt19937 random(seed);
  const std::string alphabet = "0123456789_abdefghilmnopqrstuvy %{";
  int read = 0, refused = 0;
  for (const std::string& whole : one_name_each()) {
    for (int i = 0; i < 300; ++i) {
      std::string name = whole;
      for (auto n = random() % 3 + 1; n > 0 && !name.empty(); --n) {
        const size_t at = random() % name.size();
        const char c = alphabet[random() % alphabet.size()];
        switch (random() % 3) {
          case 0:
            name[at] = c;
            break;
          case 1:
            name.erase(at, 1);
            break;
          default:
            name.insert(at, 1, c);
        }
      }
      try {
        const GroupFormat format = group_format(name);
        ++read;
        EXPECT_EQ(format.name, name);
        EXPECT_TRUE(format.element_bits >= 1 && format.element_bits <= 16) << name;
        EXPECT_EQ(format.group_size % format.coded_together(), 0) << name;
      } catch (const InputError& error) {
        ++refused;
        EXPECT_EQ(error.diagnostics().at(0).code, "FMT001") << "seed " << seed << ": " << name;
      }
    }
  }
  EXPECT_GT(read, 75);
  EXPECT_GT(refused, 1500);
}

}  // namespace
}  // namespace vernier::formats
