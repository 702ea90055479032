// SPDX-License-Identifier: Apache-2.0
// `vernier ppa` and what it refuses.
#include <cstdlib>

#include "tests/cli/program.h"

namespace vernier::cli::testing {
namespace {

class Ppa : public ProgramTest {};

TEST_F(Ppa, lists_blocks) {
  EXPECT_EQ(expect_done({"ppa", "olive", "--list"}).out,
            "olive.pe\nolive.decoder\nolive.column\nolive.output\nolive.array_2x2\n");
}

TEST_F(Ppa, unknown_block_bad) {
  expect_refused({"ppa", "bitmod.pee"},
                 "error[PPA005]: there is no block 'bitmod.pee'\n  help: did you mean 'bitmod.pe'?\n");
}

TEST_F(Ppa, clock_bad) {
  for (const std::string clock : {"5", "5 MHz", "0ns", "-1ns", "ns", "nanns"}) {
    expect_refused({"ppa", "ant.pe", "--clock=" + clock},
                   "error[PPA006]: --clock: found '" + clock +
                       "', a time of 1 ps to 1 ms is needed\n  help: write the period with its unit, such as "
                       "5ns or 500ps\n");
  }
}

TEST_F(Ppa, missing_tools_bad) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", folder_.c_str(), 1);
  const Outcome outcome = call({"ppa", "ant.pe"});
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err.substr(0, outcome.err.find("error[PPA001]: the program 'g++'")),
            "error[PPA001]: the program 'yosys' is not on PATH\n"
            "  help: install the Debian package yosys (scripts/setup.sh)\n"
            "error[PPA001]: the program 'sta' is not on PATH\n"
            "  help: install the Debian package opensta (scripts/setup.sh)\n"
            "error[PPA001]: the program 'verilator' is not on PATH\n"
            "  help: install the Debian package verilator (scripts/setup.sh)\n");
}

TEST_F(Ppa, old_tools_bad) {
  std::filesystem::create_directory(folder_ / "bin");
  for (const auto& [name, version] :
       std::map<std::string, std::string>{{"yosys", "Yosys 0.9"}, {"sta", "2.0.17"}, {"verilator", "no"}}) {
    write_file(folder_ / "bin" / name, "#!/bin/sh\necho " + version + "\n");
    std::filesystem::permissions(folder_ / "bin" / name, std::filesystem::perms::owner_all);
  }
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", ((folder_ / "bin").string() + ":" + path).c_str(), 1);
  const Outcome outcome = call({"ppa", "ant.pe"});
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("error[PPA002]: found yosys 0.9, at least 0.23 is needed\n"), std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find("verilator --version' says no version: 'no"), std::string::npos) << outcome.err;
}

TEST_F(Ppa, library_bad) {
  write_file(folder_ / "x.lib", "not a library\n");
  const Outcome text = call({"ppa", "ant.pe", "--liberty", "x.lib"});
  const Outcome none = call({"ppa", "ant.pe", "--liberty", "none.lib"});
  if (text.err.find("PPA001") != std::string::npos) GTEST_SKIP() << text.err;
  EXPECT_EQ(text.status, 2);
  EXPECT_EQ(text.err, "error[PPA003]: x.lib:1: not a Liberty file: '(' is missing before 'a'\n");
  EXPECT_EQ(none.status, 2);
  EXPECT_EQ(none.err.substr(0, 55), "error[PPA003]: cannot read the cell library 'none.lib'\n");
}

TEST_F(Ppa, stimulus_bad) { EXPECT_EQ(call({"ppa", "ant.pe", "--stimulus", "none.vqt"}).status, 2); }

}  // namespace
}  // namespace vernier::cli::testing
