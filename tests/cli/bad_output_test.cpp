// SPDX-License-Identifier: Apache-2.0
// Results that cannot be written: said before or after the run, and nothing is left or lost. Permissions mean
// nothing to root, so these are places that nobody can write to.
#include "tests/cli/program.h"

namespace vernier::cli::testing {
namespace {

namespace fs = std::filesystem;

class BadOutput : public ProgramTest {
 protected:
  void expect_unwritable(const std::string& out, const std::string& shown, const std::string& why) const {
    const std::string message = "error[OUT002]: --out: results cannot be written to '" + shown + "': " + why +
                                "\n  help: choose a folder that you may write to, or whose name is free\n";
    expect_refused({"run", "tiny.yaml", "gemm.yaml", "--out", out}, message);
    expect_refused({"compare", "tiny.yaml", "tiny.yaml", "--workload", "gemm.yaml", "--quiet", "--out", out},
                   message);
  }
};

TEST_F(BadOutput, below_a_file_bad) {
  write_file(folder_ / "file", "text");
  expect_unwritable("file", "file", "Not a directory");
  expect_refused(
      {"run", "tiny.yaml", "gemm.yaml", "--fidelity", "systemc", "--trace", "vcd", "--out", "file/trace"},
      "error[OUT002]: --out: results cannot be written to 'file/trace': Not a directory\n"
      "  help: choose a folder that you may write to, or whose name is free\n");
  expect_unwritable("file/results", "file/results", "Not a directory");
  expect_unwritable("new/" + std::string(300, 'x'), "new/" + std::string(300, 'x'), "File name too long");
}

TEST_F(BadOutput, name_taken_by_a_folder_bad) {
  fs::create_directories(folder_ / "results/result.json");
  write_file(folder_ / "results/layers.csv", "of an earlier run");
  expect_unwritable("results", "results/result.json", "it is not a regular file");
}

// A disk that fills up while the largest file is written: the results of an earlier run stay as they were.
TEST_F(BadOutput, full_disk_bad) {
  CallOptions full;
  full.largest_file = 100000;
  const std::vector<std::string> run = {"run", "tiny.yaml", "gemm.yaml", "--out", "results"};
  for (const bool earlier : {false, true}) {
    if (earlier) {
      ASSERT_EQ(call(run).status, 0);
    }
    const std::map<std::string, std::string> before = files();
    const Outcome outcome = call({run[0], run[1], run[2], run[3], run[4], "--batch", "2"}, full);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err.rfind("error[OUT001]: 'results/.partial-", 0), 0U) << outcome.err;
    EXPECT_NE(outcome.err.find("report.html' is not writable: cannot write: File too large"),
              std::string::npos)
        << outcome.err;
    EXPECT_TRUE(files() == before);
  }
}

TEST_F(BadOutput, folders_made_for_a_failing_run_are_removed_bad) {
  const Outcome outcome = call({"run", "tiny.yaml", "gemm.yaml", "--out", "new/results", "--set",
                                "weight_scratchpad.capacity=64 byte"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_FALSE(fs::exists(folder_ / "new"));
}

TEST_F(BadOutput, report_bad) {
  ASSERT_EQ(call({"run", "tiny.yaml", "gemm.yaml", "--out", "results"}).status, 0);
  write_file(folder_ / "file", "text");
  expect_refused(
      {"report", "results", "--out", "file/page.html"},
      "error[OUT001]: 'file/page.html' is not writable: cannot create a file in its folder: Not a "
      "directory\n  help: choose a folder that exists and that you may write to, with free space\n");
  expect_refused(
      {"report", "results", "--out", "none/page.html"},
      "error[OUT001]: 'none/page.html' is not writable: cannot create a file in its folder: No such "
      "file or directory\n  help: choose a folder that exists and that you may write to, with free "
      "space\n");
  expect_refused(
      {"report", "results", "--out", "results"},
      "error[OUT001]: 'results' is not writable: it is a folder\n  help: give the name of a file\n");
  expect_refused(
      {"report", "results", "--out", "/dev/full"},
      "error[OUT001]: '/dev/full' is not writable: it is not a regular file\n  help: give the name of "
      "a file\n");
}

TEST_F(BadOutput, standard_output_bad) {
  CallOptions full;
  full.standard_output = "/dev/full";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"run", "tiny.yaml", "gemm.yaml"},
        {"run", "tiny.yaml", "gemm.yaml", "--json"},
        {"compare", "tiny.yaml", "--workload", "gemm.yaml", "--quiet"},
        {"list", "pe"},
        {"list", "keys", "--json"},
        {"--help"},
        {"--version"}}) {
    const Outcome outcome = call(arguments, full);
    EXPECT_EQ(outcome.status, 2) << ::testing::PrintToString(arguments);
    EXPECT_EQ(outcome.err, "error[OUT003]: standard output cannot be written: No space left on device\n");
  }
}

}  // namespace
}  // namespace vernier::cli::testing
