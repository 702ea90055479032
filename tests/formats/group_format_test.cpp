// SPDX-License-Identifier: Apache-2.0
#include "models/formats/group_format.h"

#include <gtest/gtest.h>

#include "base/error.h"

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
  EXPECT_EQ(list_formats().size(), 6U);
}

TEST(GroupFormat, BitsPerWeight) {
  EXPECT_EQ(group_format("bitmod3_g128").published_bits_per_weight(), 3.0625);  // BitMoD, table of results
  EXPECT_EQ(group_format("bitmod4_g128").published_bits_per_weight(), 4.0625);
  EXPECT_EQ(group_format("bitmod3_g128").bits_per_weight(4096), 3 + 10.0 / 128 + 16.0 / 4096);
  EXPECT_EQ(group_format("int4_g128").bits_per_weight(4096), 4.125);
  EXPECT_EQ(group_format("int4_asym_g128").bits_per_weight(4096), 4 + 20.0 / 128);
  EXPECT_EQ(group_format("fp16").bits_per_weight(100), 16);
  EXPECT_EQ(group_format("int4_g128").bits_per_weight(129), 4 + 2 * 16.0 / 129);
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
}

}  // namespace
}  // namespace vernier::formats
