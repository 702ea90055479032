// SPDX-License-Identifier: Apache-2.0
// `vernier dram`, and DRAM parts of accelerators.
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace vernier::cli::testing {
namespace {

class Dram : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    write_file(folder_ / "trace.txt", "0x0 R\n0x40 W\n");
  }
};

TEST_F(Dram, result_as_json_and_commands) {
  const Outcome outcome = expect_done(
      {"dram", "trace.txt", "--part", "DDR4-2400", "--check", "--json", "--commands", "commands.txt"});
  const nlohmann::json result = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(result["schema"], 1);
  // By hand: activate, read 17 clocks later, its data 17 + 4, and two until the delivery.
  EXPECT_EQ(result["totals"]["cycles"], 40);
  EXPECT_EQ(result["totals"]["read_bursts"], 1);
  EXPECT_EQ(result["totals"]["writes_left"], 0);
  EXPECT_EQ(result["per_channel"].size(), 1U);
  EXPECT_EQ(result["checked_commands"], 3);
  // The write follows CL + BL + 2 - CWL = 11 clocks after the read.
  EXPECT_EQ(read_file(folder_ / "commands.txt"),
            "# channel clock command rank bank_group bank row column\n"
            "0 0 ACT 0 0 0 0\n0 17 RD 0 0 0 0 0\n0 28 WR 0 0 0 0 1\n");
}

TEST_F(Dram, clocked_says_the_same) {
  const std::vector<std::string> command = {"dram", "trace.txt", "--part", "HBM2-2000", "--channels", "2"};
  std::vector<std::string> clocked = command;
  clocked.emplace_back("--clocked");
  EXPECT_EQ(expect_done(command).out, expect_done(clocked).out);
}

TEST_F(Dram, own_part_and_its_faults_bad) {
  std::string part = read_file(source("configs/dram/DDR4-2400.yaml"));
  write_file(folder_ / "own.yaml", part);
  expect_done({"dram", "trace.txt", "--part", "own.yaml"});
  part.replace(part.find("RC: 56"), 6, "RC: 55");
  write_file(folder_ / "own.yaml", part);
  expect_refused({"dram", "trace.txt", "--part", "own.yaml"},
                 "error[CFG033]: own.yaml:21:7: timing.RC: 55 is less than RAS + RP = 39 + 17 = 56\n");
}

TEST_F(Dram, wrong_options_bad) {
  const std::vector<std::string> start = {"dram", "trace.txt", "--part", "DDR4-2400"};
  const auto with = [&start](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = start;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  expect_refused(
      with({"--refresh", "of"}),
      "error[CFG011]: --refresh: controller.refresh: found 'of', one of off, all_bank, per_bank is due\n"
      "  help: did you mean 'off'?\n");
  expect_refused(with({"--channels", "65"}), "error[CFG010]: --channels: 65 is not in 1..64\n");
  expect_refused(with({"--outstanding", "-1"}),
                 "error[CLI010]: --outstanding: -1 is not a number of bursts\n"
                 "  help: give at least 1, or leave it out\n");
  expect_refused(
      with({"--interleave", "96 byte"}),
      "error[CFG032]: --interleave: 96 byte is not a multiple of the burst of DDR4-2400, 64 byte, that "
      "divides its row, 8192 byte\n");
  expect_refused(
      with({"--commands", "no/such/folder"}),
      "error[DRM005]: --commands: 'no/such/folder' cannot be written: No such file or directory\n");
}

// What was written until the fault was found is removed.
TEST_F(Dram, wrong_trace_bad) {
  write_file(folder_ / "trace.txt", "0x0 R\n0x200000000 R\n");
  expect_refused({"dram", "trace.txt", "--part", "DDR4-2400", "--commands", "commands.txt"},
                 "error[DRM004]: trace.txt:2:1: address 0x200000000 is beyond the capacity, 0x200000000\n"
                 "  help: give the memory more channels, or choose a larger part\n");
  expect_done({"dram", "trace.txt", "--part", "DDR4-2400", "--channels", "2"});
  expect_refused({"dram", "nothing.txt", "--part", "DDR4-2400"},
                 "error[DRM001]: nothing.txt: cannot open memory trace: No such file or directory\n");
}

TEST_F(Dram, parts_in_place_of_ideal_dram) {
  const Outcome outcome = expect_done({"run", "tiny.yaml", "gemm.yaml", "--set", "dram.kind=HBM2-2000",
                                       "--set", "dram.channels=8", "--fidelity", "analytical"});
  EXPECT_NE(outcome.out.find("DRAM 8 channels of HBM2-2000"), std::string::npos) << outcome.out;
}

}  // namespace
}  // namespace vernier::cli::testing
