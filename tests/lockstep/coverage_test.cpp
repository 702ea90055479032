// SPDX-License-Identifier: Apache-2.0
// Coverage from files as Verilator writes them: what counts, what is excluded, and what is an error.
#include "sim/cosim/coverage.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace vernier::cosim {
namespace {

std::string point(const std::string& kind, const std::string& module, int line, const std::string& name,
                  const std::string& where, int count) {
  return fmt::format(
      "C '\x01"
      "f\x02/src/{1}.sv\x01l\x02{2}\x01n\x02{4}\x01page\x02v_{0}/{1}__W4\x01o\x02{3}\x01h\x02TOP.{5}' {6}\n",
      kind, module, line, name, 9, where, count);
}

std::string toggle(const std::string& module, const std::string& bit, const std::string& where, int count) {
  return point("toggle", module, 7, bit, where, count);
}

TEST(Coverage, BitsCountWhenTheyChangeBothWaysInOneInstance) {
  Coverage coverage({});
  coverage.add("x", "# SystemC::Coverage-3\n" + toggle("m", "a[0]", "one", 1) +
                        toggle("m", "a[0]", "two", 1) + toggle("m", "a[1]", "one", 2) +
                        point("line", "m", 3, "block", "one", 0) + point("branch", "m", 4, "if", "one", 1) +
                        point("branch", "m", 4, "else", "one", 0));
  // Another array of the PE reaches the else.
  coverage.add("x", point("branch", "m", 4, "else", "one", 5));
  const PeCoverage pe = coverage.per_pe().at(0);
  EXPECT_EQ(pe.arrays, 2);
  EXPECT_EQ(pe.total.bits, 2U);
  EXPECT_EQ(pe.total.bits_hit, 1U);
  EXPECT_EQ(pe.total.lines, 3U);
  EXPECT_EQ(pe.total.lines_hit, 2U);
  EXPECT_EQ(pe.missed, (std::vector<std::string>{"m.sv:3: line (block)", "m.sv:7: a[0]"}));
}

TEST(Coverage, BitsNextToEachOtherAreListedTogether) {
  Coverage coverage({});
  std::string text;
  for (const int bit : {0, 1, 2, 9, 10, 12}) text += toggle("m", fmt::format("a[{}]", bit), "one", 0);
  coverage.add("x", text + toggle("m", "flag", "one", 0));
  EXPECT_EQ(coverage.per_pe().at(0).missed,
            (std::vector<std::string>{"m.sv:7: a[12]", "m.sv:7: a[10:9]", "m.sv:7: a[2:0]", "m.sv:7: flag"}));
}

TEST(Coverage, ExclusionsTakeBitsOut) {
  Coverage coverage(parse_exclusions("# why\nm a[3:2]: always zero\nx/m flag: tied off\n", "f"));
  std::string text = toggle("m", "flag", "one", 0);
  for (int bit = 0; bit < 4; ++bit) text += toggle("m", fmt::format("a[{}]", bit), "one", bit < 2 ? 2 : 0);
  coverage.add("x", text);
  EXPECT_EQ(coverage.per_pe().at(0).total.bits, 2U);
  EXPECT_EQ(coverage.per_pe().at(0).total.excluded, 3U);
  EXPECT_NO_THROW(coverage.check(true));
  coverage.add("y", text);  // the second exclusion is that of x
  EXPECT_EQ(coverage.per_pe().at(1).total.bits, 3U);
}

TEST(Coverage, BelowTheGoal_bad) {
  Coverage coverage({});
  std::string text;
  for (int bit = 0; bit < 100; ++bit) text += toggle("m", fmt::format("a[{}]", bit), "one", bit < 95 ? 2 : 0);
  coverage.add("x", text);
  EXPECT_NO_THROW(coverage.check(true));
  coverage.add("x", toggle("m", "b", "one", 1));
  EXPECT_THROW(coverage.check(true), CheckFailed);
}

TEST(Coverage, ExclusionThatHidesNothing_bad) {
  Coverage coverage(parse_exclusions("m a[0]: never\nm b: never\n", "f"));
  coverage.add("x", toggle("m", "a[0]", "one", 2) + toggle("m", "b", "one", 1));
  ASSERT_EQ(coverage.unused().size(), 1U);
  EXPECT_EQ(coverage.unused().at(0).line, 1);
  EXPECT_NO_THROW(coverage.check(false));
  EXPECT_THROW(coverage.check(true), CheckFailed);
}

TEST(Coverage, LineThatIsNoExclusion_bad) {
  for (const char* text : {"m a[0]", "m: reason", "m a[0]:", "m a[x]: reason"}) {
    EXPECT_THROW((void)parse_exclusions(text, "f"), InputError) << text;
  }
}

}  // namespace
}  // namespace vernier::cosim
