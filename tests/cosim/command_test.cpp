// SPDX-License-Identifier: Apache-2.0
// The command `vernier cosim` as a user runs it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/quantize/container.h"
#include "sim/rtl_adaptor/rtl_block.h"
#include "sim/rtl_adaptor/rtl_pe_array.h"
#include "sim/rtl_adaptor/rtl_ws_array.h"

namespace {

struct Outcome {
  int status = -1;
  std::string output;  // both streams
};

Outcome run(const std::string& arguments) {
  const std::string command = std::string("'") + VERNIER_BINARY + "' cosim " + arguments + " 2>&1 </dev/null";
  FILE* pipe = ::popen(command.c_str(), "r");
  Outcome outcome;
  std::array<char, 4096> buffer{};
  for (size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    outcome.output.append(buffer.data(), got);
  }
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
  return outcome;
}

TEST(CosimCommand, lists_every_block) {
  std::string expected;
  for (const auto& array : vernier::rtl_adaptor::RtlPeArray::built()) {
    expected +=
        fmt::format("{}_{}x{}x{}_{}\n", array.pe, array.rows, array.cols, array.lanes,
                    array.delivery == vernier::machine::Delivery::systolic ? "systolic" : "broadcast");
  }
  for (const auto& array : vernier::rtl_adaptor::RtlWsArray::built()) {
    expected += fmt::format("{}_{}x{}_weight_stationary\n", array.pe, array.rows, array.cols);
  }
  for (const auto& block : vernier::rtl_adaptor::rtl_blocks()) expected += block.module + "\n";
  const Outcome outcome = run("--list");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.output, expected);
}

TEST(CosimCommand, runs_all_arrays_of_a_pe) {
  const Outcome outcome = run("fp16_mac --seed 3 --vectors 8");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.output.find("fp16_mac_5x7x1_systolic "), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find(" 8 vectors "), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.output.find("bitmod"), std::string::npos) << outcome.output;
}

TEST(CosimCommand, runs_weight_stationary_arrays) {
  const Outcome outcome = run("fp16_mac_4x3_weight_stationary --seed 5 --vectors 300");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_NE(outcome.output.find(" 300 vectors "), std::string::npos) << outcome.output;
  const Outcome all = run("fp16_mac --vectors 4");
  EXPECT_NE(all.output.find("fp16_mac_5x8_weight_stationary "), std::string::npos) << all.output;
}

/// A tensor of 9 x 200 in the format, in a file; returns its path.
std::string tensor_file(const std::string& format) {
  std::vector<float> values;
  for (int i = 0; i < 9 * 200; ++i) values.push_back(static_cast<float>(i * 37 % 101 - 50) / 16);
  const vernier::quantize::QuantizedTensor tensor{
      "w", vernier::formats::quantize(values.data(), 9, 200, vernier::formats::group_format(format))};
  const std::string path = ::testing::TempDir() + fmt::format("vernier-{}-{}.vqt", ::getpid(), format);
  std::ofstream(path, std::ios::binary) << vernier::quantize::write_tensor(tensor, {1, 1});
  return path;
}

TEST(CosimCommand, layers_from_a_file) {
  const std::string path = tensor_file("bitmod4_g24");
  const Outcome taken = run("bitmod fp16_mac --vectors 40 --weights " + path);
  EXPECT_EQ(taken.status, 0) << taken.output;
  EXPECT_NE(taken.output.find("bitmod_3x5x4_systolic "), std::string::npos) << taken.output;
  const Outcome refused = run("fp16_mac --vectors 4 --weights " + path);
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(refused.output,
            "error[COS010]: " + path +
                ": tensor 'w': found format bitmod4_g24, which no selected array takes in groups of whole "
                "steps\n  help: quantize it to a format of these PEs (`vernier list pe`)\n");
  std::remove(path.c_str());
}

TEST(CosimCommand, json_is_the_same_each_time) {
  const Outcome outcome = run("bitmod_2x2x4_broadcast --vectors 8 --json");
  EXPECT_EQ(outcome.status, 0);
  const auto json = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["blocks"].size(), 1U);
  EXPECT_EQ(json["blocks"][0]["vectors"], 8);
  EXPECT_TRUE(json["blocks"][0]["mismatch"].is_null());
  EXPECT_EQ(json["files"], nlohmann::json::array());
  EXPECT_EQ(run("bitmod_2x2x4_broadcast --vectors 8 --json").output, outcome.output);
}

TEST(CosimCommand, lists_blocks_as_json_too) {
  const auto json = nlohmann::json::parse(run("bitmod_2x2x4_broadcast --list --json").output);
  EXPECT_EQ(json["blocks"], nlohmann::json::array({"bitmod_2x2x4_broadcast"}));
}

TEST(CosimCommand, wrong_input_bad) {
  const Outcome unknown = run("bitmod_2x2x4_brodcast");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.output.find("error[COS001]: 'bitmod_2x2x4_brodcast'"), std::string::npos)
      << unknown.output;
  EXPECT_NE(unknown.output.find("did you mean 'bitmod_2x2x4_broadcast'?"), std::string::npos)
      << unknown.output;
  const Outcome none = run("--vectors 0");
  EXPECT_EQ(none.status, 2);
  EXPECT_NE(none.output.find("error[COS002]"), std::string::npos) << none.output;
  EXPECT_EQ(run("--vectors -3").status, 2);
  EXPECT_EQ(run("--vectors 1 --first -1").status, 2);
  EXPECT_EQ(run("--seed x").status, 2);
}

}  // namespace
