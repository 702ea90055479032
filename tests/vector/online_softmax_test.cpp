// SPDX-License-Identifier: Apache-2.0
// The operations of attention by blocks of keys: by hand, against exact attention, and what they touch.
#include "models/vector/online_softmax.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "base/error.h"
#include "models/formats/encode_activations.h"
#include "tests/vector/bench.h"

namespace vernier::vector {
namespace {

using formats::fp16_to_float;

constexpr uint64_t kFactors = 60000;

void put_fp32(Bench& bench, uint64_t at, const std::vector<float>& values) {
  std::memcpy(&bench.spad[at], values.data(), 4 * values.size());
}
std::vector<float> get_fp32(const Bench& bench, uint64_t at, size_t count) {
  std::vector<float> values(count);
  std::memcpy(values.data(), &bench.spad[at], 4 * count);
  return values;
}

/// One block of scores in the bench of the blocks before it.
Halves next_block(Bench& bench, const Halves& scores, uint32_t rows, bool first) {
  bench.in.rows = rows;
  bench.in.cols = static_cast<uint32_t>(scores.size()) / rows;
  bench.in.accumulate = !first;
  bench.put(kSrc0, scores);
  return bench.run();
}

TEST(OnlineSoftmax, BlocksByHand) {
  Bench bench(VectorOp::online_softmax, 1, 2);
  bench.in.scalar = 0.5F;
  bench.issued.factors = kFactors;
  const float e1 = exp_fp32(-1);
  // Scores 2 and 0 count 1 and 0: m = 1, l = 1 + exp(-1).
  EXPECT_EQ(next_block(bench, halves({2, 0}), 1, true), halves({1, e1}));
  EXPECT_EQ(get_fp32(bench, kSrc1, 2), (std::vector<float>{1, 1 + e1}));
  EXPECT_EQ(get_fp32(bench, kFactors, 1), std::vector<float>{0});
  // A smaller maximum changes nothing but the sum.
  EXPECT_EQ(next_block(bench, halves({0, -2, 2}), 1, false), halves({e1, exp_fp32(-2), 1}));
  const float sum = 1 + e1 + (e1 + exp_fp32(-2) + 1);
  EXPECT_EQ(get_fp32(bench, kSrc1, 2), (std::vector<float>{1, sum}));
  EXPECT_EQ(get_fp32(bench, kFactors, 1), std::vector<float>{1});
  // A larger one scales what was there.
  EXPECT_EQ(next_block(bench, halves({4}), 1, false), halves({1}));
  EXPECT_EQ(get_fp32(bench, kSrc1, 2), (std::vector<float>{2, sum * e1 + 1}));
  EXPECT_EQ(get_fp32(bench, kFactors, 1), std::vector<float>{e1});
  // Far above, nothing of it is left: exp of less than -87 is +0.
  EXPECT_EQ(next_block(bench, halves({200}), 1, false), halves({1}));
  EXPECT_EQ(get_fp32(bench, kSrc1, 2), (std::vector<float>{100, 1}));
  EXPECT_EQ(get_fp32(bench, kFactors, 1), std::vector<float>{0});
  // Masked keys take no part; a score that is no number spoils its row.
  EXPECT_EQ(next_block(bench, halves({-INFINITY, 200}), 1, false), halves({0, 1}));
  EXPECT_EQ(get_fp32(bench, kSrc1, 2), (std::vector<float>{100, 2}));
  EXPECT_EQ(next_block(bench, halves({NAN, 200}), 1, false), (Halves{0x7e00, 0x3c00}));
  EXPECT_TRUE(std::isnan(get_fp32(bench, kSrc1, 2)[1]));
}

TEST(OnlineSoftmax, RescaleAddByHand) {
  Bench bench(VectorOp::rescale_add, 3, 2);
  bench.issued.factors = kFactors;
  bench.put(kSrc0, halves({1, -2, 3, 4, 0.5F, 0}));
  put_fp32(bench, kDst, {8, 4, NAN, INFINITY, 1e30F, -1});
  put_fp32(bench, kFactors, {0.25F, 0, 1});
  bench.run();
  EXPECT_EQ(get_fp32(bench, kDst, 6), (std::vector<float>{3, -1, 3, 4, 1e30F, -1}));
}

TEST(OnlineSoftmax, NormaliseByHand) {
  Bench bench(VectorOp::normalise, 2, 2);
  put_fp32(bench, kSrc0, {1e6F, 12, -3, 0});
  put_fp32(bench, kSrc1, {77, 4e6F, -5, 2});
  EXPECT_EQ(bench.run(), halves({0.25F, 3e-6F, -1.5F, 0}));
  bench.in.result = Format::int8;  // 1/16 per unit, in the scratchpad of the activations
  bench.in.result_scale = 0x2c00;
  bench.in.dst_scratchpad = isa::Scratchpad::activation;
  bench.issued.dst = 7;
  bench.run();
  EXPECT_EQ(bench.image.activation_spad[7], 4);
  EXPECT_EQ(static_cast<int8_t>(bench.image.activation_spad[9]), -24);
  EXPECT_EQ(bench.image.activation_spad[11], 0xa5);
}

// Scores whose maximum rises with every block, falls, or does either: sum of p * v by blocks, as the unit
// scales it, is within the bound of the exact value. Only the unit's own roundings are in it: p to fp16, half
// a unit in 2^11 or of the smallest fp16 number; exponentials to 2^-22 of themselves, for arguments of which
// fp32 holds 2^-24; the sums to 2^-24 for each of their terms and blocks.
TEST(OnlineSoftmax, IsExactAttentionWithinItsRoundings) {
  constexpr uint32_t kRows = 4, kKeys = 60;
  std::mt19937 random(11);
  for (const int trend : {-1, 0, 1}) {
    for (const uint32_t block : {1U, 7U, 16U, 60U}) {
      SCOPED_TRACE("trend " + std::to_string(trend) + " block " + std::to_string(block));
      const Halves noise = random_halves(kRows * kKeys, 3, static_cast<uint32_t>(random()));
      const Halves values = random_halves(kKeys, 1, static_cast<uint32_t>(random()));
      std::vector<float> scores;
      for (uint32_t i = 0; i < kRows * kKeys; ++i) {
        const auto key = static_cast<float>(i % kKeys);
        scores.push_back(fp16_to_float(noise[i]) + static_cast<float>(4 * trend) * key);
      }
      const Halves x = halves(scores);
      Bench softmax(VectorOp::online_softmax, kRows, block);
      softmax.in.scalar = 0.75F;
      softmax.issued.factors = kFactors;
      std::vector<long double> sums(kRows, 0);
      int rises = 0, falls = 0;
      for (uint32_t from = 0; from < kKeys; from += block) {
        const uint32_t count = std::min(block, kKeys - from);
        Halves part;
        for (uint32_t r = 0; r < kRows; ++r) {
          for (uint32_t c = 0; c < count; ++c) part.push_back(x[r * kKeys + from + c]);
        }
        const Halves p = next_block(softmax, part, kRows, from == 0);
        const std::vector<float> factors = get_fp32(softmax, kFactors, kRows);
        for (uint32_t r = 0; r < kRows; ++r) {
          sums[r] *= factors[r];
          for (uint32_t c = 0; c < count; ++c) {
            sums[r] +=
                static_cast<long double>(fp16_to_float(p[r * count + c])) * fp16_to_float(values[from + c]);
          }
          if (from > 0) (factors[r] < 1 ? rises : falls) += 1;
        }
      }
      if (trend > 0 && block < 16) {
        EXPECT_GT(rises, 2 * falls);
      }
      if (trend < 0 && block < kKeys) {
        EXPECT_GT(falls, 2 * rises);
      }
      const std::vector<float> statistics = get_fp32(softmax, kSrc1, 2 * kRows);
      for (uint32_t r = 0; r < kRows; ++r) {
        long double largest = -INFINITY, sum = 0, exact = 0, reach = 0;
        for (uint32_t c = 0; c < kKeys; ++c) {
          largest = std::max(largest, 0.75L * fp16_to_float(x[r * kKeys + c]));
          reach = std::max(reach, std::fabs(static_cast<long double>(fp16_to_float(values[c]))));
        }
        for (uint32_t c = 0; c < kKeys; ++c) {
          const long double p = std::exp(0.75L * fp16_to_float(x[r * kKeys + c]) - largest);
          sum += p;
          exact += p * fp16_to_float(values[c]);
        }
        const long double argument = std::ldexp(256.0L, -24);
        const long double bound =
            reach * (std::ldexp(1.0L, -11) + std::ldexp(1.0L * kKeys, -25) +
                     2 * (std::ldexp(2.0L, -22) + argument + std::ldexp(2.0L * kKeys, -24)));
        EXPECT_NEAR(static_cast<double>(sums[r] / statistics[2 * r + 1]), static_cast<double>(exact / sum),
                    static_cast<double>(bound));
        EXPECT_EQ(statistics[2 * r], static_cast<float>(largest));
      }
    }
  }
}

TEST(OnlineSoftmax, ResultsHaveAnyFormatInTheActivationScratchpad) {
  for (const Format format : formats::kActivationFormats) {
    Bench plain(VectorOp::online_softmax, 3, 8);
    plain.in.scalar = 1;
    plain.issued.factors = kFactors;
    plain.put(kSrc0, random_halves(24, 2, 3));
    Bench bench = plain;
    bench.in.result = format;
    bench.in.result_scale = 0x2000;  // 2^-7
    bench.in.dst_scratchpad = isa::Scratchpad::activation;
    const Halves p = plain.run();
    std::vector<uint8_t> wanted = bench.image.activation_spad;
    const uint64_t row = formats::activation_bytes(format, 8);
    for (uint64_t r = 0; r < 3; ++r)
      formats::encode_activations(format, 0x2000, &p[r * 8], 8, &wanted[kDst + r * row]);
    const Halves untouched = bench.get(kDst, 24);
    bench.run();
    EXPECT_EQ(bench.image.activation_spad, wanted) << formats::name_of(format);
    EXPECT_EQ(bench.get(kDst, 24), untouched);
    EXPECT_EQ(get_fp32(bench, kSrc1, 6), get_fp32(plain, kSrc1, 6));
  }
}

// Everything outside of the declared reads may be anything, nothing outside of the declared writes changes.
TEST(OnlineSoftmax, FootprintIsWhatIsTouched) {
  struct Wanted {
    VectorOp op;
    bool accumulate;
    std::array<uint64_t, 4> reads;
    uint64_t write;
    std::array<uint64_t, 2> state;
  };
  for (const Wanted& wanted : {Wanted{VectorOp::online_softmax, false, {36, 0, 0, 0}, 36, {24, 12}},
                               Wanted{VectorOp::online_softmax, true, {36, 24, 0, 0}, 36, {24, 12}},
                               Wanted{VectorOp::rescale_add, false, {36, 0, 12, 72}, 72, {0, 0}},
                               Wanted{VectorOp::normalise, false, {72, 24, 0, 0}, 36, {0, 0}}}) {
    SCOPED_TRACE(isa::name_of(wanted.op));
    Bench bench(wanted.op, 3, 6);
    bench.in.accumulate = wanted.accumulate;
    bench.in.scalar = 1;
    bench.issued.factors = kFactors;
    const VectorFootprint footprint = bench.footprint();
    for (size_t i = 0; i < 4; ++i)
      EXPECT_EQ(footprint.reads[i].hi - footprint.reads[i].lo, wanted.reads[i]) << i;
    EXPECT_EQ(footprint.write.hi - footprint.write.lo, wanted.write);
    std::vector<ByteRange> writes = {footprint.write};
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(footprint.state[i].hi - footprint.state[i].lo, wanted.state[i]) << i;
      writes.push_back(footprint.state[i]);
    }
    std::vector<uint8_t> results[2];
    for (int round = 0; round < 2; ++round) {
      std::fill(bench.spad.begin(), bench.spad.end(), round == 0 ? uint8_t{0x3c} : uint8_t{0x77});
      for (const ByteRange& read : footprint.reads) {
        for (uint64_t at = read.lo; at < read.hi; at += 4) put_fp32(bench, at, {static_cast<float>(at % 7)});
      }
      std::vector<uint8_t> before = bench.spad;
      bench.run();
      for (const ByteRange& write : writes) {
        for (uint64_t at = write.lo; at < write.hi; ++at) {
          results[round].push_back(bench.spad[at]);
          before[at] = bench.spad[at];
        }
      }
      EXPECT_EQ(bench.spad, before);
    }
    EXPECT_EQ(results[0], results[1]);
  }
}

TEST(OnlineSoftmax, DeclaredCycles) {
  const auto cycles = [](VectorOp op, uint32_t rows, uint32_t cols, int lanes, Format result = Format::fp16) {
    isa::Instruction in = Bench(op, rows, cols).in;
    in.result = result;
    return vector_cycles({lanes, 8}, in);
  };
  // Maximum, exponentials, six words of statistics.
  EXPECT_EQ(cycles(VectorOp::online_softmax, 3, 100, 32), 8U + 3 * (2 * 4 + 1));
  EXPECT_EQ(cycles(VectorOp::online_softmax, 3, 100, 4), 8U + 3 * (2 * 25 + 2));
  EXPECT_EQ(cycles(VectorOp::online_softmax, 3, 100, 32, Format::table_int8), 8U + 3 * (3 * 4 + 1));
  // Two words per element of dst, and the factor.
  EXPECT_EQ(cycles(VectorOp::rescale_add, 3, 64, 32), 8U + 3 * (2 * 2 + 1));
  EXPECT_EQ(cycles(VectorOp::rescale_add, 3, 64, 1), 8U + 3 * (2 * 64 + 2));
  EXPECT_EQ(cycles(VectorOp::normalise, 3, 64, 32), 8U + 3 * (2 + 1));
}

TEST(OnlineSoftmax, RefusesWhatLeavesAScratchpad) {
  Bench bench(VectorOp::online_softmax, 2, 4);
  bench.issued.factors = kCapacity - 7;
  EXPECT_THROW(bench.run(), InternalError);
  bench.issued.factors = kCapacity - 8;
  EXPECT_NO_THROW(bench.run());
  bench.in.dst_scratchpad = isa::Scratchpad::activation;
  bench.image.activation_spad.resize(kDst + 15);
  EXPECT_THROW(bench.run(), InternalError);
  bench.image.activation_spad.resize(kDst + 16);
  EXPECT_NO_THROW(bench.run());
}

}  // namespace
}  // namespace vernier::vector
