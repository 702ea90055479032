// SPDX-License-Identifier: Apache-2.0
// Faults of a weight-stationary array are found and located: vector, cycle, signal, both values. The part of
// the RTL is played by the SystemC model with a fault, so that this runs in builds without RTL too.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/array/weight_stationary/ws_array_model.h"
#include "sim/cosim/ws_run.h"
#include "sim/cosim/ws_vector.h"

namespace vernier::cosim {
namespace {

using array::WsInputs;
using array::WsOutputs;

const machine::ArrayParams kArray{
    "fp16_mac", 3, 4, 1, machine::Delivery::systolic, machine::Dataflow::weight_stationary};

/// A good array whose outputs a function of the number of the pass (from 0, resets begin none) and of the
/// cycle since its start changes.
class FaultyWsArray : public array::IWsArray {
 public:
  using Fault = std::function<void(WsOutputs&, std::vector<uint32_t>& data, int pass, uint64_t cycle)>;

  explicit FaultyWsArray(Fault fault) : good_(kArray, ws_formats(kArray)), fault_(std::move(fault)) {
    update();
  }
  const WsOutputs& outputs() const override { return outputs_; }
  void tick(const WsInputs& inputs) override {
    if (inputs.start) {
      ++pass_;
      cycle_ = 0;
    }
    good_.tick(inputs);
    ++cycle_;
    update();
  }
  void reset() override {
    if (!deaf_) good_.reset();
    update();
  }
  bool deaf_ = false;  ///< to resets

 private:
  void update() {
    outputs_ = good_.outputs();
    data_.assign(outputs_.out_data, outputs_.out_data + kArray.cols);
    fault_(outputs_, data_, pass_, cycle_);
    outputs_.out_data = data_.data();
  }

  array::WsArrayModel good_;
  Fault fault_;
  std::vector<uint32_t> data_;
  WsOutputs outputs_;
  int pass_ = -1;
  uint64_t cycle_ = 0;
};

void none(WsOutputs&, std::vector<uint32_t>&, int, uint64_t) {}

BlockResult result_with(FaultyWsArray::Fault fault, bool deaf = false) {
  const WsBlock block{kArray, [fault = std::move(fault), deaf] {
                        auto array = std::make_unique<FaultyWsArray>(fault);
                        array->deaf_ = deaf;
                        return array;
                      }};
  return run_block(block, {1, 0, 400, "."});
}

TEST(WsCosimFault, none) {
  const BlockResult result = result_with(none);
  EXPECT_FALSE(result.mismatch) << result.mismatch->text();
  EXPECT_EQ(result.tally.vectors, 400U);
  EXPECT_GT(result.tally.resets, 20U);
}

/// A vector without a reset whose pass satisfies a condition, and the number of passes before it.
template <class Condition>
std::pair<uint64_t, int> first_vector(const Condition& condition) {
  int passes = 0;
  for (uint64_t index = 0;; ++index) {
    const WsVector vector = make_ws_vector(kArray, 1, index);
    const bool twice = vector.conditions.reset_after > 0;
    if (!twice && index > 2 && condition(vector.pass)) return {index, passes};
    passes += twice ? 2 : 1;
  }
}

TEST(WsCosimFault, inverted_bit_is_located_bad) {
  const auto [index, passes] =
      first_vector([](const WsPass& pass) { return pass.n >= 2 && pass.m > 3 && !pass.accumulate; });
  const int faulty = passes;
  const BlockResult result =
      result_with([faulty](WsOutputs& out, std::vector<uint32_t>& data, int pass, uint64_t) {
        if (pass == faulty && out.out_token == 2) data[1] ^= 0x10U;
      });
  ASSERT_TRUE(result.mismatch);
  const Mismatch& found = *result.mismatch;
  EXPECT_EQ(found.vector, index);
  EXPECT_EQ(found.difference.signal, "out_data[channel 1] of token 2");
  const uint32_t golden = make_ws_vector(kArray, 1, index).pass.expected[2][1];
  EXPECT_EQ(found.difference.golden, fmt::format("{:08x}", golden));
  EXPECT_EQ(found.difference.systemc, fmt::format("{:08x}", golden));
  EXPECT_EQ(found.difference.rtl, fmt::format("{:08x}", golden ^ 0x10U));
  EXPECT_FALSE(found.rtl_events.empty());
  // Only the pass of that number differs: the vectors before it are needed.
  EXPECT_EQ(found.command,
            fmt::format("vernier cosim fp16_mac_3x4_weight_stationary --seed 1 --vectors {}", index + 1));
  EXPECT_NE(found.text().find("waveform   none"), std::string::npos) << found.text();
}

TEST(WsCosimFault, late_ready_is_located_in_its_cycle_bad) {
  const BlockResult result =
      result_with([before = false](WsOutputs& out, std::vector<uint32_t>&, int, uint64_t) mutable {
        std::swap(before, out.weight_ready);
      });
  ASSERT_TRUE(result.mismatch);
  EXPECT_EQ(result.mismatch->vector, 0U);
  EXPECT_EQ(result.mismatch->difference.signal, "weight_ready");
  // The cycle after the start, which follows the idle cycles.
  const auto idle = static_cast<uint64_t>(make_ws_vector(kArray, 1, 0).conditions.idle_cycles);
  EXPECT_EQ(result.mismatch->difference.cycle, idle + 1);
  EXPECT_EQ(result.mismatch->command, "vernier cosim fp16_mac_3x4_weight_stationary --seed 1 --vectors 1");
}

TEST(WsCosimFault, reset_without_effect_bad) {
  const BlockResult result = result_with(none, true);
  ASSERT_TRUE(result.mismatch);
  EXPECT_GT(make_ws_vector(kArray, 1, result.mismatch->vector).conditions.reset_after, 0);
}

}  // namespace
}  // namespace vernier::cosim
