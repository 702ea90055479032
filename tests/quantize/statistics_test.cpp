// SPDX-License-Identifier: Apache-2.0
// Statistics against values counted by hand and against sums in another order and precision.
#include "sim/quantize/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "models/formats/ieee.h"
#include "tests/quantize/real_tensor.h"

namespace vernier::quantize {
namespace {

QuantizedTensor quantized(const workloads::RealTensor& tensor, const std::string& format) {
  return quantize_tensor(tensor, TensorFormat(format));
}

std::string code_of_error(const workloads::RealTensor& tensor, const std::string& format) {
  try {
    static_cast<void>(quantized(tensor, format));
  } catch (const InputError& error) {
    return error.diagnostics().front().code;
  }
  return "";
}

// Scales 1 and 2. x / scale = 7, -2.25, 0.5, 3.5 | 7, 0.5, -2.5, 1.5; at a midpoint the lower value:
// 7, -2, 0, 3 | 7, 0, -3, 1. Errors 0, 1/4, -1/2, -1/2 | 0, -1, -1, -1.
TEST(Statistics, GroupsByHand) {
  const workloads::RealTensor x = tensor_of(1, 8, {7, -2.25, 0.5, 3.5, 14, 1, -5, 3});
  const QuantizedTensor q = quantized(x, "int4_g4");
  const ErrorStatistics s = error_statistics(x, q);
  EXPECT_EQ(s.count, 8U);
  EXPECT_EQ(s.mean(), -3.75 / 8);
  EXPECT_EQ(s.mse(), (1.0 / 16 + 2.0 / 4 + 3) / 8);
  EXPECT_EQ(s.max_abs_error, 1);
  EXPECT_EQ(s.max_row, 0);
  EXPECT_EQ(s.max_col, 5) << "the first of the three";
  // 49 + 81/16 + 1/4 + 49/4 + 196 + 1 + 25 + 9 = 4761/16; 57/16 of noise.
  EXPECT_NEAR(s.sqnr_db().value(), 10 * std::log(4761.0 / 57) / std::log(10.0), 1e-12);
  EXPECT_EQ(q.bits_per_weight(), 8) << "4 bits and 16 for each 4";
  EXPECT_EQ(q.published_bits_per_weight(), 8);

  EXPECT_EQ(error_histogram(x, q, s.max_abs_error, 4).counts, (std::vector<uint64_t>{3, 2, 3, 0}))
      << "edges -1, -1/2, 0, 1/2, 1; an error on an edge is in the upper bin";
  EXPECT_EQ(error_histogram(x, q, s.max_abs_error, 1).counts, std::vector<uint64_t>{8});
  EXPECT_EQ(code_histogram(q),
            (std::map<uint32_t, uint64_t>{{0, 2}, {1, 1}, {3, 1}, {7, 2}, {13, 1}, {14, 1}}));
  EXPECT_TRUE(selector_histogram(q).empty());
}

// Scale 127 / 127 = 1; a tie goes to the even code. Errors 0, 1/4, 1/4, -1/2, 0, 1/2.
TEST(Statistics, ElementsByHand) {
  const workloads::RealTensor x = tensor_of(2, 3, {127, -1.25, 0.75, 2.5, 0, 3.5});
  const QuantizedTensor q = quantized(x, "int8");
  const ErrorStatistics s = error_statistics(x, q);
  EXPECT_EQ(s.mean(), 0.5 / 6);
  EXPECT_EQ(s.mse(), (2.0 / 16 + 2.0 / 4) / 6);
  EXPECT_EQ(s.max_abs_error, 0.5);
  EXPECT_EQ(s.max_row, 1);
  EXPECT_EQ(s.max_col, 0);
  EXPECT_EQ(q.bits_per_weight(), 8 + 32.0 / 6);
  EXPECT_EQ(q.published_bits_per_weight(), 8);
  EXPECT_EQ(error_histogram(x, q, s.max_abs_error, 2).counts, (std::vector<uint64_t>{1, 5}));
  EXPECT_EQ(code_histogram(q),
            (std::map<uint32_t, uint64_t>{{0, 1}, {1, 1}, {2, 1}, {4, 1}, {127, 1}, {255, 1}}));
}

TEST(Statistics, NoErrorHasNoRatio) {
  const workloads::RealTensor x = tensor_of(1, 3, {1, -2, 0.5});
  for (const char* format : {"fp16", "bf16", "fp32"}) {
    const QuantizedTensor q = quantized(x, format);
    const ErrorStatistics s = error_statistics(x, q);
    EXPECT_TRUE(s.exact()) << format;
    EXPECT_FALSE(s.sqnr_db().has_value());
    EXPECT_EQ(q.bits_per_weight(), q.code_bits()) << "nothing is shared";
    EXPECT_EQ(error_histogram(x, q, 0, 5).counts, (std::vector<uint64_t>{0, 0, 3, 0, 0}));
  }
  EXPECT_TRUE(code_histogram(quantized(x, "fp32")).empty()) << "codes of more than 16 bits are not counted";
  EXPECT_EQ(code_histogram(quantized(x, "fp16")),
            (std::map<uint32_t, uint64_t>{{0x3800, 1}, {0x3c00, 1}, {0xc000, 1}}));
}

TEST(Statistics, EqualSumsInHigherPrecisionForRandomTensors) {
  for (const char* format : {"int4_g16", "int3_asym_g8", "int5_s8_g16", "bitmod3_g16", "bitmod4_g32", "fp16",
                             "int6_ch", "int4_dgq_g8", "ant4_g8", "olive4_g16", "lut1_g8", "lut4_asym_g16",
                             "fp8_e4m3", "int4_sym", "nf4", "pot4", "uint4", "binary", "e3m2_b5"}) {
    const uint32_t seed = 77;
    const workloads::RealTensor x = random_tensor(13, 37, seed);
    const QuantizedTensor q = quantized(x, format);
    long double errors = 0, squares = 0, signal = 0, largest = 0;
    for (int64_t i = 13 * 37; i-- > 0;) {
      const long double original = x.values[static_cast<size_t>(i)];
      const long double error = q.value(i / 37, i % 37) - original;
      errors += error;
      squares += error * error;
      signal += original * original;
      largest = std::max(largest, std::fabs(error));
    }
    const ErrorStatistics s = error_statistics(x, q);
    const double tight = 1e-13;
    EXPECT_NEAR(s.mean(), static_cast<double>(errors / 481), tight) << format << ", seed " << seed;
    EXPECT_NEAR(s.mse() / static_cast<double>(squares / 481), 1, tight) << format;
    EXPECT_NEAR(s.sqnr_db().value(), static_cast<double>(10 * std::log10(signal / squares)), 1e-10) << format;
    EXPECT_EQ(s.max_abs_error, static_cast<double>(largest)) << format;
    EXPECT_NEAR(
        std::fabs(q.value(s.max_row, s.max_col) - x.values[static_cast<size_t>(s.max_row * 37 + s.max_col)]),
        s.max_abs_error, 0)
        << format;
    uint64_t counted = 0;
    for (const uint64_t count : error_histogram(x, q, s.max_abs_error, 7).counts) counted += count;
    EXPECT_EQ(counted, 481U) << format;
  }
}

TEST(Statistics, SumsKeepWhatPlainAdditionLoses) {
  Sum sum;
  for (const double term : {1e16, 1.0, 1.0, -1e16}) sum.add(term);
  EXPECT_EQ(sum.value(), 2.0);
  Sum twice = sum;
  twice.add(sum);
  EXPECT_EQ(twice.value(), 4.0);
}

TEST(Statistics, PartsMergeToTheWhole) {
  const workloads::RealTensor all = random_tensor(4, 32, 5);
  const workloads::RealTensor top = tensor_of(2, 32, {all.values.begin(), all.values.begin() + 64});
  const workloads::RealTensor bottom = tensor_of(2, 32, {all.values.begin() + 64, all.values.end()});
  ErrorStatistics merged = error_statistics(top, quantized(top, "int4_g16"));
  merged.merge(error_statistics(bottom, quantized(bottom, "int4_g16")));
  const ErrorStatistics whole = error_statistics(all, quantized(all, "int4_g16"));
  EXPECT_EQ(merged.count, whole.count);
  EXPECT_DOUBLE_EQ(merged.mse(), whole.mse());
  EXPECT_DOUBLE_EQ(merged.mean(), whole.mean());
  EXPECT_EQ(merged.max_abs_error, whole.max_abs_error);
}

TEST(Quantize, TensorScaleIsTheSmallestThatSpansTheValues) {
  const auto scale = [](const workloads::RealTensor& x, const char* format) {
    return std::get<ElementMatrix>(quantized(x, format).matrix).scale;
  };
  EXPECT_EQ(scale(tensor_of(1, 2, {-8, 7}), "int4"), 1.0F);
  EXPECT_EQ(scale(tensor_of(1, 2, {-4, 7}), "int4"), 1.0F);
  EXPECT_EQ(scale(tensor_of(1, 2, {-16, 7}), "int4"), 2.0F);
  EXPECT_EQ(scale(tensor_of(1, 2, {-7, 7}), "int4_sym"), 1.0F);
  for (const float largest : {448.0F, 100.0F, 0.7F, 1e-3F, 1e30F}) {
    const float found = scale(tensor_of(1, 2, {-900, largest}), "uint4");
    EXPECT_GE(double{found} * 15, largest);
    EXPECT_LT(double{std::nextafterf(found, 0.0F)} * 15, largest) << "the fp32 below is too small";
  }
  EXPECT_EQ(scale(tensor_of(1, 2, {0, 0}), "int4"), 1.0F);
  EXPECT_EQ(scale(tensor_of(1, 2, {-1, -2}), "uint4"), 1.0F);
  EXPECT_EQ(scale(tensor_of(1, 2, {224, -1}), "fp8_e4m3"), 0.5F);
  EXPECT_EQ(scale(tensor_of(1, 2, {224, -1}), "bf16"), 1.0F);
  const QuantizedTensor q = quantized(tensor_of(1, 2, {-900, 448}), "uint4");
  EXPECT_EQ(q.value(0, 0), 0) << "the value nearest to a sign that the format lacks";
}

// Element bits and 8 + 2 bits for each of the groups of 128, 72; 16 per row.
TEST(Quantize, BitsPerWeightCountEverything) {
  const QuantizedTensor q = quantized(random_tensor(2, 200, 3), "bitmod4_g128");
  EXPECT_DOUBLE_EQ(q.bits_per_weight(), (200 * 4 + 2 * 10 + 16) / 200.0);
  EXPECT_DOUBLE_EQ(q.published_bits_per_weight(), 4.0625);
  const std::vector<uint64_t> selectors = selector_histogram(q);
  ASSERT_EQ(selectors.size(), 4U);
  EXPECT_EQ(selectors[0] + selectors[1] + selectors[2] + selectors[3], 4U);
}

TEST(Quantize, WhatCannotBeQuantized_bad) {
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    for (const char* format : {"int4_g2", "fp16", "fp32", "fp8_e5m2", "nf4"}) {
      EXPECT_EQ(code_of_error(tensor_of(2, 2, {0, 1, bad, 2}), format), "QNT011") << format << bad;
    }
  }
  EXPECT_EQ(code_of_error(tensor_of(1, 2, {65519, 1}), "fp16"), "");
  EXPECT_EQ(code_of_error(tensor_of(1, 2, {65520, 1}), "fp16"), "QNT012");
  EXPECT_EQ(code_of_error(tensor_of(1, 1, {3.4e38F}), "bf16"), "QNT012");
  EXPECT_EQ(code_of_error(tensor_of(1, 1, {3e38F}), "e2m3_b64"), "QNT012");
  const workloads::RealTensor x = tensor_of(1, 1, {1});
  EXPECT_EQ(code_of_error(x, "int9_g128"), "FMT001");
  EXPECT_EQ(code_of_error(x, "int4g128"), "FMT001");
  for (const char* unknown : {"", "int", "fp9", "int17", "bitmod"})
    EXPECT_EQ(code_of_error(x, unknown), "QNT010");
}

}  // namespace
}  // namespace vernier::quantize
