// SPDX-License-Identifier: Apache-2.0
// ant4: every code against the value lists of the paper, and groups worked by hand. The search over all types
// is in quantize_test.cpp.
#include "models/formats/ant.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "models/formats/element_format.h"
#include "models/formats/group_format.h"

namespace vernier::formats {
namespace {

TEST(Ant, EveryCodeOfEveryType) {
  const GroupFormat format = group_format("ant4_g128");
  const int expected[3][16] = {{0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1},
                               {0, 1, 2, 3, 4, 6, 8, 16, 0, -1, -2, -3, -4, -6, -8, -16},
                               {0, 1, 2, 4, 8, 16, 32, 64, 0, -1, -2, -4, -8, -16, -32, -64}};
  const char* const elements[] = {"int4", "flint4", "pot4"};
  for (int type = 0; type < 3; ++type) {
    const auto element = element_format(elements[type]);
    for (uint16_t code = 0; code < 16; ++code) {
      EXPECT_EQ(format.integer_value(code, type), expected[type][code]) << type << " " << code;
      if (element->is_valid(code)) {
        EXPECT_EQ(element->decode(code), expected[type][code]) << "the element format";
      }
    }
  }
  EXPECT_EQ(format.max_integer(), 64);
  EXPECT_EQ(format.unit(), 1.0);
  EXPECT_EQ(format.zero_code(), 0);
  EXPECT_THROW((void)format.integer_value(0, 3), InternalError);
}

TEST(Ant, GroupsByHand) {
  const float values[] = {
      7,  -6, 5, 3,   // steps of one
      16, -8, 3, 6,   // flint only: pot has no 3 and 6, int would have steps of 16/7
      64, -2, 8, 0,   // pot only
      8,  4,  2, 0,   // scale 1/2 in flint and 1/8 in pot, both exact: flint, the first
      0,  0,  0, 0,   // exact in all
      -7, 2,  9, 18,  // the 5th group: none is exact
  };
  const QuantizedMatrix q = quantize(values, 6, 4, group_format("ant4_g4"));
  EXPECT_EQ(std::vector<uint8_t>(q.selectors.begin(), q.selectors.begin() + 5),
            (std::vector<uint8_t>{0, 1, 2, 1, 0}));
  const std::vector<uint16_t> codes{7, 10, 5, 3, 7, 14, 3, 5, 7, 10, 4, 0, 7, 6, 4, 0, 0, 0, 0, 0};
  EXPECT_EQ(std::vector<uint16_t>(q.codes.begin(), q.codes.begin() + 20), codes);
  EXPECT_EQ(q.scales[0], 0x3c00);
  EXPECT_EQ(q.scales[1], 0x3c00);
  EXPECT_EQ(q.scales[2], 0x3c00);
  EXPECT_EQ(q.scales[3], 0x3800);
  for (size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(q.value(static_cast<int64_t>(i / 4), static_cast<int64_t>(i % 4)), values[i]);
  }
  EXPECT_EQ(q.tag(3), 1);
  EXPECT_EQ(q.find_unused(), "");
  EXPECT_TRUE(q.channel_scales.empty() && q.zero_points.empty());
}

TEST(Ant, TypeThatDoesNotExist_bad) {
  const float values[] = {1, 2, 3, 4, 5, 6};
  QuantizedMatrix q = quantize(values, 1, 6, group_format("ant4_g4"));
  q.selectors[1] = 3;
  EXPECT_EQ(q.find_unused(), "ant4_g4 weight [0][4]: selector 3 is no type");
  EXPECT_THROW((void)q.value(0, 5), InternalError);
}

}  // namespace
}  // namespace vernier::formats
