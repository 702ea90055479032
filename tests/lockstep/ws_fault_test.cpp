// SPDX-License-Identifier: Apache-2.0
// Faults of a weight-stationary array are found and located: block, vector, cycle, signal, values. The part
// of the RTL is played by the SystemC model with a fault, so that this runs in builds without RTL too.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/cosim/regression.h"
#include "tests/lockstep/faulty_array.h"

namespace vernier::cosim {
namespace {

using array::WsInputs;
using array::WsOutputs;

const machine::ArrayParams kWsArray{
    "fp16_mac", 3, 4, 1, machine::Delivery::systolic, machine::Dataflow::weight_stationary};

std::unique_ptr<array::IWsArray> ws_model() {
  return std::make_unique<array::WsArrayModel>(kWsArray, ws_formats(kWsArray));
}

BlockResult result_with(const FaultyWsArray::Fault& fault) {
  const WsBlock block{kWsArray,
                      [&fault] { return std::make_unique<FaultyWsArray>(ws_model(), kWsArray.cols, fault); }};
  return run_block(block, {1, 0, 400});
}

Mismatch mismatch_of(const FaultyWsArray::Fault& fault) {
  const BlockResult result = result_with(fault);
  EXPECT_TRUE(result.mismatch) << "the fault was not found";
  return result.mismatch.value_or(Mismatch{});
}

TEST(WsCosimFault, none) {
  const BlockResult result = result_with([](WsOutputs&, std::vector<uint32_t>&, int) {});
  EXPECT_FALSE(result.mismatch) << result.mismatch->text();
  EXPECT_EQ(result.tally.vectors, 400U);
  EXPECT_GT(result.tally.resets, 20U);
}

/// The cycle in which the good array first shows the signal high in that vector, run on its own.
uint64_t first_high(const WsVector& vector, bool WsOutputs::*signal) {
  uint64_t ticks = 0;
  uint64_t seen = 0;
  FaultyWsArray watched(ws_model(), kWsArray.cols, [&](WsOutputs& out, std::vector<uint32_t>&, int) {
    if (seen == 0 && out.*signal) seen = ticks;
    ++ticks;
  });
  const auto other = ws_model();
  EXPECT_FALSE(WsLockstep(kWsArray, watched, *other).run(vector));
  return seen;
}

TEST(WsCosimFault, delayed_outputs_are_located_bad) {
  const std::vector<std::pair<const char*, bool WsOutputs::*>> signals = {
      {"weight_ready", &WsOutputs::weight_ready},
      {"act_ready", &WsOutputs::act_ready},
      {"partial_req", &WsOutputs::partial_req},
      {"out_valid", &WsOutputs::out_valid},
      {"busy", &WsOutputs::busy}};
  for (const auto& [name, signal] : signals) {
    const Mismatch found = mismatch_of(delayed(signal));
    SCOPED_TRACE(found.text());
    EXPECT_EQ(found.block, "fp16_mac_3x4_weight_stationary");
    EXPECT_EQ(found.difference.signal, name);
    EXPECT_EQ(found.difference.rtl, "0");
    EXPECT_EQ(found.difference.systemc, "1");
    EXPECT_EQ(found.difference.cycle, first_high(make_ws_vector(kWsArray, 1, found.vector), signal));
  }
}

/// A vector without a reset whose pass satisfies a condition, and the number of passes before it.
template <class Condition>
std::pair<uint64_t, int> first_vector(const Condition& condition) {
  int passes = 0;
  for (uint64_t index = 0;; ++index) {
    const WsVector vector = make_ws_vector(kWsArray, 1, index);
    const bool twice = vector.conditions.reset_after > 0;
    if (!twice && index > 2 && condition(vector.pass)) return {index, passes};
    passes += twice ? 2 : 1;
  }
}

TEST(WsCosimFault, inverted_bit_is_located_bad) {
  const auto [index, passes] =
      first_vector([](const WsPass& pass) { return pass.n >= 2 && pass.m > 3 && !pass.accumulate; });
  const int faulty = passes;
  const Mismatch found = mismatch_of([faulty](WsOutputs& out, std::vector<uint32_t>& data, int pass) {
    if (pass == faulty && out.out_token == 2) data[1] ^= 0x10U;
  });
  EXPECT_EQ(found.vector, index);
  EXPECT_EQ(found.difference.signal, "out_data[channel 1] of token 2");
  const WsPass pass = make_ws_vector(kWsArray, 1, index).pass;
  const uint32_t golden = pass.expected[2][1];
  EXPECT_EQ(found.difference.golden, fmt::format("{:08x}", golden));
  EXPECT_EQ(found.difference.systemc, fmt::format("{:08x}", golden));
  EXPECT_EQ(found.difference.rtl, fmt::format("{:08x}", golden ^ 0x10U));
  // Only the pass of that number differs: the vectors before it are needed.
  EXPECT_EQ(found.command,
            fmt::format("vernier cosim fp16_mac_3x4_weight_stationary --seed 1 --vectors {}", index + 1));
}

/// " 0000000a 0000000b": results as the last event shows them.
std::string words(const std::vector<uint32_t>& values) {
  std::string text;
  for (const uint32_t value : values) text += fmt::format(" {:08x}", value);
  return text;
}

TEST(WsCosimFault, report_says_everything_bad) {
  const Mismatch found = mismatch_of([](WsOutputs& out, std::vector<uint32_t>& data, int) {
    if (out.out_valid && out.out_token == 5) data[0] ^= 1U;
  });
  const WsVector vector = make_ws_vector(kWsArray, 1, found.vector);
  const std::vector<uint32_t> golden = vector.pass.expected[5];
  std::vector<uint32_t> wrong = golden;
  wrong[0] ^= 1U;
  const uint64_t cycle = found.difference.cycle;
  const std::string text = found.text();
  for (const std::string& part :
       {fmt::format("mismatch in fp16_mac_3x4_weight_stationary, seed 1, vector {}, cycle {}\n", found.vector,
                    cycle),
        fmt::format("  signal     out_data[channel 0] of token 5\n  rtl        {:08x}\n  systemc    {:08x}\n",
                    wrong[0], golden[0]),
        "  vector     " + vector.text() + "\n", std::string("  last events, rtl:\n    cycle "),
        std::string("  last events, systemc:\n    cycle "),
        fmt::format("  reproduce  vernier cosim fp16_mac_3x4_weight_stationary --seed 1{} --vectors 1\n",
                    found.vector == 0 ? "" : fmt::format(" --first {}", found.vector))}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "is not in\n" << text;
  }
  // If the token is taken in the cycle in which it is shown, it is the last event of both sides.
  ASSERT_EQ(found.rtl_events.size(), EventRecorder::kKept);
  ASSERT_EQ(found.other_events.size(), EventRecorder::kKept);
  if (found.rtl_events.back().find("token 5 out") != std::string::npos) {
    EXPECT_EQ(found.rtl_events.back(), fmt::format("cycle {}: token 5 out:{}", cycle, words(wrong)));
    EXPECT_EQ(found.other_events.back(), fmt::format("cycle {}: token 5 out:{}", cycle, words(golden)));
  }
}

/// What both sides do alike is held against the golden functions.
std::optional<Difference> difference_of_twins(const FaultyWsArray::Fault& fault) {
  FaultyWsArray rtl(ws_model(), kWsArray.cols, fault);
  FaultyWsArray systemc(ws_model(), kWsArray.cols, fault);
  WsLockstep lockstep(kWsArray, rtl, systemc);
  for (uint64_t index = 0; index < 40; ++index) {
    WsVector vector = make_ws_vector(kWsArray, 1, index);
    vector.conditions.reset_after = 0;  // one pass each
    if (auto difference = lockstep.run(vector)) return difference;
  }
  return std::nullopt;
}

TEST(WsCosimFault, equal_faults_differ_from_golden_bad) {
  struct Case {
    const char* signal;
    const char* value;
    const char* golden;  // null: some value
    FaultyWsArray::Fault fault;
  };
  const std::vector<Case> cases = {
      {"out_data[channel 0] of token 0", nullptr, nullptr,
       [](WsOutputs& out, std::vector<uint32_t>& data, int) {
         if (out.out_valid) data[0] ^= 0x80U;
       }},
      {"out_token", "1", "0",
       [](WsOutputs& out, std::vector<uint32_t>&, int) {
         if (out.out_valid) ++out.out_token;
       }},
      {"tokens out", "0", nullptr,
       [](WsOutputs& out, std::vector<uint32_t>&, int) { out.out_valid = false; }},
      {"weight_ready", "1", "0, no pass runs",
       [](WsOutputs& out, std::vector<uint32_t>&, int) {
         if (!out.busy) out.weight_ready = true;
       }},
      {"busy", "1", "0 after the last token",
       [](WsOutputs& out, std::vector<uint32_t>&, int pass) {
         if (pass == 3) out.busy = true;
       }},
  };
  for (const Case& c : cases) {
    const auto difference = difference_of_twins(c.fault);
    ASSERT_TRUE(difference) << c.signal;
    EXPECT_EQ(difference->signal, c.signal);
    EXPECT_EQ(difference->rtl, difference->systemc);
    EXPECT_NE(difference->rtl, difference->golden);
    EXPECT_EQ(difference->rtl, c.value != nullptr ? c.value : difference->rtl) << c.signal;
    EXPECT_EQ(difference->golden, c.golden != nullptr ? c.golden : difference->golden) << c.signal;
  }
}

// Missed requests are found even where the partial sums make no difference: results are NaN anyway.
TEST(WsCosimFault, requests_left_over_bad) {
  WsVector vector = make_ws_vector(kWsArray, 1, first_vector([](const WsPass& pass) {
                                                  return pass.accumulate && !pass.final && pass.m == 3;
                                                }).first);
  for (auto& token : vector.pass.acts) token.assign(token.size(), 0x7e00U);
  for (auto& token : vector.pass.expected) token.assign(token.size(), 0x7fc00000U);
  const auto silent = [](WsOutputs& out, std::vector<uint32_t>&, int) { out.partial_req = false; };
  const auto sound = [](WsOutputs&, std::vector<uint32_t>&, int) {};
  for (const bool faulty : {false, true}) {
    const FaultyWsArray::Fault fault = faulty ? FaultyWsArray::Fault(silent) : FaultyWsArray::Fault(sound);
    FaultyWsArray rtl(ws_model(), kWsArray.cols, fault);
    FaultyWsArray systemc(ws_model(), kWsArray.cols, fault);
    const auto difference = WsLockstep(kWsArray, rtl, systemc).run(vector);
    ASSERT_EQ(difference.has_value(), faulty);
    if (!faulty) continue;
    EXPECT_EQ(difference->signal, "tokens requested");
    EXPECT_EQ(difference->rtl, "0");
    EXPECT_EQ(difference->golden, "3");
  }
}

// Reset that leaves the array running is seen in the next cycle.
TEST(WsCosimFault, reset_without_effect_bad) {
  class Deaf : public array::IWsArray {
   public:
    const WsOutputs& outputs() const override { return inner_->outputs(); }
    void tick(const WsInputs& inputs) override { inner_->tick(inputs); }
    void reset() override {}

   private:
    std::unique_ptr<array::IWsArray> inner_ = ws_model();
  };
  const BlockResult result = run_block({kWsArray, [] { return std::make_unique<Deaf>(); }}, {1, 0, 400});
  ASSERT_TRUE(result.mismatch);
  EXPECT_GT(make_ws_vector(kWsArray, 1, result.mismatch->vector).conditions.reset_after, 0);
  EXPECT_EQ(result.mismatch->difference.rtl, "1");
  EXPECT_NE(result.mismatch->rtl_events.back().find(": start"), std::string::npos);
}

}  // namespace
}  // namespace vernier::cosim
