// SPDX-License-Identifier: Apache-2.0
// Blocks below the array: a fault is found, with the pin and the cycle. The part of the RTL is played by
// code, so that this runs in builds without RTL too.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "sim/cosim/block_run.h"

namespace vernier::cosim {
namespace {

/// Outputs in[0] + in[1] of 12 bits and, a cycle late, in[0] alone of 40 bits.
BlockSpec adder() {
  class Golden : public IBlockGolden {
   public:
    void reset() override { late_[0] = late_[1] = 0; }
    void outputs(const uint32_t* in, uint32_t* out, uint32_t* care) override {
      out[0] = (in[0] + in[2]) & 0xfffU;
      care[0] = 0xffeU;  // bit 0 may be anything
      out[1] = late_[0];
      out[2] = late_[1];
    }
    void edge(const uint32_t* in) override {
      late_[0] = in[0];
      late_[1] = in[1];
    }

   private:
    uint32_t late_[2] = {};
  };
  return {"adder",
          "common",
          {{"a_i", 40}, {"b_i", 12}},
          {{"sum_o", 12}, {"late_o", 40}},
          16,
          0,
          [](Random& random, uint64_t, int, uint32_t* in) {
            for (int i = 0; i < 3; ++i) in[i] = static_cast<uint32_t>(random.bits());
          },
          [] { return std::make_unique<Golden>(); }};
}

class Adder : public IBlockRtl {
 public:
  explicit Adder(int faulty_cycle, uint64_t late_fault = 0)
      : faulty_(faulty_cycle), late_fault_(late_fault) {}
  std::vector<RtlPin> pins() override {
    return {{"late_o", false, 40, &late_},
            {"sum_o", false, 12, &sum_},
            {"b_i", true, 12, &b_},
            {"a_i", true, 40, &a_}};
  }
  void reset() override {
    held_ = 0;
    cycle_ = 0;
  }
  void settle() override {
    sum_ = static_cast<uint16_t>((a_ + b_) & 0xfffU) ^ 1U;  // the bit nobody cares about is wrong
    late_ = held_;
    if (cycle_ != faulty_) return;
    late_ ^= late_fault_;
    if (late_fault_ == 0) sum_ ^= 0x800U;
  }
  void edge() override {
    held_ = a_;
    ++cycle_;
  }

 private:
  uint64_t a_ = 0, late_ = 0, held_ = 0;
  uint16_t b_ = 0, sum_ = 0;
  int faulty_, cycle_ = 0;
  uint64_t late_fault_;
};

Mismatch mismatch_of(int cycle, uint64_t late_fault) {
  const BlockSpec spec = adder();
  const BlockResult result =
      run_spec(spec, [=] { return std::make_unique<Adder>(cycle, late_fault); }, {3, 5, 10});
  EXPECT_TRUE(result.mismatch);
  return result.mismatch.value_or(Mismatch{});
}

TEST(BlockCosim, GoodBlockPasses) {
  const BlockSpec spec = adder();
  const BlockResult result = run_spec(spec, [] { return std::make_unique<Adder>(-1); }, {1, 0, 20});
  EXPECT_FALSE(result.mismatch) << result.mismatch->text();
  EXPECT_EQ(result.tally.vectors, 20U);
  EXPECT_EQ(result.tally.cycles, 320U);
}

TEST(BlockCosim, FaultIsLocated_bad) {
  const Mismatch sum = mismatch_of(11, 0);
  EXPECT_EQ(sum.block, "adder");
  EXPECT_EQ(sum.vector, 5U);
  EXPECT_EQ(sum.difference.cycle, 11U);
  EXPECT_EQ(sum.difference.signal, "sum_o");
  EXPECT_EQ(std::stoul(sum.difference.rtl, nullptr, 16) ^ std::stoul(sum.difference.golden, nullptr, 16),
            0x801U);
  EXPECT_EQ(sum.command, "vernier cosim adder --seed 3 --first 5 --vectors 1");
  EXPECT_EQ(sum.rtl_events.size(), 8U);
  EXPECT_EQ(sum.rtl_events.back().find("cycle 11: a_i="), 0U) << sum.rtl_events.back();
  EXPECT_NE(sum.rtl_events.back().find("sum_o=" + sum.difference.rtl), std::string::npos);
  EXPECT_NE(sum.other_events.back().find("sum_o=" + sum.difference.golden), std::string::npos);
  EXPECT_NE(sum.text().find("  last events, golden:\n"), std::string::npos);
  const Mismatch late = mismatch_of(7, uint64_t{1} << 39);
  EXPECT_EQ(late.difference.signal, "late_o");
  EXPECT_EQ(late.difference.cycle, 7U);
}

TEST(BlockCosim, StopsWhenEverythingWasTried) {
  BlockSpec spec = adder();
  spec.all = 12;
  const BlockResult result = run_spec(spec, [] { return std::make_unique<Adder>(-1); }, {1, 4, 20});
  EXPECT_EQ(result.tally.vectors, 8U);
}

TEST(BlockCosim, SpecAndRtlHaveTheSamePins_bad) {
  BlockSpec spec = adder();
  spec.inputs[1].bits = 11;
  const auto make = [] { return std::make_unique<Adder>(-1); };
  EXPECT_THROW((void)run_spec(spec, make, {1, 0, 1}), InternalError);
  spec.inputs.pop_back();
  EXPECT_THROW((void)run_spec(spec, make, {1, 0, 1}), InternalError);
  EXPECT_THROW((void)block_spec("no_such_module"), InputError);
}

}  // namespace
}  // namespace vernier::cosim
