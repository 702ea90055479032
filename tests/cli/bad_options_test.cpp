// SPDX-License-Identifier: Apache-2.0
// Wrong command lines: exit status 2 and a message that says what would be right.
#include <fmt/format.h>

#include "tests/cli/program.h"

namespace vernier::cli::testing {
namespace {

using BadOptions = ProgramTest;

/// A run of the small files and more.
std::vector<std::string> run_with(std::vector<std::string> more) {
  more.insert(more.begin(), {"run", "tiny.yaml", "gemm.yaml"});
  return more;
}

TEST_F(BadOptions, command_bad) {
  expect_refused({},
                 "error[CLI020]: a command is missing\n"
                 "  help: allowed: run, compare, report, cosim, validate, list, quantize, dram, schedule, "
                 "import, sweep, search, diff, ppa, allocate-bits\n");
  expect_refused({"rnu"},
                 "error[CLI020]: 'rnu' is not a command\n"
                 "  help: did you mean 'run'?\n");
  expect_refused({"--verison"},
                 "error[CLI020]: '--verison' is not an option before a command\n"
                 "  help: did you mean '--version'?\n");
}

TEST_F(BadOptions, unknown_option_bad) {
  expect_refused(run_with({"--fidelty", "fast"}),
                 "error[CLI021]: run has no option --fidelty\n"
                 "  help: did you mean '--fidelity'?\n");
  expect_refused(run_with({"--frobnicate"}),
                 "error[CLI021]: run has no option --frobnicate\n"
                 "  help: `vernier run --help` has examples\n");
  expect_refused({"list", "pe", "--jsno"},
                 "error[CLI021]: list has no option --jsno\n"
                 "  help: did you mean '--json'?\n");
  expect_refused(run_with({"third.yaml"}),
                 "error[CLI021]: run: 'third.yaml' is one argument too many\n"
                 "  help: `vernier run --help` has examples\n");
}

TEST_F(BadOptions, missing_argument_bad) {
  expect_refused({"run", "tiny.yaml"},
                 "error[CLI022]: run: WORKLOAD is required\n"
                 "  help: `vernier run --help` has examples\n");
  expect_refused({"compare", "tiny.yaml"},
                 "error[CLI022]: compare: --workload is required\n"
                 "  help: `vernier compare --help` has examples\n");
  expect_refused({"list"},
                 "error[CLI022]: list: WHAT is required\n"
                 "  help: `vernier list --help` has examples\n");
  expect_refused(run_with({"--out"}),
                 "error[CLI022]: run: --out needs a value\n"
                 "  help: `vernier run --help` has examples\n");
}

TEST_F(BadOptions, explain_bad) {
  expect_refused(run_with({"--fidelity", "analytical", "--explain"}),
                 "error[CLI014]: --explain: the analytical fidelity is what the others are held against\n"
                 "  help: use --fidelity fast\n");
}

TEST_F(BadOptions, negative_number_bad) {
  expect_refused(run_with({"--seed", "-3"}),
                 "error[CLI022]: run: --seed: '-3' is not a whole number from 0\n"
                 "  help: `vernier run --help` has examples\n");
}

TEST_F(BadOptions, unknown_name_bad) {
  expect_refused(run_with({"--fidelity", "systmc"}),
                 "error[RUN002]: --fidelity: 'systmc' is not a fidelity\n"
                 "  help: did you mean 'systemc'?\n");
  expect_refused(run_with({"--phase", "prefil"}),
                 "error[CLI010]: --phase: 'prefil' is not one of prefill, decode\n"
                 "  help: did you mean 'prefill'?\n");
  expect_refused({"list", "formats"},
                 "error[CLI010]: list: 'formats' is not one of pe, format, workload, config, sweep, dram, "
                 "network, keys\n"
                 "  help: did you mean 'format'?\n");
}

TEST_F(BadOptions, folder_of_a_list_bad) {
  expect_refused({"list", "config", "--folder", "none"},
                 "error[CLI011]: --folder: 'none' is not a folder\n"
                 "  help: give the folder that holds them with --folder\n");
  expect_refused({"list", "workload", "--folder", "."},
                 "error[CLI011]: --folder: there is no workload below './workloads'\n"
                 "  help: give the folder that holds workloads/ with --folder\n");
}

TEST_F(BadOptions, number_bad) {
  expect_refused(run_with({"--tokens", "many"}),
                 "error[CLI022]: run: --tokens: 'many' is not a whole number in its range\n"
                 "  help: `vernier run --help` has examples\n");
  for (const char* option : {"--tokens", "--seed"}) {  // not the largest number of 64 bits
    expect_refused(
        run_with({option, "99999999999999999999"}),
        fmt::format("error[CLI022]: run: {}: '99999999999999999999' is not a whole number in its range\n"
                    "  help: `vernier run --help` has examples\n",
                    option));
  }
  const std::string model = source("workloads/llm/phi-2.yaml");
  expect_refused({"run", "tiny.yaml", model, "--phase", "prefill", "--tokens", "0"},
                 "error[WKL010]: --tokens: 0 is not in 1..1048576\n");
  expect_refused({"run", "tiny.yaml", model, "--context", "-1"},
                 "error[WKL010]: --context: -1 is not in 1..1048576\n");
  expect_refused({"run", "tiny.yaml", model, "--batch", "0"},
                 "error[WKL010]: --batch: 0 is not in 1..65536\n");
}

TEST_F(BadOptions, set_bad) {
  expect_refused(run_with({"--set", "array.rows"}),
                 "error[CLI001]: --set: 'array.rows' is not of the form key.path=value\n"
                 "  help: write for example --set array.rows=16\n");
  expect_refused(run_with({"--set", "=4"}),
                 "error[CLI001]: --set: '=4' is not of the form key.path=value\n"
                 "  help: write for example --set array.rows=16\n");
  expect_refused(run_with({"--set", "array.rwos=4"}),
                 "error[CFG004]: --set: array.rwos: unknown key\n"
                 "  help: did you mean 'array.rows'?\n");
  expect_refused(run_with({"--set", "aray.rows=4"}),
                 "error[CFG004]: --set: aray.rows: unknown key\n"
                 "  help: did you mean 'array.rows'?\n");
  expect_refused(run_with({"--set", "hiden_size=4"}),
                 "error[CLI007]: --set: hiden_size: neither the accelerator nor the workload has this key\n"
                 "  help: did you mean 'hidden_size'?\n");
  expect_refused(
      run_with({"--set", "formats.layers.0-1.mpl=fp16"}),
      "error[CLI007]: --set: formats.layers.0-1.mpl: allowed: formats.layers.R.KEY, R the index of a "
      "layer or a range such as 0-3, KEY one of attention_proj, mlp, kv_cache, q_proj, k_proj, "
      "v_proj, o_proj, gate_proj, up_proj, down_proj, fc1, fc2\n  help: did you mean 'mlp'?\n");
  expect_refused(run_with({"--set", "formats.layers.0-1=null"}),
                 "error[CLI007]: --set: formats.layers.0-1: allowed: formats.layers.R.KEY, R the index of a "
                 "layer or a range such as 0-3, KEY one of attention_proj, mlp, kv_cache, q_proj, k_proj, "
                 "v_proj, o_proj, gate_proj, up_proj, down_proj, fc1, fc2\n");
  expect_refused(run_with({"--set", "array.rows=-4"}),
                 "error[CFG010]: --set: array.rows: -4 is not in 1..4096\n");
  expect_refused(run_with({"--set", "gemms.7.m=3"}),
                 "error[WKL009]: --set: gemms.7.m: there is no '7' here to set\n"
                 "  help: a path is key, formats.key, formats.layers.range.key or gemms.index.key\n");
}

TEST_F(BadOptions, trace_bad) {
  expect_refused(run_with({"--trace", "fst"}),
                 "error[CLI004]: --trace needs --out DIR, where the waveform is written\n");
  expect_refused(run_with({"--trace", "fst", "--out", "results"}),
                 "error[CLI005]: --trace: the fast fidelity has no signals\n"
                 "  help: use --fidelity systemc or rtl\n");
  expect_refused(run_with({"--trace", "vdc", "--out", "results", "--fidelity", "systemc"}),
                 "error[CLI010]: --trace: 'vdc' is not one of fst, vcd\n"
                 "  help: did you mean 'vcd'?\n");
  expect_refused(run_with({"--trace-window", "1:2"}),
                 "error[CLI003]: --trace-window needs --trace fst or --trace vcd\n");
  for (const std::string window : {"5", "5:", ":5", "5:5", "6:5", "-1:5", "1:2:3"}) {
    expect_refused(
        run_with({"--trace", "fst", "--out", "results", "--fidelity", "systemc", "--trace-window", window}),
        "error[CLI002]: --trace-window: '" + window + "' is not of the form A:B with cycles A < B\n");
  }
}

TEST_F(BadOptions, values_bad) {
  expect_refused(run_with({"--values"}),
                 "error[RUN004]: the fast fidelity computes no values\n"
                 "  help: use --fidelity systemc or rtl\n");
}

#if !VERNIER_HAS_RTL
TEST_F(BadOptions, rtl_not_built_bad) {
  expect_refused(run_with({"--fidelity", "rtl"}),
                 "error[RTL000]: this program was built without RTL, so a bitmod array of 4x4 has none\n"
                 "  help: configure with -DVERNIER_RTL=ON\n");
}
#else
TEST_F(BadOptions, array_not_built_bad) {
  const Outcome outcome =
      call(run_with({"--fidelity", "rtl", "--set", "array.rows=13", "--set", "array.cols=11"}));
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("error[RTL"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("add the line 'bitmod 13 11 4 broadcast' to rtl/arrays.txt"), std::string::npos)
      << outcome.err;
}
#endif

}  // namespace
}  // namespace vernier::cli::testing
