// SPDX-License-Identifier: Apache-2.0
// scripts/new_pe, run in copies of the tree: what it makes is complete and passes the tests of a PE as it is,
// and what it refuses leaves nothing behind. Building a copy takes minutes: only with VERNIER_LONG=1.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Outcome {
  int status = -1;
  std::string output;
};

class NewPe : public ::testing::Test {
 protected:
  void SetUp() override {
    // Below build/, where nothing of the copy is taken for a source.
    tree_ = fs::path(VERNIER_SOURCE_DIR) / "build/new_pe" /
            ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(tree_);
    fs::create_directories(tree_);
    for (const auto& entry : fs::directory_iterator(VERNIER_SOURCE_DIR)) {
      const std::string name = entry.path().filename().string();
      if (name == "build" || (name[0] == '.' && name != ".clang-format")) continue;
      fs::copy(entry.path(), tree_ / name, fs::copy_options::recursive);
    }
    before_ = files();
  }
  void TearDown() override { fs::remove_all(tree_); }

  /// A shell command in the copy.
  [[nodiscard]] Outcome run(const std::string& command) const {
    const std::string line = "cd '" + tree_.string() + "' && { " + command + "; } 2>&1 </dev/null";
    FILE* pipe = ::popen(line.c_str(), "r");
    Outcome outcome;
    std::array<char, 4096> buffer{};
    for (size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
      outcome.output.append(buffer.data(), got);
    }
    outcome.status = WEXITSTATUS(::pclose(pipe));
    return outcome;
  }

  /// Every file of the copy with its content, hidden ones too.
  [[nodiscard]] std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(tree_)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      all[entry.path().lexically_relative(tree_).string()] =
          std::string(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }

  fs::path tree_;
  std::map<std::string, std::string> before_;
};

TEST_F(NewPe, CompleteAndNothingElse) {
  const Outcome made = run("scripts/new_pe my_pe2");
  ASSERT_EQ(made.status, 0) << made.output;
  std::set<std::string> added, changed;
  for (const auto& [path, text] : files()) {
    const auto old = before_.find(path);
    if (old == before_.end()) {
      added.insert(path);
      EXPECT_EQ(text.find("int8_mac"), std::string::npos) << path;
      EXPECT_EQ(text.find("Int8Mac"), std::string::npos) << path;
      // Said in the output: by name, or by folder.
      const std::string folder = fs::path(path).parent_path().string() + "/";
      EXPECT_TRUE(made.output.find(path) != std::string::npos ||
                  made.output.find(folder + " ") != std::string::npos)
          << path;
    } else if (old->second != text) {
      changed.insert(path);
    }
  }
  EXPECT_EQ(added, (std::set<std::string>{"configs/accelerators/my_pe2.yaml", "docs/pe/my_pe2.md",
                                          "models/pe/my_pe2/my_pe2.cpp", "models/pe/my_pe2/my_pe2.h",
                                          "rtl/pe/my_pe2/my_pe2.sv", "rtl/pe/my_pe2/my_pe2_column.sv",
                                          "rtl/pe/my_pe2/my_pe2_decoder.sv", "rtl/pe/my_pe2/my_pe2_output.sv",
                                          "rtl/pe/my_pe2/my_pe2_pkg.sv", "rtl/pe/my_pe2/my_pe2_ws.sv",
                                          "tests/pe/my_pe2_test.cpp", "tests/pe/timing/my_pe2.txt"}));
  EXPECT_EQ(changed, (std::set<std::string>{"models/pe/list.h", "rtl/arrays.txt"}));
  EXPECT_EQ(run("grep ^VERNIER_PE models/pe/list.h | LC_ALL=C sort -c").status, 0);
  EXPECT_EQ(run("grep -cxF 'VERNIER_PE(my_pe2)' models/pe/list.h").output, "1\n");
  EXPECT_EQ(run("grep -c '^my_pe2 ' rtl/arrays.txt").output,
            run("grep -c '^int8_mac ' rtl/arrays.txt").output);

  const Outcome again = run("scripts/new_pe my_pe2");
  EXPECT_EQ(again.status, 2);
  EXPECT_NE(again.output.find("there is a PE 'my_pe2' already"), std::string::npos) << again.output;
}

// The compilers take it, without warnings. Linked and run in PassesEveryTestAsItIs.
TEST_F(NewPe, Compiles) {
  ASSERT_EQ(run("scripts/new_pe my_pe2").status, 0);
  const Outcome rtl = run(
      "verilator --lint-only -Wall -Irtl/common -DVERNIER_PE=my_pe2 -GROWS=3 -GCOLS=5 -GLANES=1 --top-module "
      "pe_array "
      "rtl/pe/my_pe2/my_pe2_pkg.sv $(ls rtl/common/*.sv rtl/array/*.sv rtl/pe/my_pe2/*.sv | grep -v _pkg) ");
  EXPECT_EQ(rtl.status, 0) << rtl.output;
  for (const char* file :
       {"models/pe/my_pe2/my_pe2.cpp", "models/pe/registry.cpp", "tests/pe/my_pe2_test.cpp"}) {
    const Outcome cpp =
        run(std::string("c++ -std=c++17 -fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wconversion "
                        "-Wno-sign-conversion -Werror -I. ") +
            file);
    EXPECT_EQ(cpp.status, 0) << cpp.output;
  }
  const Outcome format = run("clang-format --dry-run --Werror models/pe/my_pe2/* tests/pe/my_pe2_test.cpp");
  EXPECT_EQ(format.status, 0) << format.output;
}

