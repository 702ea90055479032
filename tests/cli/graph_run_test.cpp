// SPDX-License-Identifier: Apache-2.0
// `vernier run CONFIG GRAPH`: networks that are scheduled in the pool of the scratchpads.
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace vernier::cli::testing {
namespace {

using Json = nlohmann::json;

class GraphRun : public ProgramTest {};

/// x [64, 64] through two matrices of 64 x 64, int8 on this accelerator.
constexpr const char* kChain = R"({"name": "chain",
 "tensors": [
  {"id": 0, "name": "x", "bytes": 4096, "kind": "input", "shape": [64, 64], "format": "int8"},
  {"id": 1, "name": "v", "bytes": 4096, "kind": "weight", "shape": [64, 64], "format": "int8"},
  {"id": 2, "name": "w", "bytes": 4096, "kind": "weight", "shape": [64, 64], "format": "int8"},
  {"id": 3, "name": "y", "bytes": 4096, "kind": "act", "shape": [64, 64], "format": "int8"},
  {"id": 4, "name": "z", "bytes": 4096, "kind": "act", "output": true, "shape": [64, 64], "format": "int8"}],
 "ops": [
  {"id": 0, "name": "first", "kind": "MatMul", "inputs": [0, 1], "output": 3,
   "gemms": [[64, 64, 64, 1]]},
  {"id": 1, "name": "second", "kind": "MatMul", "inputs": [3, 2], "output": 4,
   "gemms": [[64, 64, 64, 1]]}]})";

TEST_F(GraphRun, a_chain_counted_by_hand) {
  write_file(folder_ / "chain.json", kChain);
  const Json result = Json::parse(expect_done({"run", "int8_mac", "chain.json", "--json"}).out);
  // x; two weights of 64 rows of 64 codes and an fp16 scale; z in fp16. All are whole bursts of 64 bytes.
  EXPECT_EQ(result["totals"]["dram_bytes"], 4096 + 2 * 64 * (64 + 2) + 2 * 4096);
  EXPECT_EQ(result["totals"]["macs"], 2 * 64 * 64 * 64);
  EXPECT_EQ(result["phase"], "graph");
  EXPECT_EQ(result["layers"].size(), 2U);
  EXPECT_EQ(result["layers"][0]["name"], "first");
  Json clocked =
      Json::parse(expect_done({"run", "int8_mac", "chain.json", "--fidelity", "systemc", "--json"}).out);
  EXPECT_EQ(clocked["totals"]["cycles"], result["totals"]["cycles"]);
}

TEST_F(GraphRun, parameters_with_formats_of_their_own) {
  write_file(folder_ / "chain.json", kChain);
  write_file(folder_ / "mixed.yaml",
             "name: mixed\ngraph: chain.json\nformats:\n  first: int8_g16\n  w: int8_ch\n");
  const Json result =
      Json::parse(expect_done({"run", "int8_mac", "mixed.yaml", "--out", "results", "--json"}).out);
  // As above; 64 rows of 64 codes, the first with four scales a row, the second with one.
  EXPECT_EQ(result["totals"]["dram_bytes"], 4096 + 64 * (64 + 4 * 2) + 64 * (64 + 2) + 2 * 4096);
  EXPECT_EQ(result["network"], "mixed");
  EXPECT_EQ(result["command"], "vernier run int8_mac mixed --fidelity fast");
  EXPECT_EQ(result["notes"].back(), "parameters with a format of their own: 1 in int8_ch, 1 in int8_g16.");
  // The graph in the results has them too.
  const Json again = Json::parse(expect_done({"run", "int8_mac", "results/graph.json", "--json"}).out);
  EXPECT_EQ(again["totals"]["cycles"], result["totals"]["cycles"]);
  const std::string text =
      expect_done({"compare", "int8_mac", "int8_mac", "--workload", "mixed.yaml", "--quiet"}).out;
  EXPECT_NE(text.find("mixed, graph"), std::string::npos) << text;
  expect_done({"schedule", "mixed.yaml", "--scratchpad", "64KiB"});
  expect_done({"import", "mixed.yaml"});
  expect_refused(
      {"run", "fp16_mac", "mixed.yaml"},
      "error[PRG053]: operator 'second', parameter 'w': array.pe fp16_mac does not compute with the "
      "program's format int8_ch\n  help: fp16_mac multiplies fp16 weights and dequantizes int4_gG, "
      "int4_asym_gG and int8_gG to them, not int8_ch\n");
  expect_refused({"run", "int8_mac", "mixed.yaml", "--set", "formats.lm_head=fp16"},
                 "error[CLI008]: --set: formats.lm_head: a graph has no keys\n  help: override keys of the "
                 "accelerator\n");
}

