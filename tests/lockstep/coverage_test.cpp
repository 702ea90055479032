// SPDX-License-Identifier: Apache-2.0
// Coverage from files as Verilator writes them: what counts, what is excluded, and what is an error.
#include "sim/cosim/coverage.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>

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

// Instances may share one counter, which then stands with the first of them: two changes may be one each.
TEST(Coverage, CountersThatInstancesShare) {
  Coverage coverage({});
  coverage.add("x", toggle("m", "a[0]", "one", 2) + toggle("m", "a[0]", "two", 0) +
                        toggle("m", "a[1]", "one", 3) + toggle("m", "a[1]", "two", 0));
  EXPECT_EQ(coverage.per_pe().at(0).missed, std::vector<std::string>{"m.sv:7: a[0]"});
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

TEST(Coverage, ExclusionsNameTheirTypes) {
  Coverage coverage(parse_exclusions("x,z/m flag: tied off in these two\n", "f"));
  for (const char* pe : {"x", "y", "z"}) coverage.add(pe, toggle("m", "flag", "one", 1));
  ASSERT_EQ(coverage.per_pe().size(), 3U);
  EXPECT_EQ(coverage.per_pe().at(0).total.excluded, 1U);
  EXPECT_EQ(coverage.per_pe().at(1).total.excluded, 0U);
  EXPECT_EQ(coverage.per_pe().at(2).total.excluded, 1U);
  EXPECT_TRUE(coverage.stale(true).empty());
}

TEST(Coverage, ExclusionOfBitsThatChange_bad) {
  Coverage coverage(parse_exclusions("m a[3:0]: never\nm b: never\n", "f"));
  std::string text = toggle("m", "b", "one", 1);  // one way only
  for (int bit = 0; bit < 4; ++bit) text += toggle("m", fmt::format("a[{}]", bit), "one", bit == 2 ? 2 : 0);
  coverage.add("x", text);
  const std::vector<std::string> finding = {"the exclusion in line 1 (m a) is wrong: a[2] changes in x"};
  EXPECT_EQ(coverage.stale(true), finding);
  EXPECT_EQ(coverage.stale(false), finding) << "a bit that changes is evidence in any run";
  EXPECT_THROW(coverage.check(false), CheckFailed);
}

TEST(Coverage, ExclusionOfWhatIsNotThere_bad) {
  const std::string there = "m a[0]: never\nx/m a[1:0]: never\n";
  for (const auto& [line, finding] :
       std::map<std::string, std::string>{{"n a: module", "(n a) is wrong: there are no such bits"},
                                          {"m b: signal", "(m b) is wrong: there are no such bits"},
                                          {"m a[2]: bit", "(m a) is wrong: there are no such bits"},
                                          {"m a[2:1]: bits", "(m a) is wrong: x has only some of these bits"},
                                          {"x/m b: signal", "(m b) is wrong: x has no such bits"},
                                          {"y/m a: type", "(m a) is wrong: y has no such bits"}}) {
    Coverage coverage(parse_exclusions(there + line + "\n", "f"));
    coverage.add("x", toggle("m", "a[0]", "one", 0) + toggle("m", "a[1]", "one", 0));
    EXPECT_EQ(coverage.stale(true), std::vector<std::string>{"the exclusion in line 3 " + finding}) << line;
    EXPECT_THROW(coverage.check(true), CheckFailed) << line;
    EXPECT_TRUE(coverage.stale(false).empty()) << "another array may have it: " << line;
  }
}

// What a run for coverage finds as well, in no time: modules, signals and PE types that are not there.
TEST(Coverage, ExclusionsOfTheTreeNameWhatIsThere) {
  const std::filesystem::path rtl = std::filesystem::path(VERNIER_SOURCE_DIR) / "rtl";
  const auto text_of = [](const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  std::map<std::string, std::string> modules;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(rtl)) {
    if (entry.path().extension() == ".sv") modules[entry.path().stem().string()] = text_of(entry.path());
  }
  const std::vector<Exclusion> exclusions =
      parse_exclusions(text_of(rtl / "coverage_exclusions.txt"), "coverage_exclusions.txt");
  EXPECT_GT(exclusions.size(), 0U);
  for (const Exclusion& exclusion : exclusions) {
    for (const std::string& pe : exclusion.pes) {
      EXPECT_TRUE(std::filesystem::is_directory(rtl / "pe" / pe)) << "line " << exclusion.line << ": " << pe;
    }
    ASSERT_EQ(modules.count(exclusion.module), 1U) << "line " << exclusion.line << ": " << exclusion.module;
    EXPECT_TRUE(std::regex_search(modules[exclusion.module], std::regex("\\b" + exclusion.signal + "\\b")))
        << "line " << exclusion.line << ": " << exclusion.module << " " << exclusion.signal;
  }
}

TEST(Coverage, LineThatIsNoExclusion_bad) {
  for (const char* text : {"m a[0]", "m: reason", "m a[0]:", "m a[x]: reason", "m a[0:1]: reason"}) {
    EXPECT_THROW((void)parse_exclusions(text, "f"), InputError) << text;
  }
}

}  // namespace
}  // namespace vernier::cosim
