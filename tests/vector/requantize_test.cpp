// SPDX-License-Identifier: Apache-2.0
// Dyadic requantization against integer arithmetic: a multiplication, an addition and a shift.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "tests/vector/bench.h"

namespace vernier::vector {
namespace {

__extension__ using Wide = __int128;

std::vector<int> requantized(const std::vector<float>& values, float factor) {
  Bench bench(VectorOp::requantize, 1, static_cast<uint32_t>(values.size()));
  bench.in.result = Format::int8;
  bench.in.scalar = factor;
  std::memcpy(&bench.spad[kSrc0], values.data(), 4 * values.size());
  static_cast<void>(bench.run());
  std::vector<int> results;
  for (size_t i = 0; i < values.size(); ++i) results.push_back(static_cast<int8_t>(bench.spad[kDst + i]));
  EXPECT_EQ(bench.spad[kDst + values.size()], 0xa5) << "writes beyond its results";
  return results;
}

TEST(Requantize, ByHand) {
  EXPECT_EQ(requantized({3, 5, -3, -5, 1000, -1000, 0, NAN}, 0.5F),  // halves round up
            (std::vector<int>{2, 3, -1, -2, 127, -128, 0, 0}));
  EXPECT_EQ(requantized({INFINITY, -INFINITY, 0.25F, -0.75F}, 1), (std::vector<int>{127, -128, 0, -1}));
}

TEST(Requantize, IntegersAreExact) {
  constexpr uint64_t kSeed = 5;
  std::mt19937_64 random(kSeed);
  for (int round = 0; round < 20000; ++round) {
    const auto shift = static_cast<int>(random() % (isa::kRequantizeMostShift + 1));
    const auto factor =
        static_cast<int64_t>(1 + random() % ((uint64_t{1} << isa::kRequantizeFactorBits) - 1));
    // Of all sizes, so that results are neither all clipped nor all zero.
    const auto bits = static_cast<int>(random() % 25);
    int64_t x = static_cast<int64_t>(random() % (uint64_t{1} << bits));
    if (random() % 2 == 0) x = -x;
    const Wide product = Wide{x} * factor;
    const Wide rounded = shift == 0 ? product : (product + (Wide{1} << (shift - 1))) >> shift;
    const auto expected = static_cast<int>(std::clamp<Wide>(rounded, -128, 127));
    const float scalar = std::ldexp(static_cast<float>(factor), -shift);
    ASSERT_EQ(requantized({static_cast<float>(x)}, scalar), std::vector<int>{expected})
        << "seed " << kSeed << ": " << x << " * " << factor << " / 2^" << shift;
  }
}

TEST(Requantize, TakesTwoWordsAndWritesOneByte) {
  Bench bench(VectorOp::requantize, 3, 40);
  bench.in.result = Format::int8;
  const VectorFootprint footprint = bench.footprint();
  EXPECT_EQ(footprint.reads[0].hi - footprint.reads[0].lo, 4U * 120);
  EXPECT_EQ(footprint.write.hi - footprint.write.lo, 120U);
  EXPECT_EQ(vector_cycles({16, 5}, bench.in), 5U + 3 * 3);  // one pass
}

std::string refusal(float scalar, Format result) {
  isa::Program program;
  program.ops = {{"op", "test"}};
  isa::Node node;
  node.instruction.opcode = isa::Opcode::vector;
  node.instruction.queue = isa::Queue::vector;
  node.instruction.vector_op = VectorOp::requantize;
  node.instruction.rows = node.instruction.cols = 1;
  node.instruction.scalar = scalar;
  node.instruction.result = result;
  program.nodes = {node};
  try {
    isa::validate(program);
    return {};
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(Requantize, FactorsAreDyadic_bad) {
  EXPECT_EQ(refusal(65535, Format::int8), "");
  EXPECT_EQ(refusal(std::ldexp(65535.0F, -47), Format::int8), "");
  EXPECT_EQ(refusal(std::ldexp(1.0F, -47), Format::int8), "");
  for (const float scalar : {65536.0F, std::ldexp(1.0F, -48), std::ldexp(65537.0F, -20), 0.1F, 0.0F, -1.0F})
    EXPECT_NE(refusal(scalar, Format::int8).find("error[PRG011]: program node 0: requantize by"),
              std::string::npos)
        << scalar;
  EXPECT_NE(refusal(1, Format::fp16).find("requantize writes int8"), std::string::npos);
}

}  // namespace
}  // namespace vernier::vector
