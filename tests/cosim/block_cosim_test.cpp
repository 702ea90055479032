// SPDX-License-Identifier: Apache-2.0
// The blocks of rtl/blocks.txt: each does what its golden function says, and no bit of its outputs is left
// out of the comparison.
#include <gtest/gtest.h>

#include <cstring>
#include <ostream>

#include "sim/cosim/block_run.h"
#include "sim/rtl_adaptor/rtl_block.h"

namespace vernier {

namespace rtl_adaptor {
/// What GoogleTest shows of a block.
static void PrintTo(const RtlBlock& block, std::ostream* out) { *out << block.module; }
}  // namespace rtl_adaptor

namespace {

class BlockCosim : public ::testing::TestWithParam<rtl_adaptor::RtlBlock> {};

TEST_P(BlockCosim, RtlDoesWhatTheGoldenFunctionSays) {
  const cosim::BlockSpec& spec = cosim::block_spec(GetParam().module);
  const uint64_t vectors = spec.all != 0 ? spec.all : 200;
  const cosim::BlockResult result = cosim::run_spec(spec, GetParam().create, {1, 0, vectors});
  EXPECT_FALSE(result.mismatch) << result.mismatch->text();
}

/// The RTL with one bit of an output inverted from a cycle on.
class InvertedBit : public cosim::IBlockRtl {
 public:
  InvertedBit(std::unique_ptr<cosim::IBlockRtl> rtl, std::string pin, int bit, int first_cycle)
      : rtl_(std::move(rtl)), pin_(std::move(pin)), bit_(bit), first_cycle_(first_cycle) {}

  std::vector<cosim::RtlPin> pins() override {
    std::vector<cosim::RtlPin> pins = rtl_->pins();
    for (cosim::RtlPin& pin : pins) {
      if (pin.input || pin.name != pin_) continue;
      shown_.resize(pin.bits <= 8 ? 1 : pin.bits <= 16 ? 2 : (static_cast<size_t>(pin.bits) + 31) / 32 * 4);
      healthy_ = pin.data;
      pin.data = shown_.data();
    }
    return pins;
  }
  void reset() override {
    rtl_->reset();
    cycle_ = 0;
  }
  void settle() override {
    rtl_->settle();
    std::memcpy(shown_.data(), healthy_, shown_.size());
    if (cycle_ >= first_cycle_) {
      shown_[static_cast<size_t>(bit_) / 8] ^= static_cast<unsigned char>(1U << (bit_ % 8));
    }
  }
  void edge() override {
    rtl_->edge();
    ++cycle_;
  }

 private:
  std::unique_ptr<cosim::IBlockRtl> rtl_;
  std::string pin_;
  int bit_, first_cycle_, cycle_ = 0;
  std::vector<unsigned char> shown_;
  void* healthy_ = nullptr;
};

TEST_P(BlockCosim, OneInvertedBitIsLocated_bad) {
  constexpr int kFirstCycle = 5;
  const cosim::BlockSpec& spec = cosim::block_spec(GetParam().module);
  for (const cosim::BlockPin& pin : spec.outputs) {
    for (int bit = 0; bit < pin.bits; ++bit) {
      SCOPED_TRACE(std::string(pin.name) + " bit " + std::to_string(bit));
      const auto faulty = [&] {
        return std::make_unique<InvertedBit>(GetParam().create(), pin.name, bit, kFirstCycle);
      };
      const cosim::BlockResult result = cosim::run_spec(spec, faulty, {1, 0, 20});
      ASSERT_TRUE(result.mismatch);
      EXPECT_EQ(result.mismatch->block, spec.module);
      EXPECT_EQ(result.mismatch->difference.signal, pin.name);
      EXPECT_GE(result.mismatch->difference.cycle, uint64_t{kFirstCycle});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Built, BlockCosim, ::testing::ValuesIn(rtl_adaptor::rtl_blocks()),
                         [](const auto& block) { return block.param.module; });

}  // namespace
}  // namespace vernier
