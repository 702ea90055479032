// SPDX-License-Identifier: Apache-2.0
// Netlists of a made-up library: simulation against their function written out, energy against sums by hand.
#include "sim/ppa/netlist.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "sim/ppa/energy.h"
#include "sim/ppa/gate_sim.h"
#include "sim/ppa/replay.h"
#include "tests/ppa/small_library.h"

namespace vernier::ppa {
namespace {

const Library& library() {
  static const Library small = parse_library(kSmallLibrary, "small.lib");
  return small;
}

/// q <= !(a & b) in every cycle, y = !q: nets 2 clk_i, 3 rst_ni, 4 a, 5 b, 6 d, 7 q, 8 y.
constexpr const char* kJson = R"({"modules": {"toy": {
  "ports": {
    "clk_i": {"direction": "input", "bits": [2]}, "rst_ni": {"direction": "input", "bits": [3]},
    "ab_i": {"direction": "input", "bits": [4, 5]}, "q_o": {"direction": "output", "bits": [7]},
    "y_o": {"direction": "output", "bits": [8, "1", "0"]}
  },
  "cells": {
    "u1": {"type": "NAND", "connections": {"A": [4], "B": [5], "Y": [6]}},
    "u2": {"type": "DFFR", "connections": {"CK": [2], "D": [6], "R": [3], "Q": [7]}},
    "u3": {"type": "INV", "connections": {"A": [7], "Y": [8]}}
  }}}})";

Netlist toy() { return read_netlist(nlohmann::ordered_json::parse(kJson), "toy", library()); }

TEST(Netlist, counts_area_and_leakage) {
  const Netlist netlist = toy();
  EXPECT_EQ(netlist.nets, 9);
  EXPECT_DOUBLE_EQ(netlist.area_um2(), 6 + 20 + 4);
  EXPECT_DOUBLE_EQ(netlist.flip_flop_area_um2(), 20);
  EXPECT_DOUBLE_EQ(netlist.leakage_uw(), 0.25 + 1 + 0.5);
  EXPECT_NE(write_verilog(netlist).find("  DFFR g1 (.CK(n2), .D(n6), .R(n3), .Q(n7));\n"), std::string::npos);
  EXPECT_NE(write_verilog(netlist).find("  assign y_o[1] = 1'b1;\n"), std::string::npos);
}

TEST(Netlist, a_cell_that_the_library_lacks_bad) {
  auto json = nlohmann::ordered_json::parse(kJson);
  json["modules"]["toy"]["cells"]["u1"]["type"] = "$_DLATCH_P_";
  EXPECT_THROW((void)read_netlist(json, "toy", library()), CheckFailed);
}

TEST(GateSim, follows_its_function) {
  const Netlist netlist = toy();
  GateSim sim(netlist);
  std::mt19937 random(7);
  bool q = false;
  for (int cycle = 0; cycle < 200; ++cycle) {
    const bool a = random() % 2 != 0, b = random() % 2 != 0, reset = cycle == 0 || random() % 10 == 0;
    sim.set(4, a);
    sim.set(5, b);
    sim.set(3, !reset);
    sim.settle();
    if (reset) q = false;
    ASSERT_EQ(sim.value(7), q) << cycle;
    ASSERT_EQ(sim.value(8), !q) << cycle;
    sim.edge();
    q = !(a && b);
  }
}

std::string refusal(const std::string& from, const std::string& to) {
  std::string text = kJson;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  const Netlist netlist = read_netlist(nlohmann::ordered_json::parse(text), "toy", library());
  try {
    const GateSim sim(netlist);
  } catch (const CheckFailed& error) {
    return error.what();
  }
  return "nothing";
}

TEST(GateSim, errors_bad) {
  EXPECT_EQ(refusal("\"Y\": [6]", "\"Y\": [8]"), "toy: net 8 has several drivers");
  EXPECT_EQ(refusal("\"Y\": [6]", "\"Y\": [9]"), "toy: nobody drives net 6");
  EXPECT_EQ(refusal("\"A\": [7]", "\"A\": [9]"), "toy: nobody drives net 9");
  EXPECT_EQ(refusal("\"A\": [7]", "\"A\": [8]"), "toy: 1 gates are in loops without a flip-flop");
  EXPECT_EQ(refusal("\"CK\": [2]", "\"CK\": [4]"),
            "toy: the cell DFFR does not take the rising edge of clk_i");
  EXPECT_EQ(refusal("\"type\": \"INV\", \"connections\": {\"A\": [7], \"Y\": [8]}",
                    "\"type\": \"LATCH\", \"connections\": {\"G\": [2], \"D\": [7], \"Q\": [8]}"),
            "toy: the cell LATCH is a latch, which is not simulated");
}

