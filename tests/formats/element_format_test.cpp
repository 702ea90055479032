// SPDX-License-Identifier: Apache-2.0
// Every code of every element format against lists and definitions written down here, and encode against a
// search of the whole value set.
#include "models/formats/element_format.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <random>

#include "base/error.h"
#include "models/formats/ieee.h"

namespace vernier::formats {
namespace {

using Values = std::vector<std::optional<double>>;  // by code; nullopt = no such code
constexpr std::nullopt_t X = std::nullopt;

/// The rule of the header by exhaustive search: nearest, then even code, then smaller magnitude, then lower.
uint32_t search(const Values& values, double x) {
  std::optional<uint32_t> best;
  for (uint32_t c = 0; c < values.size(); ++c) {
    if (!values[c] || !std::isfinite(*values[c])) continue;
    if (!best) {
      best = c;
      continue;
    }
    const long double distance = std::fabs(static_cast<long double>(*values[c]) - x);
    const long double best_distance = std::fabs(static_cast<long double>(*values[*best]) - x);
    bool better = distance < best_distance;
    if (distance == best_distance && *values[c] != *values[*best]) {
      const bool even = c % 2 == 0, best_even = *best % 2 == 0;
      const double size = std::fabs(*values[c]), best_size = std::fabs(*values[*best]);
      better = even != best_even ? even : size != best_size ? size < best_size : *values[c] < *values[*best];
    }
    if (better) best = c;
  }
  return *best;
}

void check(const std::string& name, int bits, const Values& expected) {
  SCOPED_TRACE(name);
  const auto format = element_format(name);
  ASSERT_EQ(format->name(), name);
  ASSERT_EQ(format->bits(), bits);
  ASSERT_EQ(format->code_count(), expected.size());
  for (uint32_t c = 0; c < expected.size(); ++c) {
    ASSERT_EQ(format->is_valid(c), expected[c].has_value()) << "code " << c;
    if (!expected[c]) {
      ASSERT_THROW((void)format->decode(c), InternalError);
      continue;
    }
    const double value = format->decode(c);
    if (std::isnan(*expected[c])) {
      ASSERT_TRUE(std::isnan(value)) << "code " << c;
      continue;
    }
    ASSERT_EQ(value, *expected[c]) << "code " << c;
    ASSERT_EQ(format->encode(value), c) << "value " << value;
  }
  ASSERT_FALSE(format->is_valid(static_cast<uint32_t>(expected.size())));
  if (bits > 9) return;  // the search is quadratic
  const std::vector<double> values = format->values();
  ASSERT_TRUE(std::is_sorted(values.begin(), values.end()));
  std::vector<double> probes;
  for (size_t i = 0; i + 1 < values.size(); ++i) {
    const double midpoint = (values[i] + values[i + 1]) / 2;
    const double nudge = (values[i + 1] - values[i]) * std::ldexp(1.0, -40);  // exact to add and to search
    probes.insert(probes.end(), {midpoint, midpoint - nudge, midpoint + nudge});
  }
  std::mt19937 random(7);
  std::uniform_real_distribution<double> inside(values.front() * 1.02, values.back() * 1.02);
  for (int i = 0; i < 300; ++i) probes.push_back(inside(random));
  for (const double x : probes) {
    const double actual = format->decode(format->encode(x)), wanted = *expected[search(expected, x)];
    ASSERT_EQ(actual, wanted) << "x " << x;
    if (wanted != 0) {
      ASSERT_EQ(format->encode(x), search(expected, x)) << "x " << x;
    }
  }
}

Values integers(int bits, bool is_signed, bool symmetric) {
  Values values;
  for (uint32_t c = 0; c < (1U << bits); ++c) {
    double value = 0;  // the sum of the weights of the bits
    for (int b = 0; b < bits; ++b) {
      const double weight = std::ldexp(is_signed && b == bits - 1 ? -1.0 : 1.0, b);
      value += ((c >> b) & 1U) * weight;
    }
    if (symmetric && c == (1U << (bits - 1))) {
      values.push_back(X);
    } else {
      values.push_back(value);
    }
  }
  return values;
}

enum class Top { ordinary, nan, ieee };

Values minifloats(int e_bits, int m_bits, int bias, Top top) {
  Values values;
  for (int sign = 0; sign < 2; ++sign) {
    for (int e = 0; e < (1 << e_bits); ++e) {
      for (int m = 0; m < (1 << m_bits); ++m) {
        const bool last = e == (1 << e_bits) - 1;
        const double fraction = m * std::pow(2.0, -m_bits);
        double v = e == 0 ? fraction * std::pow(2.0, 1 - bias) : (1 + fraction) * std::pow(2.0, e - bias);
        if (last && top == Top::ieee) v = m == 0 ? HUGE_VAL : std::nan("");
        if (last && top == Top::nan && m == (1 << m_bits) - 1) v = std::nan("");
        values.push_back(sign == 1 ? -v : v);
      }
    }
  }
  return values;
}

/// Magnitudes with both signs; the code of -0 has `special`.
Values signed_list(const std::vector<double>& magnitudes, std::optional<double> special) {
  Values values(magnitudes.begin(), magnitudes.end());
  for (const double m : magnitudes) values.push_back(m == 0 ? special : std::optional<double>(-m));
  return values;
}

TEST(ElementFormat, Integers) {
  for (int n = 1; n <= 16; ++n) {
    check("int" + std::to_string(n), n, integers(n, true, false));
    check("uint" + std::to_string(n), n, integers(n, false, false));
    if (n >= 2) check("int" + std::to_string(n) + "_sym", n, integers(n, true, true));
  }
}

TEST(ElementFormat, Minifloats) {
  check("fp16", 16, minifloats(5, 10, 15, Top::ieee));
  check("bf16", 16, minifloats(8, 7, 127, Top::ieee));
  check("fp8_e4m3", 8, minifloats(4, 3, 7, Top::nan));
  check("fp8_e5m2", 8, minifloats(5, 2, 15, Top::ieee));
  check("fp6_e2m3", 6, minifloats(2, 3, 1, Top::ordinary));
  check("fp6_e3m2", 6, minifloats(3, 2, 3, Top::ordinary));
  check("fp4_e2m1", 4, minifloats(2, 1, 1, Top::ordinary));
  for (int e = 1; e <= 7; ++e) {
    for (int m = 0; m <= 6; ++m) {
      const std::string name = "e" + std::to_string(e) + "m" + std::to_string(m);
      if (1 + e + m < 3 || 1 + e + m > 8) {
        EXPECT_THROW((void)element_format(name), InputError) << name;
        continue;
      }
      check(name, 1 + e + m, minifloats(e, m, (1 << (e - 1)) - 1, Top::ordinary));
      check(name + "_b5", 1 + e + m, minifloats(e, m, 5, Top::ordinary));
      check(name + "_b-3", 1 + e + m, minifloats(e, m, -3, Top::ordinary));
    }
  }
}

TEST(ElementFormat, PublishedRanges) {
  EXPECT_EQ(element_format("fp8_e4m3")->values().back(), 448);
  EXPECT_EQ(element_format("fp8_e5m2")->values().back(), 57344);
  EXPECT_EQ(element_format("fp6_e2m3")->values().back(), 7.5);
  EXPECT_EQ(element_format("fp6_e3m2")->values().back(), 28);
  EXPECT_EQ(element_format("fp4_e2m1")->values(),
            (std::vector<double>{-6, -4, -3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 4, 6}));
  // BitMoD's own FP5_E2M2 list, in its integer units of one quarter.
  const std::vector<double> e2m2{0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28};
  for (uint32_t c = 0; c < 16; ++c) EXPECT_EQ(4 * element_format("e2m2")->decode(c), e2m2[c]);
}

TEST(ElementFormat, SixteenBitFloatsMatchTheHotConversions) {
  const auto fp16 = element_format("fp16"), bf16 = element_format("bf16"), fp32 = element_format("fp32");
  std::mt19937_64 random(99);
  for (int i = 0; i < 200000; ++i) {
    const uint32_t bits = static_cast<uint32_t>(random());
    const float x = fp32_from_bits(bits);
    ASSERT_EQ(fp32->encode(x), std::isnan(x) ? 0x7fc00000U : bits);
    if (!std::isnan(x)) {
      ASSERT_EQ(fp32->decode(bits), static_cast<double>(x));
    }
    ASSERT_EQ(fp16->encode(x), fp16_from_float(x)) << bits;
    ASSERT_EQ(bf16->encode(x), bf16_from_float(x)) << bits;
    // A double close to a boundary of fp16, where rounding twice would go wrong.
    const double boundary = fp16_to_float(static_cast<uint16_t>(bits & 0x7bff)) * (1 + std::ldexp(1.0, -11));
    for (const double d :
         {boundary, std::nextafter(boundary, 0.0), std::nextafter(boundary, 1e9), -boundary}) {
      ASSERT_EQ(fp16->encode(d), fp16_from_double(d)) << d;
      ASSERT_EQ(fp32->encode(d), fp32_bits(static_cast<float>(d))) << d;
    }
  }
  EXPECT_EQ(fp16_from_double(HUGE_VAL), 0x7c00);
  EXPECT_EQ(fp16_from_double(-1e300), 0xfc00);
  EXPECT_EQ(fp16_from_double(1e-300), 0);
  EXPECT_EQ(fp16_from_double(std::nan("")), 0x7e00);
}

TEST(ElementFormat, Bitmod) {
  const std::vector<double> fp3{0, 1, 2, 4}, fp4{0, 0.5, 1, 1.5, 2, 3, 4, 6};
  check("fp3", 3, signed_list(fp3, X));
  check("fp3_er_pos", 3, signed_list(fp3, 3));
  check("fp3_er_neg", 3, signed_list(fp3, -3));
  check("fp3_ea_pos", 3, signed_list(fp3, 6));
  check("fp3_ea_neg", 3, signed_list(fp3, -6));
  check("fp4_er_pos", 4, signed_list(fp4, 5));
  check("fp4_er_neg", 4, signed_list(fp4, -5));
  check("fp4_ea_pos", 4, signed_list(fp4, 8));
  check("fp4_ea_neg", 4, signed_list(fp4, -8));
}

TEST(ElementFormat, PowersAndMixes) {
  check("flint4", 4, signed_list({0, 1, 2, 3, 4, 6, 8, 16}, X));
  check("flint5", 5, signed_list({0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 24, 32, 64}, X));
  check("pot2", 2, {0, 1, X, -1});
  check("pot3", 3, {0, 1, 2, 4, X, -1, -2, -4});
  check("pot4", 4, signed_list({0, 1, 2, 4, 8, 16, 32, 64}, X));
  check("dense_shift3", 3, {1, 2, 4, 8, -1, -2, -4, -8});
  check("dense_shift2", 2, {1, 2, -1, -2});
  check("abfloat_e2m1_b2", 4, {X, 12, 16, 24, 32, 48, 64, 96, X, -12, -16, -24, -32, -48, -64, -96});
  check("abfloat_e2m1_b0", 4, {X, 3, 4, 6, 8, 12, 16, 24, X, -3, -4, -6, -8, -12, -16, -24});
  check("ternary", 2, {0, 1, X, -1});
  check("binary", 1, {-1, 1});
  EXPECT_EQ(element_format("pot8")->values().size(), 255U);
  EXPECT_EQ(element_format("pot8")->decode(127), std::ldexp(1.0, 126));
}

TEST(ElementFormat, BipolarIntegers) {
  for (int n = 1; n <= 16; ++n) {
    Values values;
    for (uint32_t c = 0; c < (1U << n); ++c) {
      double value = 0;
      for (int b = 0; b < n; ++b) value += ((c >> b) & 1U) != 0 ? std::ldexp(1.0, b) : -std::ldexp(1.0, b);
      values.push_back(value);
    }
    check("bipolar_int" + std::to_string(n), n, values);
  }
}

TEST(ElementFormat, Codebooks) {
  const auto nf4 = element_format("nf4");
  EXPECT_EQ(nf4->values().size(), 16U);
  EXPECT_EQ(nf4->decode(0), -1.0);
  EXPECT_EQ(nf4->decode(7), 0.0);
  EXPECT_EQ(nf4->decode(15), 1.0);
  const auto book = codebook_format("layer3", {5, -2, 0.25, 3});
  EXPECT_EQ(book->bits(), 2);
  EXPECT_EQ(book->encode(4.1), 0U);
  EXPECT_EQ(book->encode(-9), 1U);
  EXPECT_EQ(book->encode(4.0), 0U);  // tie of 5 (code 0) and 3 (code 3): the even code
  EXPECT_THROW((void)codebook_format("x", {1, 2, 3}), InputError);
  EXPECT_THROW((void)codebook_format("x", {1, 1}), InputError);
  EXPECT_THROW((void)codebook_format("x", {1, HUGE_VAL}), InputError);
}

TEST(ElementFormat, SaturatesAndRefusesNan) {
  EXPECT_EQ(element_format("fp4_e2m1")->encode(1e9), 7U);
  EXPECT_EQ(element_format("fp4_e2m1")->encode(-HUGE_VAL), 15U);
  EXPECT_EQ(element_format("int4_sym")->encode(-8), 9U);
  EXPECT_EQ(element_format("fp8_e4m3")->encode(HUGE_VAL), 0x7eU);
  EXPECT_EQ(element_format("fp8_e5m2")->encode(61440), 0x7cU);  // the tie above 57344 is infinity
  EXPECT_EQ(element_format("fp8_e4m3")->encode(std::nan("")), 0x7fU);
  EXPECT_THROW((void)element_format("fp4_e2m1")->encode(std::nan("")), InputError);
  EXPECT_THROW((void)element_format("int8")->encode(std::nan("")), InputError);
}

void expect_error(const std::string& name, const std::string& message, const std::string& help) {
  try {
    (void)element_format(name);
    FAIL() << name;
  } catch (const InputError& error) {
    ASSERT_EQ(error.diagnostics().size(), 1U);
    EXPECT_EQ(error.diagnostics()[0].code, "FMT002");
    EXPECT_NE(error.diagnostics()[0].message.find(message), std::string::npos) << error.what();
    EXPECT_NE(error.diagnostics()[0].help.find(help), std::string::npos) << error.what();
  }
}

TEST(ElementFormat, UnknownNames) {
  expect_error("fp8_e4m2", "'fp8_e4m2' is not", "did you mean 'fp8_e4m3'?");
  expect_error("int17", "17 is not in 1..16", "int#");
  expect_error("int04", "'int04' is not", "did you mean");
  expect_error("dense-shift3", "not an element format", "did you mean 'dense_shift3'?");
  expect_error("quaternion_algebra", "not an element format", "allowed (# is a number): int#");
  expect_error("e4m9", "9 is not in 0..6", "3..8 bits");
  EXPECT_GE(list_element_formats().size(), 25U);
}

}  // namespace
}  // namespace vernier::formats