TEST_F(NewPe, Names_bad) {
  const std::map<std::string, std::string> refused = {
      {"", "one name is due, found 0"},
      {"a b", "one name is due, found 2"},
      {"--force", "unknown option '--force'"},
      {"''", "'' is not a name of lower-case letters"},
      {"MyPe", "'MyPe' is not a name of lower-case letters"},
      {"2pe", "'2pe' is not a name of lower-case letters"},
      {"my__pe", "'my__pe' is not a name of lower-case letters"},
      {"pe_", "'pe_' is not a name of lower-case letters"},
      {"../pe", "'../pe' is not a name of lower-case letters"},
      {"'my pe'", "'my pe' is not a name of lower-case letters"},
      {"bitmod", "there is a PE 'bitmod' already"},
      {"declared", "'declared' is what configurations call a PE without models"},
      {"namespace", "'namespace' is a reserved word of C++"},
      {"xor", "'xor' is a reserved word of C++"},
      {"always_comb", "'always_comb' is a reserved word of SystemVerilog"},
      {"formats", "formats is a word of the code around every PE"},
      {"step", "step is a word of the code around every PE"},
      {"pe_array", "pe_array is a word of the code around every PE"},
      {"olive_lane", "'olive_lane' is taken: rtl/pe/olive/olive_lane_decoder.sv"},
      {"example_2x2", "'example_2x2' is taken: configs/accelerators/example_2x2.yaml"}};
  for (const auto& [name, message] : refused) {
    const Outcome outcome = run("scripts/new_pe " + name);
    EXPECT_EQ(outcome.status, 2) << name;
    EXPECT_NE(outcome.output.find("new_pe: " + message), std::string::npos) << name << ": " << outcome.output;
  }
  EXPECT_EQ(files(), before_);
}

// Whatever fails on the way: the tree is as it was.
TEST_F(NewPe, HalfMade_bad) {
  const fs::path tools = tree_ / "build/tools";
  fs::create_directories(tools);
  // A tool that fails at the given operand and is the real one otherwise.
  const auto fail = [&](const std::string& tool, const std::string& operand) {
    std::ofstream(tools / tool) << "#!/bin/sh\ncase \"$*\" in *" << operand
                                << "*) exit 1 ;; esac\nexec /usr/bin/" << tool << " \"$@\"\n";
    fs::permissions(tools / tool, fs::perms::owner_all);
    const Outcome outcome = run("PATH='" + tools.string() + "':\"$PATH\" scripts/new_pe my_pe2");
    fs::remove(tools / tool);
    EXPECT_NE(outcome.status, 0) << tool << " " << operand << ": " << outcome.output;
    EXPECT_EQ(files(), before_) << tool << " " << operand;
  };
  fail("clang-format", "my_pe2");
  fail("mv", "models/pe/my_pe2");
  fail("mv", "accelerators/my_pe2");
  fail("cat", "list.h");
  fail("cat", "/arrays.txt");
  const Outcome made = run("scripts/new_pe my_pe2");
  EXPECT_EQ(made.status, 0) << made.output;
}

TEST_F(NewPe, PassesEveryTestAsItIs) {
  if (std::getenv("VERNIER_LONG") == nullptr || VERNIER_HAS_RTL == 0)
    GTEST_SKIP() << "only in long runs with RTL";
  ASSERT_EQ(run("scripts/new_pe my_pe2").status, 0);
  // The arrays of the other types take long to Verilate and are no part of this test.
  ASSERT_EQ(run("sed -i '/^#/!{/^my_pe2 /!d}' rtl/arrays.txt").status, 0);
  // Each with what it has to say, so that none passes by doing nothing.
  const std::vector<std::pair<std::string, std::string>> commands = {
      {"cmake --preset release", "Build files have been written"},
      {"cmake --build --preset release --target test_pe test_cosim test_oracle test_fidelity test_structure "
       "mutant_pe_bit_my_pe2_cosim vernier",
       ""},
      {"build/release/bin/test_pe", "OK ] MyPe2"},
      {"build/release/bin/test_structure", "PASSED"},
      {"build/release/bin/test_cosim --gtest_filter='*/my_pe2_*'",
       "OK ] Built/ArrayCosim.CyclesAreThoseOfTheTimingPage/my_pe2_"},
      {"ctest --preset release -R mutant_pe_bit_my_pe2_cosim", "100% tests passed"},
      {"build/release/bin/vernier validate my_pe2 --vectors 200", "| my_pe2_"},
      {"build/release/bin/test_oracle", "PASSED"},
      {"build/release/bin/test_fidelity --gtest_filter='Fidelity.random*:Fidelity.built_rtl_arrays'",
       "array: my_pe2"},
      {"build/release/bin/vernier run my_pe2 llama-2-7b --phase decode", "of my_pe2, 1 lane"}};
  for (const auto& [command, says] : commands) {
    const Outcome outcome = run("unset VERNIER_LONG; " + command);
    ASSERT_EQ(outcome.status, 0) << command << "\n" << outcome.output;
    EXPECT_NE(outcome.output.find(says), std::string::npos) << command << "\n" << outcome.output;
  }
}

}  // namespace
