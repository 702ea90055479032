// SPDX-License-Identifier: Apache-2.0
// The test vectors are what docs/cosim.md says they are.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "models/pe/registry.h"
#include "sim/cosim/test_vector.h"

namespace vernier::cosim {
namespace {

const std::vector<machine::ArrayParams> kArrays = {{"bitmod", 3, 5, 4, machine::Delivery::systolic},
                                                   {"bitmod", 4, 16, 3, machine::Delivery::broadcast},
                                                   {"fp16_mac", 5, 7, 1, machine::Delivery::systolic}};

TEST(TestVector, directed_patterns_all_meet) {
  for (const machine::ArrayParams& array : kArrays) {
    std::set<std::string> pairs;
    for (uint64_t i = 0; i < static_cast<uint64_t>(directed_pairs()); ++i) {
      const std::string kind = make_vector(array, 1, 4 * i).kind;
      ASSERT_EQ(kind.find("directed ("), 0U) << kind;
      pairs.insert(kind);
    }
    EXPECT_EQ(pairs.size(), 13U * 7U) << array.pe;
  }
}

TEST(TestVector, same_seed_same_vector) {
  const machine::ArrayParams& array = kArrays.front();
  for (uint64_t index = 0; index < 8; ++index) {
    const TestVector a = make_vector(array, 5, index);
    const TestVector b = make_vector(array, 5, index);
    EXPECT_EQ(a.text(), b.text());
    EXPECT_EQ(a.pass.expected, b.pass.expected);
    EXPECT_NE(a.pass.old, make_vector(array, 6, index).pass.old);
    EXPECT_NE(a.pass.old, make_vector(array, 5, index + 1).pass.old);
  }
}

// Every dimension of the regression occurs among few vectors.
TEST(TestVector, every_class_is_reached) {
  for (const machine::ArrayParams& array : kArrays) {
    std::map<std::string, int> seen;
    for (uint64_t index = 0; index < 400; ++index) {
      const TestVector vector = make_vector(array, 1, index);
      const Pass& pass = vector.pass;
      ++seen[vector.kind.substr(0, vector.kind.find(' '))];
      ++seen["format " + pass.format.element];
      ++seen[pass.final ? "final" : "partial"];
      ++seen[pass.accumulate ? "accumulate" : "from zero"];
      ++seen[vector.conditions.gap_percent > 0 ? "gaps" : "no gaps"];
      ++seen[vector.conditions.stall_percent > 0 ? "stalls" : "no stalls"];
      ++seen[vector.conditions.reset_after > 0 ? "reset" : "no reset"];
      ++seen[vector.conditions.idle_cycles == 0 ? "back to back" : "idle before"];
      ++seen[pass.rows == array.rows && pass.cols == array.cols ? "full" : "partly active"];
      ++seen[pass.steps.size() == 1 ? "one step" : "more steps"];
      for (const auto& column : pass.expected) {
        for (const uint32_t value : column) {
          const uint32_t magnitude = value & (pass.final ? 0x7fffU : 0x7fffffffU);
          const uint32_t infinity = pass.final ? 0x7c00U : 0x7f800000U;
          ++seen[magnitude > infinity    ? "NaN"
                 : magnitude == infinity ? "infinity"
                 : magnitude == 0        ? "zero"
                                         : "number"];
        }
      }
      EXPECT_TRUE(pass.steps.back().pass_last);
    }
    std::vector<std::string> wanted = {"directed", "random",    "layer",      "final",        "partial",
                                       "gaps",     "no gaps",   "stalls",     "no stalls",    "accumulate",
                                       "reset",    "no reset",  "full",       "back to back", "partly active",
                                       "one step", "from zero", "more steps", "idle before",  "NaN",
                                       "infinity", "zero",      "number"};
    for (const std::string& name : pe::pe(array.pe).example_formats) {
      wanted.push_back("format " + formats::group_format(name).element);
    }
    for (const std::string& name : wanted) EXPECT_GE(seen[name], 5) << array.pe << ": " << name;
  }
}

// The scale of int8 activations reaches the array with the channel scales, whatever the weights have.
TEST(TestVector, int8_activations_are_scaled) {
  for (const pe::PeDescriptor* pe : pe::all()) {
    const machine::ArrayParams array = {pe->name, 2, 3, pe->min_lanes, machine::Delivery::broadcast};
    std::map<std::string, int> seen;
    for (uint64_t index = 0; index < 400; ++index) {
      const TestVector vector = make_vector(array, 1, index);
      const Pass& pass = vector.pass;
      const bool scaled = pass.channel_scales.front() != 0x3c00;
      if (pass.activations == formats::ActivationFormat::int8) {
        seen[vector.kind.substr(0, vector.kind.find(' '))] += scaled ? 1 : 0;
      } else if (!pass.format.has_channel_scale()) {
        EXPECT_FALSE(scaled) << pe->name << ", vector " << index;
      }
    }
    if (!pe->takes(formats::ActivationFormat::int8)) continue;
    for (const char* kind : {"directed", "random", "layer"})
      EXPECT_GE(seen[kind], 5) << pe->name << ": " << kind;
  }
}

// Group parameters are constant during a group, as the pins require.
TEST(TestVector, groups_keep_their_parameters) {
  for (uint64_t index = 0; index < 100; ++index) {
    const Pass pass = make_vector(kArrays.front(), 2, index).pass;
    for (size_t s = 1; s < pass.steps.size(); ++s) {
      if (pass.steps[s - 1].group_last) continue;
      EXPECT_EQ(pass.steps[s].scales, pass.steps[s - 1].scales) << "vector " << index;
      EXPECT_EQ(pass.steps[s].tags, pass.steps[s - 1].tags) << "vector " << index;
    }
  }
}

}  // namespace
}  // namespace vernier::cosim
