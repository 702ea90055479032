// SPDX-License-Identifier: Apache-2.0
// Wrong configurations and workloads: exit status 2, one message that says where, what and what instead.
#include "models/pe/registry.h"
#include "tests/cli/program.h"

namespace vernier::cli::testing {
namespace {

class BadInput : public ProgramTest {
 protected:
  /// tiny.yaml with one text in place of another.
  void change(const std::string& from, const std::string& to) const {
    std::string text = kTinyAccelerator;
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file(folder_ / "bad.yaml", text.replace(at, from.size(), to));
  }
};

TEST_F(BadInput, missing_file_bad) {
  expect_refused({"run", "none.yaml", "gemm.yaml"},
                 "error[CFG001]: none.yaml: cannot open configuration file: No such file or directory\n");
  expect_refused({"run", "tiny.yaml", "none.yaml"},
                 "error[WKL001]: none.yaml: no such workload file\n"
                 "  help: shipped ones are in workloads/llm and workloads/gemm\n");
  expect_refused({"run", "tiny.yaml", "none.vprog"},
                 "error[PRG040]: none.vprog: cannot read the program: No such file or directory\n");
  expect_refused({"run", "no/such/tiny", "gemm.yaml"},
                 "error[CFG001]: no/such/tiny: cannot open configuration file: No such file or directory\n");
  expect_refused({"compare", "tiny.yaml", "none.yaml", "--workload", "gemm.yaml", "--quiet"},
                 "error[CFG001]: none.yaml: cannot open configuration file: No such file or directory\n");
  expect_refused(
      {"report", "none"},
      "error[RPT020]: cannot read 'none'\n"
      "  help: give a folder written by `vernier run --out`, `compare --out` or `sweep --out`, or its "
      "result.json or results.sqlite\n");
}

TEST_F(BadInput, folder_for_a_file_bad) {
  std::filesystem::create_directory(folder_ / "folder.yaml");
  std::filesystem::create_directory(folder_ / "folder.vprog");
  expect_refused({"run", "folder.yaml", "gemm.yaml"},
                 "error[CFG001]: folder.yaml: is a folder, a configuration file is due\n");
  expect_refused({"run", "tiny.yaml", "folder.yaml"},
                 "error[WKL001]: folder.yaml: is not a file\n"
                 "  help: shipped ones are in workloads/llm and workloads/gemm\n");
  expect_refused({"run", "tiny.yaml", "folder.vprog"}, "error[PRG040]: folder.vprog: is not a file\n");
  expect_refused(
      {"report", "folder.yaml"},
      "error[RPT020]: cannot read 'folder.yaml/result.json'\n"
      "  help: give a folder written by `vernier run --out`, `compare --out` or `sweep --out`, or its "
      "result.json or results.sqlite\n");
}

TEST_F(BadInput, malformed_yaml_bad) {
  change("rows: 4, cols", "rows: 4 cols");
  expect_refused({"run", "bad.yaml", "gemm.yaml"},
                 "error[CFG002]: bad.yaml:3:33: not readable as YAML: end of map flow not found\n");
  write_file(folder_ / "bad.yaml", "name: [small\n");
  expect_refused({"run", "tiny.yaml", "bad.yaml"},
                 "error[WKL001]: bad.yaml:2:1: not valid YAML: end of sequence flow not found\n");
  write_file(folder_ / "bad.json", "{\"model_type\": \"llama\",");
  expect_refused({"run", "tiny.yaml", "bad.json"},
                 "error[WKL001]: bad.json:1:1: not valid YAML: end of map flow not found\n");
  write_file(folder_ / "bad.yaml", "");
  expect_refused({"run", "bad.yaml", "gemm.yaml"},
                 "error[CFG003]: bad.yaml: found nothing, a map of keys is due\n"
                 "  help: allowed: name, clock, array, weight_scratchpad, activation_scratchpad, "
                 "output_scratchpad, dram, dma, vector, sequencer, mapping, formats, analytical, "
                 "lut, energy\n");
  expect_refused({"run", "tiny.yaml", "bad.yaml"},
                 "error[WKL001]: bad.yaml:1:1: a workload is a map of keys, found nothing\n");
}

TEST_F(BadInput, wrong_type_bad) {
  change("rows: 4", "rows: four");
  expect_refused({"run", "bad.yaml", "gemm.yaml"},
                 "error[CFG007]: bad.yaml:3:27: array.rows: found 'four', a whole number is due\n");
  change("\"64 KiB\"", "64");
  expect_refused({"run", "bad.yaml", "gemm.yaml"},
                 "error[CFG008]: bad.yaml:4:31: weight_scratchpad.capacity: 64 has no unit\n"
                 "  help: write for example \"64 byte\"; units: byte, KiB, MiB, GiB\n");
  change("\"1 GHz\"", "\"1 KiB\"");
  expect_refused({"run", "bad.yaml", "gemm.yaml"},
                 "error[CFG009]: bad.yaml:2:8: clock: 'KiB' in '1 KiB' is not a unit of this key (units: Hz, "
                 "kHz, MHz, GHz)\n");
  write_file(folder_ / "bad.yaml", "gemms:\n  - {name: gemm, m: six, n: 10, k: 256}\n");
  expect_refused({"run", "tiny.yaml", "bad.yaml"},
                 "error[WKL005]: bad.yaml:2:21: gemms.0.m: found 'six', allowed: a whole number\n");
}

TEST_F(BadInput, all_findings_at_once_bad) {
  change("rows: 4, cols: 4", "rwos: 4, cols: 0");
  expect_refused({"run", "bad.yaml", "gemm.yaml"},
                 "error[CFG004]: bad.yaml:3:21: array.rwos: unknown key\n"
                 "  help: did you mean 'array.rows'?\n"
                 "error[CFG010]: bad.yaml:3:36: array.cols: 0 is not in 1..4096\n"
                 "error[CFG006]: bad.yaml: array.rows: key is missing (1..4096)\n"
                 "  help: Rows of PEs: output channels; elements along K if weight-stationary.\n");
}

TEST_F(BadInput, impossible_configuration_bad) {
  change("rows: 4", "rows: 0");
  expect_refused({"run", "bad.yaml", "gemm.yaml"},
                 "error[CFG010]: bad.yaml:3:27: array.rows: 0 is not in 1..4096\n");
  change("weight: bitmod4_g128", "weight: fp16");
  expect_refused(
      {"run", "bad.yaml", "gemm.yaml"},
      "error[CFG023]: bad.yaml:8:19: formats.weight: array.pe bitmod does not compute with fp16\n"
      "  help: bitmod has no decoder for fp16 weights (int8, int6, int5, int4, bitmod4, bitmod3)\n");
  change("weight: bitmod4_g128", "weight: bitmod5_g128");
  expect_refused(
      {"run", "bad.yaml", "gemm.yaml"},
      "error[CFG011]: bad.yaml:8:19: formats.weight: 'bitmod5_g128' is not a weight format\n"
      "  help: did you mean 'bitmod3_g128'? Allowed: fp16, intN_ch, intN_gG, "
      "intN_asym_gG, intN_s8_gG (N = 2..8), lutN_gG, lutN_asym_gG (N = 1..8), int4_dgq_gG, bitmod3_gG, "
      "bitmod4_gG, ant4_gG, olive4_gG (G = 1..65536)\n");
  change("pe: bitmod", "pe: bitmot");
  std::string types;
  for (const pe::PeDescriptor* pe : pe::all()) types += pe->name + ", ";
  expect_refused({"run", "bad.yaml", "gemm.yaml"},
                 "error[CFG011]: bad.yaml:3:13: array.pe: found 'bitmot', one of " + types +
                     "declared is due\n"
                     "  help: did you mean 'bitmod'?\n");
  change("lanes: 4", "lanes: 3");
  expect_refused({"run", "bad.yaml", "gemm.yaml"},
                 "error[CFG024]: bad.yaml:8:19: formats.weight: groups of 128 elements (bitmod4_g128) are "
                 "not a multiple of array.lanes, 3\n"
                 "error[CFG024]: bad.yaml:8:37: formats.kv: groups of 128 elements (int8_s8_g128) are not a "
                 "multiple of array.lanes, 3\n");
}

TEST_F(BadInput, lanes_that_do_not_pair_bad) {
  expect_refused(
      {"run", source("configs/accelerators/olive.yaml"), "gemm.yaml", "--set", "array.lanes=3", "--set",
       "formats.weight=olive4_g126", "--set", "formats.kv=int8_g126"},
      "error[CFG022]: --set: array.lanes: 3 is not in 2..8 in steps of 2, which olive is built with\n");
  expect_refused({"run", source("configs/accelerators/lut.yaml"), "gemm.yaml", "--set", "array.lanes=8"},
                 "error[CFG022]: --set: array.lanes: 8 is not 4, which lut is built with\n");
}

TEST_F(BadInput, tile_that_cannot_fit_bad) {
  expect_refused({"run", "tiny.yaml", "gemm.yaml", "--set", "weight_scratchpad.capacity=256 byte"},
                 "error[MAP001]: operator 'gemm': the smallest weight block (4 x 128, bitmod4_g128) needs "
                 "269 bytes, but a slot of the weight scratchpad has 128\n"
                 "  help: enlarge weight_scratchpad.capacity or use a smaller array or group\n");
  expect_refused({"run", "tiny.yaml", "gemm.yaml", "--set", "output_scratchpad.capacity=64 byte"},
                 "error[MAP001]: operator 'gemm': the smallest result block (4 x 4) needs 96 bytes, but a "
                 "slot of the output scratchpad has 16\n"
                 "  help: enlarge output_scratchpad.capacity or use a smaller array or group\n");
}

TEST_F(BadInput, unknown_operator_or_architecture_bad) {
  write_file(folder_ / "bad.json", "{\"model_type\": \"mamba\", \"hidden_size\": 64}");
  expect_refused({"run", "tiny.yaml", "bad.json"},
                 "error[WKL007]: bad.json:1:16: model_type: 'mamba' is unknown, allowed: llama, mistral, "
                 "qwen2, opt, phi\n"
                 "  help: allowed: llama, mistral, qwen2, opt, phi\n");
  write_file(folder_ / "bad.yaml", "gemms:\n  - {name: gemm, m: 6, n: 10, k: 256, conv: 1}\n");
  expect_refused({"run", "tiny.yaml", "bad.yaml"},
                 "error[WKL002]: bad.yaml:2:39: gemms.0.conv: unknown key\n"
                 "  help: allowed: name, m, n, k, weight_format, repeat\n");
}

TEST_F(BadInput, name_of_nothing_shipped_bad) {
  CallOptions at_root;
  at_root.folder = VERNIER_SOURCE_DIR;
  expect_refused({"run", "bitmd", "llama-2-7b"},
                 "error[CLI006]: 'bitmd' is neither a file nor the name of a shipped accelerator\n"
                 "  help: did you mean 'bitmod'?\n",
                 at_root);
  expect_refused({"run", "bitmod", "llama2-7b"},
                 "error[CLI006]: 'llama2-7b' is neither a file nor the name of a shipped workload\n"
                 "  help: did you mean 'llama-2-7b'?\n",
                 at_root);
}

TEST_F(BadInput, declared_pe_has_no_cycles_bad) {
  expect_refused({"run", source("configs/paper/bitmod/paper_ant.yaml"), source("workloads/llm/phi-2.yaml")},
                 "error[RUN003]: 'bitmod_paper_ant' declares a PE by numbers only; it has no model for fast\n"
                 "  help: use --fidelity analytical, or choose array.pe from `vernier list pe`\n");
}

TEST_F(BadInput, damaged_results_bad) {
  ASSERT_EQ(call({"run", "tiny.yaml", "gemm.yaml", "--out", "results"}).status, 0);
  std::string json = read_file(folder_ / "results/result.json");
  write_file(folder_ / "cut.json", json.substr(0, 60));
  expect_refused({"report", "cut.json", "--out", "page.html"},
                 "error[RPT001]: cut.json: not a JSON file: [json.exception.parse_error.101] parse error at "
                 "line 3, column 44: syntax error while parsing value - invalid string: missing closing "
                 "quote; last read: '\"vernier run tiny small --fide'\n"
                 "  help: give a result.json written by this version of vernier\n");
  json.replace(json.find("\"instructions\": 17"), 18, "\"instructions\": 18");
  write_file(folder_ / "changed.json", json);
  expect_refused({"report", "changed.json", "--out", "page.html"},
                 "error[RPT004]: changed.json: the numbers contradict each other: total instructions is 18, "
                 "the rows sum to 17\n"
                 "  help: give a result.json written by this version of vernier\n");
}

TEST_F(BadInput, comparison_of_different_work_bad) {
  ASSERT_EQ(call({"compare", "tiny.yaml", "tiny.yaml", "--workload", "gemm.yaml", "--out", "both"}).status,
            0);
  std::string json = read_file(folder_ / "both/result.json");
  const std::string network = "\"network\": \"small\"";
  const size_t second = json.find(network, json.find(network) + 1);
  ASSERT_NE(second, std::string::npos);
  json.replace(second, network.size(), "\"network\": \"large\"");
  write_file(folder_ / "mixed.json", json);
  expect_refused({"report", "mixed.json", "--out", "page.html"},
                 "error[RPT010]: 'tiny' ran large gemm of 1 tokens, 15360 MACs, but 'tiny' ran small gemm of "
                 "1 tokens, 15360 MACs\n"
                 "  help: compare runs of the same network, phase and number of tokens\n");
}

}  // namespace
}  // namespace vernier::cli::testing
