// SPDX-License-Identifier: Apache-2.0
// The vector unit against double-precision formulas, hand-worked rows and declared cycles.
#include "models/vector/vector_unit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <random>

#include "base/error.h"
#include "models/formats/ieee.h"
#include "tests/vector/bench.h"

namespace vernier::vector {
namespace {

using formats::fp16_from_float;
using formats::fp16_to_float;

using Reals = std::vector<double>;

Reals reals(const Halves& values, size_t begin, size_t count) {
  Reals out;
  for (size_t i = begin; i < begin + count; ++i) out.push_back(fp16_to_float(values[i]));
  return out;
}

/// Runs op on random rows with src1 per row and shared, and compares with the formula in double precision:
/// half a unit of fp16 for the rounding, and a relative 2^-14 of the terms for fp32 arithmetic.
void check_formula(VectorOp op, float spread, float scalar,
                   const std::function<Reals(Reals, Reals)>& formula) {
  constexpr uint32_t kRows = 3;
  for (const uint32_t cols : {2U, 16U, 100U, 130U}) {
    for (const bool shared : {false, true}) {
      SCOPED_TRACE(std::string(isa::name_of(op)) + " cols " + std::to_string(cols));
      Bench bench(op, kRows, cols);
      bench.in.src1_shared = shared;
      bench.in.scalar = scalar;
      const size_t width = src1_elements(op, cols);
      const Halves x = random_halves(kRows * cols, spread, cols),
                   y = random_halves(kRows * width, 1, cols + 1);
      bench.put(kSrc0, x);
      bench.put(kSrc1, Halves(y.begin(), y.begin() + static_cast<long>(shared ? width : kRows * width)));
      const Halves actual = bench.run();
      for (uint32_t r = 0; r < kRows; ++r) {
        const Reals expected = formula(reals(x, r * cols, cols), reals(y, shared ? 0 : r * width, width));
        for (uint32_t c = 0; c < cols; ++c) {
          const double value = fp16_to_float(actual[r * cols + c]);
          const double unit =
              std::ldexp(1.0, std::max(expected[c] == 0 ? -14 : std::ilogb(expected[c]), -14) - 10);
          ASSERT_NEAR(value, expected[c], 0.5 * unit + std::ldexp(std::fabs(expected[c]), -14) + 1e-6)
              << "row " << r << " column " << c;
        }
      }
    }
  }
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

TEST(VectorUnit, MatchesTheFormulas) {
  const auto each = [](const std::function<double(double, double)>& f) {
    return [f](Reals x, const Reals& y) {
      for (size_t i = 0; i < x.size(); ++i) x[i] = f(x[i], y.empty() ? 0 : y[i]);
      return x;
    };
  };
  check_formula(VectorOp::copy, 3, 0, each([](double x, double) { return x; }));
  check_formula(VectorOp::add, 3, 0, each([](double x, double y) { return x + y; }));
  check_formula(VectorOp::multiply, 3, 0, each([](double x, double y) { return x * y; }));
  check_formula(VectorOp::scale, 3, 0.125F, each([](double x, double) { return x / 8; }));
  check_formula(VectorOp::relu, 3, 0, each([](double x, double) { return std::max(x, 0.0); }));
  check_formula(VectorOp::silu, 5, 0, each([](double x, double) { return x * sigmoid(x); }));
  check_formula(VectorOp::silu_multiply, 5, 0, each([](double x, double y) { return x * sigmoid(x) * y; }));
  check_formula(VectorOp::gelu, 3, 0, each([](double x, double) {
                  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
                }));
  check_formula(VectorOp::rmsnorm, 3, 0, [](Reals x, const Reals& w) {
    double squares = 0;
    for (const double v : x) squares += v * v;
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = x[i] / std::sqrt(squares / static_cast<double>(x.size()) + 1e-5) * w[i];
    }
    return x;
  });
  check_formula(VectorOp::layernorm, 3, 0, [](Reals x, const Reals& w) {
    const auto n = static_cast<double>(x.size());
    double sum = 0, squares = 0;
    for (const double v : x) sum += v;
    for (const double v : x) squares += (v - sum / n) * (v - sum / n);
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = (x[i] - sum / n) / std::sqrt(squares / n + 1e-5) * w[i] + w[x.size() + i];
    }
    return x;
  });
  check_formula(VectorOp::softmax, 20, 0.25F, [](Reals x, const Reals&) {
    double sum = 0;
    for (const double v : x) sum += std::exp(v / 4);
    for (double& v : x) v = std::exp(v / 4) / sum;
    return x;
  });
  check_formula(VectorOp::rope, 3, 0, [](const Reals& x, const Reals& table) {
    Reals out(x.size());
    const size_t h = x.size() / 2;
    for (size_t i = 0; i < h; ++i) {  // rotation of (x[i], x[i + h]) in the plane
      out[i] = table[i] * x[i] - table[h + i] * x[i + h];
      out[i + h] = table[h + i] * x[i] + table[i] * x[i + h];
    }
    return out;
  });
}

TEST(VectorUnit, ElementwiseIsExactlyRounded) {
  constexpr uint32_t kCols = 4000;
  std::mt19937 random(5);
  Halves x, y;
  for (uint32_t i = 0; i < kCols; ++i) {
    x.push_back(static_cast<uint16_t>(random()));
    y.push_back(static_cast<uint16_t>(random()));
  }
  for (const VectorOp op : {VectorOp::add, VectorOp::multiply}) {
    Bench bench(op, 1, kCols);
    bench.put(kSrc0, x);
    bench.put(kSrc1, y);
    const Halves actual = bench.run();
    for (uint32_t i = 0; i < kCols; ++i) {
      // Exact in double (at most 41 bits), then once to fp32 and once to fp16.
      const double a = fp16_to_float(x[i]), b = fp16_to_float(y[i]);
      const uint16_t wanted = fp16_from_float(static_cast<float>(op == VectorOp::add ? a + b : a * b));
      ASSERT_EQ(actual[i], wanted) << a << " " << b;
    }
  }
  Bench bench(VectorOp::copy, 1, kCols);  // bits, also of NaNs
  bench.put(kSrc0, x);
  EXPECT_EQ(bench.run(), x);
}

TEST(VectorUnit, RowsByHand) {
  {
    Bench bench(VectorOp::softmax, 1, 4);  // masked entries are -inf
    bench.in.scalar = 1;
    bench.put(kSrc0, halves({2, -INFINITY, 2, -INFINITY}));
    EXPECT_EQ(bench.run(), halves({0.5F, 0, 0.5F, 0}));
  }
  {
    Bench bench(VectorOp::rope, 1, 4);  // a quarter turn and no turn
    bench.put(kSrc0, halves({1, 2, 3, 4}));
    bench.put(kSrc1, halves({0, 1, 1, 0}));
    EXPECT_EQ(bench.run(), halves({-3, 2, 1, 4}));
  }
  {
    Bench bench(VectorOp::relu, 1, 4);
    bench.put(kSrc0, {0x8000, 0xbc00, 0xfe01, 0x7c00});
    EXPECT_EQ(bench.run(), (Halves{0x0000, 0x0000, 0x7e00, 0x7c00}));
  }
  {
    Bench bench(VectorOp::add, 1, 3);  // overflow, infinity minus infinity, tie to even
    bench.put(kSrc0, halves({65504, INFINITY, 2048}));
    bench.put(kSrc1, halves({65504, -INFINITY, 1}));
    EXPECT_EQ(bench.run(), (Halves{0x7c00, 0x7e00, 0x6800}));
  }
  {
    Bench bench(VectorOp::silu, 1, 3);
    bench.put(kSrc0, halves({0, -65504, 65504}));
    EXPECT_EQ(bench.run(), (Halves{0x0000, 0x8000, 0x7bff}));
  }
}

TEST(VectorUnit, EpsilonKeepsSmallRowsFinite) {
  // x = 2^-8: x^2 = 1.52587890625e-5, so 1 / sqrt(2.52587890625e-5) = 198.971 and x times that is 0.777231.
  Bench rms(VectorOp::rmsnorm, 2, 2);
  rms.in.src1_shared = true;
  rms.put(kSrc0, halves({0.00390625F, -0.00390625F, 0, 0}));
  rms.put(kSrc1, halves({1, 2}));
  EXPECT_EQ(rms.run(), halves({0.777231F, -1.554462F, 0, 0}));
  Bench layer(VectorOp::layernorm, 2, 2);
  layer.in.src1_shared = true;
  layer.put(kSrc0, halves({0.00390625F, -0.00390625F, 3, 3}));
  layer.put(kSrc1, halves({1, 2, 0, 5}));
  EXPECT_EQ(layer.run(), halves({0.777231F, 5 - 1.554462F, 0, 5}));
}

TEST(VectorUnit, SumsRunFromLeftToRight) {
  // 2^15 - 2^15 + 2^-9 + 2^-9 = 2^-8 in this order only; mean 2^-10, so d of the last two is 2^-10 and not
  // 2^-9. r = 1 / sqrt(2^29) nearly; times weight 2^10: 2^-14.5.
  Bench bench(VectorOp::layernorm, 1, 4);
  const float tiny = std::ldexp(1.0F, -9);
  bench.put(kSrc0, halves({32768, -32768, tiny, tiny}));
  bench.put(kSrc1, halves({1024, 1024, 1024, 1024, 0, 0, 0, 0}));
  const float value = fp16_to_float(bench.run()[2]);
  EXPECT_NEAR(value, std::pow(2.0, -14.5), std::ldexp(1.0, -24));
}

TEST(VectorUnit, Exponential) {
  for (float x = -87; x < 88.7F; x += 0.00731F) {
    const double expected = std::exp(static_cast<double>(x));
    ASSERT_NEAR(exp_fp32(x), expected, expected * std::ldexp(1.0, -22)) << x;
  }
  EXPECT_EQ(exp_fp32(0), 1.0F);
  EXPECT_EQ(exp_fp32(-INFINITY), 0.0F);
  EXPECT_EQ(exp_fp32(-88), 0.0F);
  EXPECT_EQ(exp_fp32(INFINITY), INFINITY);
  EXPECT_EQ(exp_fp32(89), INFINITY);
  EXPECT_TRUE(std::isnan(exp_fp32(NAN)));
}

TEST(VectorUnit, QuantizeByHand) {
  // Three rows in tiles of two, 2 lanes, one group of 4: per row scale then per step two codes.
  Bench bench(VectorOp::quantize, 3, 4);
  bench.program.formats = {"fp16", "int4_g4"};
  bench.in.format = 1;
  bench.put(kSrc0, halves({14, 3, -1, 2, 7, 1, 2, 3, -0.875F, 0.25F, 0.5F, 0}));
  bench.issued.instruction = &bench.in;
  vector_execute(bench.issued, bench.program, bench.machine, bench.image);
  const std::vector<uint8_t> block(&bench.spad[kDst], &bench.spad[kDst + 13]);
  EXPECT_EQ(block, (std::vector<uint8_t>{0x00, 0x40, 0x00, 0x3c,  // scales 2 and 1
                                         0x17, 0x17, 0x1f, 0x32,  // codes 7 1 | 7 1, then -1 1 | 2 3
                                         0x00, 0x30, 0x29, 0x04,  // scale 0.125, codes -7 2 | 4 0
                                         0xa5}));                 // untouched
  EXPECT_EQ(bench.footprint().write.hi, kDst + 12);
}

TEST(VectorUnit, InPlaceAndOverlapping) {
  const Halves x = random_halves(60, 2, 1), y = random_halves(60, 1, 2);
  for (const uint64_t dst : {kSrc0, kSrc0 + 2, kSrc0 - 6, kSrc1, kSrc1 + 4}) {
    Bench apart(VectorOp::silu_multiply, 3, 20), shared(VectorOp::silu_multiply, 3, 20);
    for (Bench* bench : {&apart, &shared}) {
      bench->put(kSrc0, x);
      bench->put(kSrc1, y);
    }
    shared.issued.dst = dst;
    EXPECT_EQ(shared.run(), apart.run()) << dst;
  }
}

TEST(VectorUnit, FootprintIsWhatIsTouched) {
  for (int op = 0; op <= static_cast<int>(VectorOp::quantize); ++op) {
    for (const bool shared : {false, true}) {
      Bench bench(static_cast<VectorOp>(op), 3, 6);
      SCOPED_TRACE(isa::name_of(bench.in.vector_op));
      bench.program.formats = {"bitmod4_g4"};
      bench.in.src1_shared = shared;
      bench.in.scalar = 1;
      const VectorFootprint footprint = bench.footprint();
      EXPECT_EQ(footprint.reads[0].lo, kSrc0);
      EXPECT_EQ(footprint.reads[0].hi, kSrc0 + 36);
      const uint64_t src1 = (shared ? 1 : 3) * 2 * src1_elements(bench.in.vector_op, 6);
      EXPECT_EQ(footprint.reads[1].hi - footprint.reads[1].lo, src1);
      // Everything outside of the reads is poison the first time and something else the second time.
      std::vector<uint8_t> results[2];
      for (int round = 0; round < 2; ++round) {
        const uint8_t poison = round == 0 ? 0x3c : 0x77;
        std::fill(bench.spad.begin(), bench.spad.end(), poison);
        for (const ByteRange& read : footprint.reads) {
          for (uint64_t at = read.lo; at < read.hi; at += 2)
            bench.put(at, {static_cast<uint16_t>(0x3800 + at)});
        }
        std::vector<uint8_t> before = bench.spad;
        bench.run();
        results[round].assign(&bench.spad[footprint.write.lo], &bench.spad[footprint.write.hi]);
        std::copy(results[round].begin(), results[round].end(),
                  before.begin() + static_cast<long>(footprint.write.lo));
        EXPECT_EQ(bench.spad, before);  // nothing else is written
      }
      EXPECT_EQ(results[0], results[1]);
    }
  }
}

TEST(VectorUnit, DeclaredCycles) {
  const machine::VectorParams params{32, 8};
  const auto cycles = [&](VectorOp op, uint32_t rows, uint32_t cols, Format result = Format::fp16) {
    isa::Instruction in = Bench(op, rows, cols).in;
    in.result = result;
    return vector_cycles(params, in);
  };
  EXPECT_EQ(cycles(VectorOp::add, 3, 64), 8U + 3 * 1 * 2);
  EXPECT_EQ(cycles(VectorOp::add, 3, 65), 8U + 3 * 1 * 3);
  EXPECT_EQ(cycles(VectorOp::softmax, 3, 100), 44U);
  EXPECT_EQ(cycles(VectorOp::rmsnorm, 1, 4096), 264U);
  EXPECT_EQ(vector_cycles({1, 0}, Bench(VectorOp::quantize, 2, 7).in), 28U);
  EXPECT_EQ(cycles(VectorOp::copy, 4000000000U, 4000000000U), 8 + 4000000000ULL * 125000000ULL);
  // Tables take a second cycle per step of the last pass; 8-bit results cost nothing.
  for (const Format table : {Format::table_fp16, Format::table_int8}) {
    EXPECT_EQ(cycles(VectorOp::add, 3, 64, table), 8U + 3 * 2 * 2);
    EXPECT_EQ(cycles(VectorOp::softmax, 3, 100, table), 8U + 3 * (1 + 1 + 2) * 4);
  }
  for (const Format byte : {Format::int8, Format::fp8_e4m3})
    EXPECT_EQ(cycles(VectorOp::softmax, 3, 100, byte), 44U);
  for (int op = 0; op <= static_cast<int>(isa::kLastVectorOp); ++op)
    EXPECT_GE(passes(static_cast<VectorOp>(op)), 1);
}

TEST(VectorUnit, RefusesBrokenPrograms) {
  Bench outside(VectorOp::copy, 1, 16);
  outside.issued.dst = kCapacity - 31;
  EXPECT_THROW(outside.run(), InternalError);
  outside.issued.dst = kCapacity - 32;
  EXPECT_NO_THROW(outside.run());
  EXPECT_THROW(Bench(VectorOp::rope, 1, 3).run(), InternalError);
  EXPECT_THROW(Bench(VectorOp::quantize, 1, 4).run(), InternalError);  // no format table
  Bench tables(VectorOp::copy, 1, 16);
  tables.in.result = Format::table_fp16;
  tables.issued.dst = kCapacity - 63;
  EXPECT_THROW(tables.run(), InternalError);
  tables.issued.dst = kCapacity - 64;
  EXPECT_NO_THROW(tables.run());
  Bench infinite(VectorOp::quantize, 1, 4);
  infinite.program.formats = {"int4_g4"};
  infinite.put(kSrc0, halves({1, INFINITY, 1, 1}));
  EXPECT_THROW(infinite.run(), InputError);
}

}  // namespace
}  // namespace vernier::vector
