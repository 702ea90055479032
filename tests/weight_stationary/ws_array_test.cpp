// SPDX-License-Identifier: Apache-2.0
// The weight-stationary array model against sums written out in the test, and against the Verilated RTL,
// cycle by cycle and bit by bit.
#include <gtest/gtest.h>

#include "models/array/weight_stationary/ws_array_model.h"
#include "models/array/weight_stationary/ws_golden.h"
#include "models/array/weight_stationary/ws_rules.h"
#include "models/formats/ieee.h"
#include "models/pe/registry.h"
#include "sim/cosim/lockstep.h"
#include "tests/weight_stationary/fp16_format.h"
#if VERNIER_HAS_RTL
#include "sim/cosim/regression.h"
#include "sim/rtl_adaptor/rtl_ws_array.h"
#endif

namespace vernier::ws_test {
namespace {

machine::ArrayParams params(int rows, int cols) {
  return {"fp16_mac", rows, cols, 1, machine::Delivery::systolic};
}

array::WsArrayModel model(const machine::ArrayParams& array) { return {array, {fp16()}}; }

/// The sum down a column, written out here: it shares no code with the PE. Floats on this machine are IEEE
/// fp32, products of two fp16 exact.
float column_sum(const cosim::WsPass& pass, uint32_t token, size_t channel) {
  float acc = 0;
  int64_t integer = 0;
  for (size_t i = 0; i < static_cast<size_t>(pass.k); ++i) {
    const uint16_t act = pass.acts[token][i];
    const uint16_t weight = pass.weights[i][channel];
    const float product = formats::fp16_to_float(act) * formats::fp16_to_float(weight);
    acc = acc + product;
    integer += int64_t{static_cast<int8_t>(act & 0xffU)} * static_cast<int8_t>(weight & 0xffU);
  }
  return pass.activations == formats::ActivationFormat::int8 ? static_cast<float>(integer) : acc;
}

uint32_t expected_result(const cosim::WsPass& pass, uint32_t token, size_t channel) {
  const float old = pass.accumulate ? formats::fp32_from_bits(pass.old[token][channel]) : 0.0F;
  const float y = column_sum(pass, token, channel) + old;
  if (!pass.final) return formats::fp32_canonical_bits(y);
  // fp16 weights have no channel scale: whatever the pins say, fp16_mac's output units do not multiply.
  if (pass.activations == formats::ActivationFormat::fp16) return formats::fp16_from_float(y);
  const float scaled = y * formats::fp16_to_float(pass.channel_scales[channel]);
  return formats::fp16_from_float(scaled);
}

/// What co-simulation expects, by ws_golden(), are the sums written out.
void check_expected(const cosim::WsVector& vector, uint64_t seed, uint64_t index) {
  const cosim::WsPass& pass = vector.pass;
  for (uint32_t t = 0; t < pass.m; ++t) {
    for (size_t c = 0; c < static_cast<size_t>(pass.n); ++c) {
      ASSERT_EQ(pass.expected[t][c], expected_result(pass, t, c))
          << "seed " << seed << ", vector " << index << ", " << vector.text() << ", token " << t
          << ", channel " << c;
    }
  }
}

TEST(WsArray, model_and_golden_function_have_the_sums_of_random_passes) {
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    cosim::Random random(seed, 0);
    machine::ArrayParams array = params(random.pick(1, 12), random.pick(1, 12));
    if (seed % 2 == 0) array.pe = "int8_mac";
    array::WsArrayModel one(array, cosim::ws_formats(array));
    array::WsArrayModel other(array, cosim::ws_formats(array));
    cosim::WsLockstep lockstep(array, one, other);
    for (uint64_t index = 0; index < 4; ++index) {
      const cosim::WsVector vector = cosim::make_ws_vector(array, seed, index);
      ASSERT_NO_FATAL_FAILURE(check_expected(vector, seed, index));
      const auto difference = lockstep.run(vector);
      ASSERT_FALSE(difference) << "seed " << seed << ", vector " << index << ", " << array.rows << "x"
                               << array.cols << ", " << vector.text() << ", cycle " << difference->cycle
                               << ": " << difference->signal << " is " << difference->rtl << ", not "
                               << difference->golden;
    }
  }
}

// The pass that only runs for coverage have: token counters go up to bit 12, on both sides alike.
TEST(WsArray, long_pass_counts_thousands_of_tokens) {
  const machine::ArrayParams array = params(2, 2);
  const cosim::WsVector vector = cosim::make_ws_vector(array, 1, cosim::kLongPass);
  EXPECT_GT(vector.pass.m, 4096U);
  ASSERT_NO_FATAL_FAILURE(check_expected(vector, 1, cosim::kLongPass));
  array::WsArrayModel one = model(array), other = model(array);
  cosim::WsLockstep lockstep(array, one, other);
  EXPECT_FALSE(lockstep.run(vector)) << vector.text();
}

// 2^24 + 1 is 2^24 in fp32 (nearest even), 1 + 1 is 2: tiles of two elements keep what a chain of four loses.
TEST(WsArray, tiles_are_added_up_from_zero) {
  const std::vector<uint16_t> acts{0x6c00, 0x3c00, 0x3c00, 0x3c00};   // 2^12 1 1 1
  const std::vector<uint16_t> slots{0x6c00, 0x3c00, 0x3c00, 0x3c00};  // 2^12 1 1 1
  const auto accumulator = pe::pe("fp16_mac").make(fp16(), formats::ActivationFormat::fp16);
  const auto golden = [&](uint64_t rows, uint32_t old, bool accumulate) {
    return formats::fp32_from_bits(array::ws_golden(*accumulator, acts.data(), slots.data(), 4, rows, old,
                                                    formats::kFp16One, {false, accumulate, 0}));
  };
  EXPECT_EQ(golden(4, 0, false), 0x1p24F);
  EXPECT_EQ(golden(2, 0, false), 0x1p24F + 2);
  EXPECT_EQ(golden(1, 0, false), 0x1p24F);
  EXPECT_EQ(golden(3, 0, false), 0x1p24F);
  EXPECT_EQ(golden(2, 0x4b800000, true), 0x1p25F);       // old = 2^24: 2^25, and then 2^25 + 2 is a tie
  EXPECT_EQ(golden(2, 0x4b800000, false), 0x1p24F + 2);  // old is not looked at
}

// 2 x 3 array, two tokens, nothing in the way: docs/weight-stationary.md, "Pins".
TEST(WsArray, pins_counted_by_hand) {
  auto array = model(params(2, 3));
  array::WsInputs in;
  in.start = true;
  in.rows = in.cols = 2;
  in.accumulate = true;
  std::string weight_ready, act_ready, partial_req, out_valid, busy;
  for (int cycle = 0; cycle < 16; ++cycle) {
    const array::WsOutputs& out = array.outputs();
    weight_ready += out.weight_ready ? '1' : '.';
    act_ready += out.act_ready ? '1' : '.';
    partial_req += out.partial_req ? static_cast<char>('0' + out.partial_token) : '.';
    out_valid += out.out_valid ? static_cast<char>('0' + out.out_token) : '.';
    busy += out.busy ? '1' : '.';
    in.weight_valid = true;
    in.act_valid = true;
    in.act_last = cycle == 4;
    in.out_ready = cycle != 11 && cycle != 12;
    array.tick(in);
    in.start = false;
  }
  // Rows accepted in 1 and 2, tokens in 3 and 4; first result in 3 + R + C + 3 = 11, where it waits for 13.
  EXPECT_EQ(weight_ready, ".11.............");
  EXPECT_EQ(act_ready, "...11...........");
  EXPECT_EQ(partial_req, "..........01....");
  EXPECT_EQ(out_valid, "...........0001.");
  EXPECT_EQ(busy, ".11111111111111.");
}

TEST(WsArray, refusals_bad) {
  EXPECT_FALSE(array::ws_reject_array(params(4, 4)));
  machine::ArrayParams array = params(4, 4);
  array.delivery = machine::Delivery::broadcast;
  EXPECT_NE(array::ws_reject_array(array).value_or("").find("systolic"), std::string::npos);
  array = params(4, 4);
  array.pe = "bitmod";
  const std::string text = array::ws_reject_array(array).value_or("");
  EXPECT_NE(text.find("bitmod"), std::string::npos);
  EXPECT_NE(text.find("PEs that can: fp16_mac, int8_mac"), std::string::npos) << text;
  array = params(4, 4);
  array.lanes = 2;
  EXPECT_NE(array::ws_reject_array(array).value_or("").find("2 lanes"), std::string::npos);
  EXPECT_FALSE(array::ws_reject_format(fp16()));
  EXPECT_NE(
      array::ws_reject_format(formats::group_format("int8_s8_g64")).value_or("").find("every 64 elements"),
      std::string::npos);
}

#if VERNIER_HAS_RTL
class WsRtl : public testing::TestWithParam<machine::ArrayParams> {};

TEST_P(WsRtl, equals_the_model_in_every_cycle) {
  const machine::ArrayParams& array = GetParam();
  const cosim::WsBlock block{array, [&array] { return rtl_adaptor::RtlWsArray::create(array); }};
  const cosim::BlockResult result = cosim::run_block(block, {1, 0, 600});
  EXPECT_FALSE(result.mismatch) << result.mismatch->text();
  EXPECT_GT(result.tally.resets, 20U);
}

INSTANTIATE_TEST_SUITE_P(Built, WsRtl, testing::ValuesIn(rtl_adaptor::RtlWsArray::built()),
                         [](const auto& built) {
                           return fmt::format("{}_{}x{}", built.param.pe, built.param.rows, built.param.cols);
                         });
#endif

}  // namespace
}  // namespace vernier::ws_test
