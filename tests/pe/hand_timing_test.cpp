// SPDX-License-Identifier: Apache-2.0
// What every PE type declares about its timing, against the numbers counted by hand in tests/pe/timing.
#include "tests/pe/hand_timing.h"

#include <gtest/gtest.h>

#include "models/pe/registry.h"

namespace {

using vernier::formats::group_format;
using vernier::pe_test::HandTiming;

TEST(HandTiming, EveryDescriptorAgrees) {
  for (const auto* pe : vernier::pe::all()) {
    const HandTiming& hand = HandTiming::of(pe->name);
    EXPECT_EQ(pe->edge_dequantizer, hand.at_edge()) << pe->name;
    EXPECT_EQ(pe->tail_cycles, hand.tail(1)) << pe->name;
    if (!hand.at_edge()) {
      EXPECT_EQ(pe->dequant_cycles, hand.dequantization(false, 1)) << pe->name;
    }
    for (const std::string& name : pe->example_formats) {
      EXPECT_EQ(pe->cycles_per_step(group_format(name)), hand.terms(name)) << pe->name << " " << name;
    }
  }
}

HandTiming parse(const std::string& text) {
  std::istringstream in(text);
  return {"x.txt", in};
}

TEST(HandTiming, OfTheEdgeDequantizerDependsOnColumns) {  // docs/array.md
  const HandTiming hand = parse("# comment\nP 3\n\nT int4 1 # also int4_asym\nT int8 2\n");
  EXPECT_EQ(hand.tail(1), 7);
  EXPECT_EQ(hand.tail(5), 11);
  EXPECT_EQ(hand.dequantization(false, 5), 5);
  EXPECT_EQ(hand.dequantization(true, 5), 9);
  EXPECT_EQ(hand.terms("int4_asym_g128"), 1);
  EXPECT_EQ(hand.terms("int8_ch"), 2);
  EXPECT_THROW((void)hand.terms("int5_ch"), std::logic_error);
}

TEST(HandTiming, HalfAFile_bad) {
  for (const char* text : {"T int4 1\n", "D_q 3\n", "P 2\nTAIL 4\n", "P 2\nP 2\n", "P two\n", "P -1\n",
                           "P 2 3\n", "P 2\nT int4\n", "P 2\nQ 4\n", "P 2\nT int4 1\nT int4 2\n"}) {
    EXPECT_THROW((void)parse(text), std::logic_error) << text;
  }
  EXPECT_THROW((void)HandTiming::of("no_such_pe"), std::logic_error);
}

}  // namespace
