// SPDX-License-Identifier: Apache-2.0
// `vernier allocate-bits`: what it prints and writes, and wrong input.
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace vernier::cli::testing {
namespace {

class AllocateBits : public ProgramTest {
 protected:
  [[nodiscard]] static std::vector<std::string> with(const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"allocate-bits", "fp16_mac", "gemm.yaml", "--format",
                                          "int4_g128",     "--format", "int8_g128"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  void SetUp() override {
    ProgramTest::SetUp();
    write_file(
        folder_ / "gemm.yaml",
        "name: pair\ngemms:\n  - {name: a, m: 1, n: 64, k: 256}\n  - {name: b, m: 1, n: 32, k: 128}\n");
    write_file(folder_ / "s.yaml",
               "layers: {a: {int4_g128: 3, int8_g128: 1}, b: {int4_g128: 0.5, int8_g128: 0.25}}\n");
  }
};

TEST_F(AllocateBits, the_written_workload_takes_the_cycles_that_were_said) {
  const Outcome outcome =
      expect_done(with({"--budget", "1.5", "--sensitivity", "s.yaml", "--json", "--out", "out"}));
  const auto result = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(result["schema"], 1);
  EXPECT_EQ(result["command"],
            "vernier allocate-bits fp16_mac pair --format int4_g128 --format int8_g128 --budget 1.5 "
            "--sensitivity s.yaml");
  EXPECT_EQ(result["status"], "optimal");
  EXPECT_EQ(result["layers"][0]["format"], "int8_g128");
  EXPECT_EQ(result["layers"][1]["format"], "int4_g128");
  EXPECT_EQ(result["predicted"]["sensitivity"], 1.5);
  EXPECT_EQ(read_file(folder_ / "out/allocation.json"), outcome.out);
  EXPECT_NE(read_file(folder_ / "out/allocation.lp").find("x_0_int4_g128"), std::string::npos);
  const Outcome run = expect_done({"run", "fp16_mac", "out/workload.yaml", "--json"});
  EXPECT_EQ(nlohmann::json::parse(run.out)["totals"]["cycles"], result["simulated"]["cycles"]);
}

TEST_F(AllocateBits, budget_bad) {
  expect_refused(with({"--budget", "1", "--sensitivity", "s.yaml", "--out", "out"}),
                 "error[ALC001]: --budget: 1 is below 1.25, the sensitivity with every layer in its least "
                 "sensitive format\n  help: raise the budget, or allow a more precise --format\n");
  expect_refused(with({"--budget", "int8_g12"}),
                 "error[ALC005]: --budget: 'int8_g12' is neither a number from 0 nor one of the formats: "
                 "int4_g128, int8_g128\n  help: did you mean 'int8_g128'?\n");
}

}  // namespace
}  // namespace vernier::cli::testing
