// SPDX-License-Identifier: Apache-2.0
// `vernier quantize` as a user meets it: exit status, output, files.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/quantize/container.h"
#include "tests/quantize/numpy_files.h"
#include "tests/quantize/tensor_bytes.h"

namespace vernier::quantize {
namespace {

namespace fs = std::filesystem;
using workloads::fp32_bytes;

struct Ran {
  int status = -1;
  std::string output;  ///< standard output and error
};

class QuantizeCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::string(VERNIER_BINARY).empty()) GTEST_SKIP() << "built without the command line";
    folder_ = fs::temp_directory_path() / fmt::format("vernier-quantize-{}", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  void save(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  [[nodiscard]] std::string load(const std::string& name) const {
    std::ifstream in(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// The arguments are written for a shell.
  [[nodiscard]] Ran run(const std::string& arguments) const {
    const std::string command = fmt::format("cd '{}' && '{}' quantize {} 2>&1 </dev/null", folder_.string(),
                                            VERNIER_BINARY, arguments);
    FILE* pipe = ::popen(command.c_str(), "r");
    Ran ran;
    std::array<char, 4096> buffer{};
    for (size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
      ran.output.append(buffer.data(), got);
    }
    ran.status = WEXITSTATUS(::pclose(pipe));
    return ran;
  }

  void expect_refused(const std::string& arguments, const std::string& part) const {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.status, 2) << arguments << "\n" << ran.output;
    EXPECT_EQ(ran.output.compare(0, 6, "error["), 0) << ran.output;
    EXPECT_NE(ran.output.find(part), std::string::npos) << arguments << "\n" << ran.output;
  }

  fs::path folder_;
};

std::string model() {
  const std::string header =
      "{\"a/b\":{\"dtype\":\"F32\",\"shape\":[1,4],\"data_offsets\":[0,16]},"
      "\"a_b\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[16,32]},"
      "\"bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[32,40]},"
      "\"conv\":{\"dtype\":\"F32\",\"shape\":[1,1,2],\"data_offsets\":[40,48]},"
      "\"ids\":{\"dtype\":\"I64\",\"shape\":[1,1],\"data_offsets\":[48,56]}}";
  return workloads::safetensors(header, fp32_bytes({7, -2.25, 0.5, 3.5, 14, 1, -5, 3, 1, 2, 1, 2, 0, 0}));
}

TEST_F(QuantizeCommand, TableAndJsonOfAllMatrices) {
  save("m.safetensors", model());
  const Ran table = run("m.safetensors --format int4_g4 --format int8");
  EXPECT_EQ(table.status, 0) << table.output;
  for (const char* part : {"a/b", "a_b", "2 tensors", "bias: of shape 2, not a matrix",
                           "conv: of shape 1 x 1 x 2", "ids: of type I64", "SQNR [dB]"}) {
    EXPECT_NE(table.output.find(part), std::string::npos) << part << "\n" << table.output;
  }
  const Ran json = run("m.safetensors --format int4_g4 --bins 4 --json");
  ASSERT_EQ(json.status, 0) << json.output;
  const auto report = nlohmann::json::parse(json.output);
  EXPECT_EQ(report.at("schema"), 1);
  EXPECT_EQ(report.at("command"), "vernier quantize m.safetensors --format int4_g4 --bins 4");
  ASSERT_EQ(report.at("results").size(), 2U);
  // Errors 0, 1/4, -1/2, -1/2 with scale 1.
  const auto& first = report.at("results").at(0);
  EXPECT_EQ(first.at("tensor"), "a/b");
  EXPECT_EQ(first.at("mse"), (1.0 / 16 + 1.0 / 2) / 4);
  EXPECT_EQ(first.at("mean_error"), -0.75 / 4);
  EXPECT_EQ(first.at("max_abs_error_at"), nlohmann::json({0, 2}));
  EXPECT_EQ(first.at("error_histogram").at("counts"), nlohmann::json({2, 0, 1, 1}));
  EXPECT_EQ(first.at("codes"), nlohmann::json::parse(R"({"0": 1, "3": 1, "7": 1, "14": 1})"));
  EXPECT_EQ(report.at("totals").at(0).at("weights"), 8);
  EXPECT_EQ(report.at("totals").at(0).at("bits_per_weight"), (4 * 4 + 16 + 4 * 4 + 2 * 16) / 8.0);
  EXPECT_EQ(report.at("totals").at(0).at("published_bits_per_weight"), 4 + 16 / 4.0);
  EXPECT_EQ(report.at("totals").at(0).at("max_abs_error"), 1) << "of 1 in the row with scale 2";
  EXPECT_EQ(report.at("skipped").size(), 3U);
}

TEST_F(QuantizeCommand, WritesWhatCanBeReadBack) {
  save("m.safetensors", model());
  const Ran ran = run("m.safetensors --format int4_g4 --rows 2 --lanes 2 --out packed");
  ASSERT_EQ(ran.status, 0) << ran.output;
  const auto report = nlohmann::json::parse(load("packed/quantize.json"));
  for (const auto& result : report.at("results")) {
    const std::string bytes = load("packed/" + result.at("file").get<std::string>());
    EXPECT_EQ(bytes.size(), result.at("file_bytes"));
    const StoredTensor stored = read_tensor(bytes, "t.vqt");
    EXPECT_EQ(stored.tensor.name, result.at("tensor"));
    EXPECT_EQ(stored.layout.rows, 2);
    EXPECT_EQ(stored.layout.lanes, 2);
    EXPECT_EQ(stored.tensor.value(0, 0), result.at("tensor") == "a/b" ? 7 : 14);
  }
  EXPECT_TRUE(fs::exists(folder_ / "packed/a_b.int4_g4.vqt"));
  EXPECT_TRUE(fs::exists(folder_ / "packed/a_b-2.int4_g4.vqt")) << "two names that would be one file";
}

TEST_F(QuantizeCommand, NamedTensorOfMoreDimensions) {
  save("m.safetensors", model());
  save("cube.npy", workloads::from_hex(workloads::numpy_files::kCube));
  EXPECT_NE(run("m.safetensors --format int8 --tensor conv").output.find("1 x 1 x 2"), std::string::npos);
  EXPECT_NE(run("cube.npy --format fp16").output.find("exact"), std::string::npos);
}

TEST_F(QuantizeCommand, ANameCannotControlTheTerminal) {
  save("m.safetensors",
       workloads::safetensors(R"({"a\n\u001b[2J":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}})",
                              fp32_bytes({1})));
  const Ran table = run("m.safetensors --format fp16");
  EXPECT_EQ(table.status, 0);
  EXPECT_NE(table.output.find("\na??[2J "), std::string::npos) << table.output;
  const Ran refused = run("m.safetensors --format fp16 --tensor \"$(printf 'b\\033')\"");
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(refused.output.find('\x1b'), std::string::npos) << refused.output;
}

TEST_F(QuantizeCommand, RefusesWithAReason_bad) {
  const std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";
  save("w.npy", workloads::npy(dictionary, fp32_bytes({1, 2, 3, 4})));
  save("nan.npy", workloads::npy(dictionary, fp32_bytes({1, 2, NAN, 4})));
  save("m.safetensors", model());
  save("bias.safetensors",
       workloads::safetensors("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                              "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
                              fp32_bytes({1, 2})));
  expect_refused("w.npy", "--format is required");
  expect_refused("none.npy --format fp16", "QNT001");
  expect_refused(". --format fp16", "QNT001");
  expect_refused("nan.npy --format int4_g128", "error[QNT011]: nan.npy: tensor 'nan', element [1][0] is nan");
  expect_refused("w.npy --format int4g128", "did you mean 'int4_g128'");
  expect_refused("w.npy --format fp8", "QNT010");
  expect_refused("m.safetensors --tensor a-b --format fp16", "did you mean");
  expect_refused("m.safetensors --tensor bias --format fp16", "QNT006");
  expect_refused("bias.safetensors --format fp16", "QNT008");
  expect_refused("w.npy --format int4_g128 --rows 4", "add --out");
  expect_refused("w.npy --format int4_g128 --lanes 3 --out packed", "QNT013");
  expect_refused("w.npy --format fp16 --bins 0", "QNT014");
  expect_refused("nan.npy --format fp16 --out packed", "QNT011");
  EXPECT_FALSE(fs::exists(folder_ / "packed")) << "nothing is left of what was refused";
}

TEST_F(QuantizeCommand, HelpHasExamples) {
  const Ran ran = run("--help");
  EXPECT_EQ(ran.status, 0);
  EXPECT_NE(ran.output.find("Examples:"), std::string::npos);
}

}  // namespace
}  // namespace vernier::quantize
