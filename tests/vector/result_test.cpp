// SPDX-License-Identifier: Apache-2.0
// Results of the vector unit in the activation formats.
#include <gtest/gtest.h>

#include "models/formats/encode_activations.h"
#include "tests/vector/bench.h"

namespace vernier::vector {
namespace {

// Every operation, every format: what is written is the encoding of the fp16 result, row by row, in as many
// bytes as the format has and nowhere else. The encodings have tests of their own (tests/formats).
TEST(VectorUnit, ResultsAreTheEncodedFp16Results) {
  constexpr uint32_t kRows = 3, kCols = 8;
  for (int op = 0; op < static_cast<int>(VectorOp::quantize); ++op) {
    for (const Format format : formats::kActivationFormats) {
      SCOPED_TRACE(std::string(isa::name_of(static_cast<VectorOp>(op))) + " to " + formats::name_of(format));
      Bench plain(static_cast<VectorOp>(op), kRows, kCols);
      plain.in.scalar = 2;
      plain.put(kSrc0, random_halves(kRows * kCols, 3, 1));
      plain.put(kSrc1, random_halves(kRows * 2 * kCols, 3, 2));
      Bench bench = plain;
      bench.in.result = format;
      bench.in.result_scale = 0x2c00;  // 1/16
      const Halves y = plain.run();
      const uint64_t row_bytes = formats::activation_bytes(format, kCols);
      std::vector<uint8_t> wanted = bench.spad;
      for (uint32_t r = 0; r < kRows; ++r) {
        formats::encode_activations(format, 0x2c00, &y[r * kCols], kCols, &wanted[kDst + r * row_bytes]);
      }
      EXPECT_EQ(bench.footprint().write.lo, kDst);
      EXPECT_EQ(bench.footprint().write.hi, kDst + kRows * row_bytes);
      bench.run();
      EXPECT_EQ(bench.spad, wanted);
    }
  }
}

// By hand: 1, -2.5, 100, NaN in units of 1/16, rows of one table each.
TEST(VectorUnit, ResultsByHand) {
  const Halves row = {0x3c00, 0xc100, 0x5640, 0x7e00};
  Bench bench(VectorOp::copy, 1, 4);
  bench.put(kSrc0, row);
  bench.in.result = Format::int8;
  bench.in.result_scale = 0x2c00;
  bench.run();
  EXPECT_EQ(bench.spad[kDst], 16);
  EXPECT_EQ(static_cast<int8_t>(bench.spad[kDst + 1]), -40);
  EXPECT_EQ(bench.spad[kDst + 2], 127);
  EXPECT_EQ(bench.spad[kDst + 3], 0);
  EXPECT_EQ(bench.spad[kDst + 4], 0xa5);
}

}  // namespace
}  // namespace vernier::vector
