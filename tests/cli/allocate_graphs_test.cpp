// SPDX-License-Identifier: Apache-2.0
// `vernier allocate-bits CONFIG GRAPH`.
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace vernier::cli::testing {
namespace {

class AllocateGraphs : public ProgramTest {};

/// x times v, the result times w; from a folder of its own.
constexpr const char* kProducts = R"({"name": "chain",
 "tensors": [
  {"id": 0, "name": "x", "bytes": 256, "kind": "input", "shape": [4, 16], "format": "fp32"},
  {"id": 1, "name": "v", "bytes": 4096, "kind": "weight", "shape": [16, 64], "format": "fp32"},
  {"id": 2, "name": "y", "bytes": 1024, "kind": "act", "shape": [4, 64], "format": "fp32"},
  {"id": 3, "name": "w", "bytes": 16384, "kind": "weight", "shape": [64, 64], "format": "fp32"},
  {"id": 4, "name": "z", "bytes": 1024, "kind": "act", "output": true, "shape": [4, 64], "format": "fp32"}],
 "ops": [
  {"id": 0, "name": "first/part", "kind": "MatMul", "inputs": [0, 1], "output": 2, "gemms": [[4, 64, 16, 1]]},
  {"id": 1, "name": "null", "kind": "MatMul", "inputs": [2, 3], "output": 4, "gemms": [[4, 64, 64, 1]]}]})";

TEST_F(AllocateGraphs, a_graph_becomes_a_workload_file) {
  std::filesystem::create_directories(folder_ / "models");
  write_file(folder_ / "models" / "chain.json", kProducts);
  write_file(
      folder_ / "g.yaml",
      "layers: {first/part: {int4_g128: 3, int8_g128: 1}, \"null\": {int4_g128: 0.5, int8_g128: 0.25}}\n");
  const std::vector<std::string> arguments = {"allocate-bits", "fp16_mac",   "models/chain.json",
                                              "--format",      "int4_g128",  "--format",
                                              "int8_g128",     "--budget",   "1.5",
                                              "--sensitivity", "g.yaml",     "--solver",
                                              "exact",         "--minimise", "weight_bytes",
                                              "--json",        "--out",      "made/here"};
  const auto result = nlohmann::json::parse(expect_done(arguments).out);
  EXPECT_EQ(
      result["command"],
      "vernier allocate-bits fp16_mac chain --solver exact --format int4_g128 --format int8_g128 --budget "
      "1.5 --minimise weight_bytes --sensitivity g.yaml");
  EXPECT_EQ(result["phase"], "graph");
  EXPECT_EQ(result["layers"][0]["format"], "int8_g128");
  EXPECT_EQ(result["layers"][1]["format"], "int4_g128");
  // 64 rows of 16 codes of a byte and a scale; 64 of 64 codes of 4 bits and a scale. Whole bursts of 64
  // bytes.
  EXPECT_EQ(result["predicted"]["weight_bytes"], 64 * (16 + 2) + 64 * (32 + 2));
  EXPECT_EQ(result["simulated"]["layer_weight_bytes"], result["predicted"]["weight_bytes"]);
  EXPECT_EQ(read_file(folder_ / "made/here/workload.yaml"),
            "# The formats are those of `vernier allocate-bits`.\n"
            "name: chain\n"
            "graph: ../../models/chain.json\n"
            "formats:\n"
            "  first/part: int8_g128\n"
            "  \"null\": int4_g128\n");
  const Outcome run =
      expect_done({"run", "fp16_mac", "made/here/workload.yaml", "--solver", "exact", "--json"});
  EXPECT_EQ(nlohmann::json::parse(run.out)["totals"]["cycles"], result["simulated"]["cycles"]);
  // From the file that was made, with other formats.
  const Outcome again = expect_done({"allocate-bits", "fp16_mac", "made/here/workload.yaml", "--format",
                                     "fp16", "--budget", "0.1", "--out", "again"});
  EXPECT_NE(again.out.find("random weights (seed 1"), std::string::npos) << again.out;
  EXPECT_NE(read_file(folder_ / "again/workload.yaml").find("graph: ../models/chain.json\n"),
            std::string::npos);
  EXPECT_NE(read_file(folder_ / "again/workload.yaml").find("first/part: fp16\n"), std::string::npos);
}

TEST_F(AllocateGraphs, graphs_bad) {
  write_file(folder_ / "chain.json", kProducts);
  expect_refused(
      {"allocate-bits", "fp16_mac", "chain.json", "--format", "bitmod4_g128", "--budget", "1"},
      "error[ALC002]: --format bitmod4_g128: fp16_mac multiplies fp16 weights and dequantizes int4_gG, "
      "int4_asym_gG and int8_gG to them, not bitmod4_g128\n");
  expect_refused(
      {"allocate-bits", "fp16_mac", "gemm.yaml", "--format", "fp16", "--budget", "1", "--solver", "exact"},
      "error[CLI015]: --solver is for graphs (ONNX files, graph files, built networks), which "
      "'gemm.yaml' is not\n");
  expect_refused(
      {"allocate-bits", "fp16_mac", "chain.json", "--format", "fp16", "--budget", "1", "--share", "all"},
      "error[ALC008]: --share: of the layers of language models, which 'chain.json' is not\n");
  expect_refused({"allocate-bits", "fp16_mac", "chain.json", "--format", "fp16", "--budget", "1", "--set",
                  "hidden_size=3"},
                 "error[CLI008]: --set: hidden_size: a graph has no keys\n  help: override keys of the "
                 "accelerator\n");
}

}  // namespace
}  // namespace vernier::cli::testing