TEST_F(GraphRun, results_repeat_it) {
  const Json first = Json::parse(expect_done({"run", "int8_mac", "mobilenet-v2", "--fuse", "--scratchpad",
                                              "800KiB", "--out", "results", "--json"})
                                     .out);
  EXPECT_EQ(first["command"], "vernier run int8_mac mobilenet-v2 --fuse --scratchpad 800KiB --fidelity fast");
  for (const char* program : {"program.vprog", "program.txt"}) {
    const Json again = Json::parse(
        expect_done({"run", "results/accelerator.yaml", std::string("results/") + program, "--json"}).out);
    EXPECT_EQ(again["totals"], first["totals"]) << program;
  }
  const Json schedule = Json::parse(read_file(folder_ / "results" / "schedule.json"));
  EXPECT_EQ(schedule["compulsory_bytes"].get<uint64_t>() + schedule["noncompulsory_bytes"].get<uint64_t>(),
            first["totals"]["dram_bytes"].get<uint64_t>());
  EXPECT_NE(read_file(folder_ / "results" / "schedule.html").find("<html"), std::string::npos);
  // The graph in the results is scheduled to the same traffic.
  const Json planned =
      Json::parse(expect_done({"schedule", "results/graph.json", "--scratchpad", "800KiB", "--json"}).out);
  EXPECT_EQ(planned["compulsory_bytes"], schedule["compulsory_bytes"]);
}

TEST_F(GraphRun, compared) {
  const std::string text =
      expect_done({"compare", "int8_mac", "fp16_mac", "--workload", "mobilenet-v2", "--quiet"}).out;
  EXPECT_NE(text.find("mobilenet-v2, graph"), std::string::npos) << text;
}

TEST_F(GraphRun, bad) {
  write_file(folder_ / "chain.json", kChain);
  expect_refused(
      {"run", "int8_mac", "chain.json", "--values"},
      "error[RUN006]: runs of graphs compute no values\n  help: leave out --values and --weights\n");
  expect_refused(
      {"run", "int8_mac", "chain.json", "--fidelity", "analytical"},
      "error[RUN005]: the analytical fidelity evaluates language models and lists of GEMMs, not graphs\n"
      "  help: use --fidelity fast, systemc or rtl\n");
  expect_refused({"run", "int8_mac", "gemm-2x2x4", "--scratchpad", "1MiB"},
                 "error[CLI015]: --scratchpad is for graphs (ONNX files, graph files, built networks), which "
                 "'gemm-2x2x4' is not\n");
  expect_refused(
      {"run", "int8_mac", "chain.json", "--scratchpad", "1GiB"},
      "error[SCH002]: --scratchpad: 1073741824 bytes; the scratchpads of 'int8_mac' have 1310720 together\n");
  expect_refused({"run", "int8_mac", "chain.json", "--scratchpad", "8KiB", "--split", "rows=1"},
                 "error[SCH001]: operator 'second' needs 16512 bytes on 'int8_mac', and the pool has 8192\n"
                 "  help: enlarge the scratchpads, or split the operator with --split\n");
  expect_refused(
      {"run", "lut", "chain.json"},
      "error[EXE001]: 'lut' makes lookup tables by operators of their own, which a graph does not have\n"
      "  help: let the array make them: --set lut.precompute=in_array\n");
}

}  // namespace
}  // namespace vernier::cli::testing
