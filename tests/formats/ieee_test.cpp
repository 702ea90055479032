// SPDX-License-Identifier: Apache-2.0
// Witness: the definition of each format in ldexp, and the C library's rounding in double precision.
#include "models/formats/ieee.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace vernier::formats {
namespace {

struct Layout {
  int exponent_bits, mantissa_bits;
  bool has_infinity;
};

double value_by_definition(const Layout& f, uint32_t code) {
  const int bias = (1 << (f.exponent_bits - 1)) - 1;
  const uint32_t mantissa = code & ((1U << f.mantissa_bits) - 1);
  const int field = static_cast<int>(code >> f.mantissa_bits) & ((1 << f.exponent_bits) - 1);
  const bool negative = (code >> (f.exponent_bits + f.mantissa_bits)) & 1U;
  const bool top = field == (1 << f.exponent_bits) - 1;
  double value;
  if (top && f.has_infinity) {
    value = mantissa == 0 ? HUGE_VAL : std::nan("");
  } else if (top && mantissa == (1U << f.mantissa_bits) - 1) {
    value = std::nan("");
  } else if (field == 0) {
    value = std::ldexp(mantissa, 1 - bias - f.mantissa_bits);
  } else {
    value = std::ldexp(1.0 + std::ldexp(mantissa, -f.mantissa_bits), field - bias);
  }
  return negative ? -value : value;
}

/// Rounds |x| with the library's nearest-even rounding at the unit of its binade.
double round_by_definition(const Layout& f, double x) {
  if (x == 0 || std::isnan(x) || std::isinf(x)) return x;
  const int bias = (1 << (f.exponent_bits - 1)) - 1;
  const int exponent = std::max(std::ilogb(x), 1 - bias);
  const double unit = std::ldexp(1.0, exponent - f.mantissa_bits);
  return std::nearbyint(x / unit) * unit;
}

template <typename Code, typename To, typename From>
void check_format(const Layout& f, Code nan, double largest, To to_float, From from_float) {
  const uint32_t codes = 1U << (1 + f.exponent_bits + f.mantissa_bits);
  std::vector<float> finite;
  for (uint32_t c = 0; c < codes; ++c) {
    const double expected = value_by_definition(f, c);
    const float actual = to_float(static_cast<Code>(c));
    if (std::isnan(expected)) {
      ASSERT_EQ(fp32_bits(actual), 0x7fc00000U) << "code " << c;
      ASSERT_EQ(from_float(actual), nan) << "code " << c;
      continue;
    }
    ASSERT_EQ(static_cast<double>(actual), expected) << "code " << c;
    ASSERT_EQ(std::signbit(actual), std::signbit(expected)) << "code " << c;
    if (std::isinf(expected)) {
      if (f.has_infinity) {
        ASSERT_EQ(from_float(actual), c);
      }
      continue;
    }
    ASSERT_EQ(from_float(actual), c) << "code " << c;
    if (!std::signbit(actual)) finite.push_back(actual);
  }
  ASSERT_EQ(static_cast<double>(finite.back()), largest);
  // Around every boundary between two neighbours: below, at (tie to even) and above the midpoint.
  for (size_t i = 0; i + 1 < finite.size(); ++i) {
    const double midpoint = (static_cast<double>(finite[i]) + finite[i + 1]) / 2;
    const float tie = static_cast<float>(midpoint);
    const size_t even = i % 2 == 0 ? i : i + 1;
    const uint32_t sign = codes / 2;
    const float below = std::nextafter(tie, 0.0F), above = std::nextafter(tie, HUGE_VALF);
    if (static_cast<double>(tie) == midpoint) {
      ASSERT_EQ(from_float(tie), even) << tie;
      ASSERT_EQ(from_float(-tie), even | sign) << tie;
    }
    if (below >= finite[i]) {
      ASSERT_EQ(from_float(below), i) << below;
    }
    if (above <= finite[i + 1]) {
      ASSERT_EQ(from_float(above), i + 1) << above;
    }
  }
  // Random floats of every binade against the library's rounding.
  std::mt19937 random(12345);
  for (int i = 0; i < 200000; ++i) {
    const float x = fp32_from_bits(static_cast<uint32_t>(random()));
    if (std::isnan(x)) {
      ASSERT_EQ(from_float(x), nan);
      continue;
    }
    double expected = round_by_definition(f, x);
    if (std::fabs(expected) > largest) expected = std::copysign(f.has_infinity ? HUGE_VAL : largest, x);
    const float actual = to_float(from_float(x));
    ASSERT_EQ(static_cast<double>(actual), expected) << "bits " << fp32_bits(x);
    ASSERT_EQ(std::signbit(actual), std::signbit(x)) << "bits " << fp32_bits(x);
  }
}

TEST(Ieee, Fp16) { check_format<uint16_t>({5, 10, true}, 0x7e00, 65504, fp16_to_float, fp16_from_float); }

TEST(Ieee, Bf16) {
  check_format<uint16_t>({8, 7, true}, 0x7fc0, std::ldexp(255.0, 120), bf16_to_float, bf16_from_float);
}

TEST(Ieee, Fp8E4m3) {
  check_format<uint8_t>({4, 3, false}, 0x7f, 448, fp8_e4m3_to_float, fp8_e4m3_from_float);
  EXPECT_EQ(fp8_e4m3_from_float(HUGE_VALF), 0x7e);
  EXPECT_EQ(fp8_e4m3_from_float(-HUGE_VALF), 0xfe);
}

TEST(Ieee, Fp8E5m2) {
  check_format<uint8_t>({5, 2, true}, 0x7e, 57344, fp8_e5m2_to_float, fp8_e5m2_from_float);
}

TEST(Ieee, Fp16Limits) {
  EXPECT_EQ(fp16_from_float(65519.996F), 0x7bff);
  EXPECT_EQ(fp16_from_float(65520.0F), 0x7c00);  // the tie goes to the even code, infinity
  EXPECT_EQ(fp16_from_float(std::ldexp(1.0F, -25)), 0x0000);
  EXPECT_EQ(fp16_from_float(std::nextafter(std::ldexp(1.0F, -25), 1.0F)), 0x0001);
  EXPECT_EQ(fp16_from_float(-0.0F), 0x8000);
  EXPECT_EQ(fp16_from_float(std::numeric_limits<float>::denorm_min()), 0x0000);
}

TEST(Ieee, CanonicalNan) {
  EXPECT_EQ(fp32_canonical_bits(fp32_from_bits(0xffc00001)), 0x7fc00000U);
  EXPECT_EQ(fp32_bits(fp32_canonical(fp32_from_bits(0x7f800001))), 0x7fc00000U);
  EXPECT_EQ(fp32_canonical_bits(-1.5F), 0xbfc00000U);
}

}  // namespace
}  // namespace vernier::formats