// 100 cycles; a changes 40 times, b 10 times, d 20, q 16, y 16. In fF, V and fJ:
//   switching 1/2 C V^2 = 2 C per change: clk 1 * 200, a 2 * 40, b 5 * 10, d 2 * 20, q 3 * 16 (rst 0, y
//   drives nothing) internal  NAND: a causes 4 of 5 changes: (8 * 4 + 2) / 5 = 6.8, times 20
//             clock at 0.1 ns: (4 + 6) / 2 = 5, times 200; D: (7 + 9) / 2 = 8, times 20; Q: 25 * 16
//             inverter at load 0 and the 0.2 ns of q: 0 + 10 * 0.2 = 2, times 16
TEST(Energy, is_the_sum_by_hand) {
  const Netlist netlist = toy();
  Activity activity;
  activity.cycles = 100;
  activity.toggles = {0, 0, 0, 0, 40, 10, 20, 16, 16};
  std::vector<double> slews(9, 0.1);
  slews[7] = 0.2;
  const Energy energy = energy_of(netlist, library(), slews, activity);
  EXPECT_NEAR(energy.switching_pj * 1000, 2 * (1 * 200 + 2 * 40 + 5 * 10 + 2 * 20 + 3 * 16), 1e-9);
  EXPECT_NEAR(energy.internal_pj * 1000, 6.8 * 20 + 5 * 200 + 8 * 20 + 25 * 16 + 2 * 16, 1e-9);
}

/// What the toy shows from two cycles of reset on, with random inputs, then idle ones.
Recording record(size_t cycles, size_t idle) {
  Recording recording;
  recording.ports = {{"ab_i", true, 2}, {"q_o", false, 1}, {"y_o", false, 3}};
  std::mt19937 random(3);
  uint8_t a = 0, b = 0, q = 0;
  for (size_t cycle = 0; cycle < cycles; ++cycle) {
    const bool reset = cycle < 2;
    if (cycle < cycles - idle) {
      a = random() % 2;
      b = random() % 2;
    }
    if (reset) q = 0;
    recording.cycles.push_back({a, b, q, static_cast<uint8_t>(1 - q), 1, 0});
    recording.event.push_back(cycle >= 2 && cycle < cycles - idle);
    recording.reset.push_back(reset);
    q = static_cast<uint8_t>(a == 1 && b == 1 ? 0 : 1);
  }
  return recording;
}

TEST(Replay, counts_changes_of_the_work) {
  const Netlist netlist = toy();
  const Recording recording = record(300, 64);
  const Replay replay = ppa::replay(netlist, recording, 64);
  EXPECT_EQ(replay.cycles, 300U);
  EXPECT_EQ(replay.events, 300U - 2 - 64);
  EXPECT_EQ(replay.active.cycles, 300U - 2 - 64);
  uint64_t changes_of_a = 0;
  for (size_t cycle = 2; cycle < 300 - 64; ++cycle) {
    changes_of_a += recording.cycles[cycle][0] != recording.cycles[cycle - 1][0] ? 1 : 0;
  }
  EXPECT_EQ(replay.active.toggles[4], changes_of_a);
  EXPECT_GT(replay.active.toggles[7], 0U);
  EXPECT_EQ(replay.active.toggles[7], replay.active.toggles[8]);
  EXPECT_EQ(replay.idle.cycles, 16U);
  for (const uint64_t toggles : replay.idle.toggles) EXPECT_EQ(toggles, 0U);
}

TEST(Replay, activity_for_a_pin_that_does_not_exist_bad) {
  const auto said = [](const char* name, bool input, size_t bits) {
    Recording recording = record(300, 64);
    recording.ports[0] = {name, input, bits};
    try {
      (void)replay(toy(), recording, 64);
    } catch (const CheckFailed& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  EXPECT_EQ(said("ab_i", true, 2), "nothing");
  EXPECT_EQ(said("ac_i", true, 2), "there is activity for pin ac_i of 2 bits, which toy does not have");
  EXPECT_EQ(said("ab_i", true, 3), "there is activity for pin ab_i of 3 bits, which toy does not have");
  EXPECT_EQ(said("ab_i", false, 2), "there is activity for pin ab_i of 2 bits, which toy does not have");
}

// A gate of another kind, swapped inputs where it matters, an output that is stuck: each is found.
TEST(Replay, a_corrupted_netlist_bad) {
  const Recording recording = record(300, 64);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"A\": [4], \"B\": [5]", "\"A\": [4], \"B\": [4]"},
           {"\"A\": [4], \"B\": [5]", "\"A\": [4], \"B\": [\"1\"]"},
           {"\"A\": [7]", "\"A\": [6]"},
           {"\"D\": [6]", "\"D\": [4]"},
           {"\"bits\": [7]", "\"bits\": [8]"}}) {
    std::string text = kJson;
    text.replace(text.find(from), from.size(), to);
    const Netlist netlist = read_netlist(nlohmann::ordered_json::parse(text), "toy", library());
    EXPECT_THROW((void)replay(netlist, recording, 64), CheckFailed) << from << " -> " << to;
  }
}

}  // namespace
}  // namespace vernier::ppa
