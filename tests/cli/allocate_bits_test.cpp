// SPDX-License-Identifier: Apache-2.0
// `vernier allocate-bits`: what it prints and writes, and wrong input.
#include <fmt/format.h>

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

/// A model of three layers whose first is the most sensitive.
class AllocateLayers : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    write_file(
        folder_ / "model.yaml",
        "name: three\nmodel_type: opt\nnum_hidden_layers: 3\nhidden_size: 128\nnum_attention_heads: 2\n"
        "ffn_dim: 256\nvocab_size: 64\n");
    std::string text = "layers:\n  layers.0.fc1: {int4_g128: 10, int8_g128: 0}\n";
    for (const char* name : {"q_proj", "k_proj", "v_proj", "o_proj", "fc1", "fc2", "lm_head"})
      text += fmt::format("  {}: {{int4_g128: 3, int8_g128: 0}}\n", name);
    write_file(folder_ / "s.yaml", text);
  }
  [[nodiscard]] static std::vector<std::string> with(const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"allocate-bits", "fp16_mac",      "model.yaml",
                                          "--format",      "int4_g128",     "--format",
                                          "int8_g128",     "--sensitivity", "s.yaml"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
};

// In int4 the three fc1 are 10, 1 and 1, what all of another operator sums to is 3: 20 is all but the first
// fc1.
TEST_F(AllocateLayers, one_format_for_each_layer) {
  const Outcome outcome = expect_done(with({"--budget", "20", "--json", "--out", "out"}));
  const auto result = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(result["status"], "optimal");
  ASSERT_EQ(result["layers"].size(), 6U * 3 + 1);
  for (const auto& layer : result["layers"])
    EXPECT_EQ(layer["format"], layer["name"] == "layers.0.fc1" ? "int8_g128" : "int4_g128") << layer["name"];
  EXPECT_EQ(result["layers"][13]["operator"], "fc1");
  EXPECT_EQ(result["layers"][13]["first"], 1);
  EXPECT_EQ(result["predicted"]["sensitivity"], 5 * 3 + 2 + 3);
  const std::string written = read_file(folder_ / "out/workload.yaml");
  EXPECT_NE(written.find("    0: {fc1: int8_g128}\n    1-2: {fc1: int4_g128}\n"), std::string::npos)
      << written;
  const Outcome run = expect_done({"run", "fp16_mac", "out/workload.yaml", "--json"});
  const auto ran = nlohmann::json::parse(run.out);
  EXPECT_EQ(ran["totals"]["cycles"], result["simulated"]["cycles"]);
  EXPECT_EQ(ran["totals"]["weight_bytes"], result["simulated"]["layer_weight_bytes"]);
}

TEST_F(AllocateLayers, the_table_has_a_row_for_each_operator_and_format) {
  const std::string text = expect_done(with({"--budget", "20"})).out;
  EXPECT_NE(text.find("\nfc1 "), std::string::npos);
  size_t rows = 0;
  for (size_t at = text.find("\nfc1 "); at != std::string::npos; at = text.find("\nfc1 ", at + 1)) {
    const std::string row = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
    EXPECT_EQ(row.substr(row.size() - 5), rows == 0 ? "    0" : "  1-2") << row;
    ++rows;
  }
  EXPECT_EQ(rows, 2U) << text;
  const std::string all = expect_done(with({"--budget", "20", "--share", "all"})).out;
  EXPECT_EQ(all.find("which"), std::string::npos) << all;
}

TEST_F(AllocateLayers, share_bad) {
  for (const char* text : {"0", "-1", "some", "2x", ""})
    expect_refused(
        with({"--budget", "20", "--share", text}),
        fmt::format("error[ALC008]: --share: '{}' is neither a number of layers from 1 nor 'all'\n", text));
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
