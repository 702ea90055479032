// SPDX-License-Identifier: Apache-2.0
#include "models/formats/terms.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"

namespace vernier::formats {
namespace {

TEST(Terms, EveryIntegerIsTheSumOfItsBoothDigits) {
  const std::map<int, int> term_counts{{2, 1}, {3, 2}, {4, 2}, {5, 3}, {6, 3}, {7, 4}, {8, 4}};
  for (const auto& [bits, count] : term_counts) {
    const GroupFormat format = group_format("int" + std::to_string(bits) + "_s8_g8");
    ASSERT_EQ(term_count(format), count);
    for (int value = -(1 << (bits - 1)); value < 1 << (bits - 1); ++value) {
      const Terms terms = weight_terms(format, static_cast<uint16_t>(value & ((1 << bits) - 1)), 0);
      int sum = 0;
      for (int i = 0; i < kMaxTerms; ++i) {
        const Term& term = terms[static_cast<size_t>(i)];
        if (!term.valid) {
          ASSERT_EQ(term, Term{});
          continue;
        }
        ASSERT_LT(i, count);
        ASSERT_TRUE(term.shift == 2 * i || term.shift == 2 * i + 1);  // a digit times 4^i
        sum += (term.negative ? -1 : 1) * (1 << term.shift);
      }
      ASSERT_EQ(sum, value) << bits << " bits";
    }
  }
}

TEST(Terms, BoothDigitsByHand) {
  // 7 = 8 - 1, 6 = 8 - 2, 5 = 4 + 1, -8 = -8, 2 = 4 - 2: the digits of radix 4 are -2..2.
  const GroupFormat format = group_format("int4_g32");
  const auto value = [&](int code, size_t i) {
    return weight_terms(format, static_cast<uint16_t>(code), 0)[i].value();
  };
  EXPECT_EQ(value(7, 0), -1);
  EXPECT_EQ(value(7, 1), 8);
  EXPECT_EQ(value(6, 0), -2);
  EXPECT_EQ(value(6, 1), 8);
  EXPECT_EQ(value(5, 0), 1);
  EXPECT_EQ(value(5, 1), 4);
  EXPECT_EQ(value(2, 0), -2);
  EXPECT_EQ(value(2, 1), 4);
  EXPECT_EQ(value(8, 0), 0);
  EXPECT_EQ(value(8, 1), -8);
}

TEST(Terms, BitmodByTable) {
  // magnitude -> the two signed powers of docs/array.md, larger first; 0 = no term.
  const std::map<int, std::pair<int, int>> table{{0, {0, 0}},    {1, {1, 0}},  {2, {2, 0}}, {3, {4, -1}},
                                                 {4, {4, 0}},    {6, {8, -2}}, {8, {8, 0}}, {10, {8, 2}},
                                                 {12, {16, -4}}, {16, {16, 0}}};
  for (const char* name : {"bitmod3_g128", "bitmod4_g128"}) {
    const GroupFormat format = group_format(name);
    ASSERT_EQ(term_count(format), 2);
    for (int selector = 0; selector < 4; ++selector) {
      for (int code = 0; code < 1 << format.element_bits; ++code) {
        const int value = format.integer_value(static_cast<uint16_t>(code), selector);
        const int sign = value < 0 ? -1 : 1;
        const auto& [first, second] = table.at(value * sign);
        const Terms terms = weight_terms(format, static_cast<uint16_t>(code), selector);
        EXPECT_EQ(terms[0].value(), sign * first) << value;
        EXPECT_EQ(terms[1].value(), sign * second) << value;
        EXPECT_EQ(terms[0].valid, first != 0);
        EXPECT_EQ(terms[1].valid, second != 0);
        EXPECT_EQ(terms[2], Term{});
        EXPECT_EQ(terms[3], Term{});
      }
    }
  }
}

TEST(Terms, FormatsWithoutTerms) {
  EXPECT_THROW((void)term_count(group_format("fp16")), InputError);
  EXPECT_THROW((void)term_count(group_format("int4_asym_g32")), InputError);
  EXPECT_THROW((void)term_count(group_format("ant4_g32")), InputError);
  EXPECT_THROW((void)term_count(group_format("olive4_g32")), InputError);
  EXPECT_THROW((void)term_count(group_format("lut4_g32")), InputError);
  EXPECT_EQ(term_count(group_format("int8_ch")), 4);
}

}  // namespace
}  // namespace vernier::formats
