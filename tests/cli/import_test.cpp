// SPDX-License-Identifier: Apache-2.0
// `vernier import`, with what every kind of file gives it.
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace vernier::cli::testing {
namespace {

class Import : public ProgramTest {};

TEST_F(Import, network_by_name_through_a_file) {
  const Outcome first =
      expect_done({"import", "resnet-18", "--json", "--out", "net.json", "--dot", "net.dot"});
  const nlohmann::json summary = nlohmann::json::parse(first.out);
  EXPECT_EQ(summary["operators"], 31);
  EXPECT_EQ(summary["macs"], 1814073344);  // 1.81 G in the table of torchvision
  EXPECT_EQ(summary["weights"]["elements"], 11684712);
  // The last stage's 512 x 512 x 3 x 3 weights, 512 biases of 4 bytes, and two maps of 512 x 7 x 7.
  EXPECT_EQ(summary["largest_operator"]["bytes"], 512 * 512 * 9 + 512 * 4 + 2 * 512 * 49);
  EXPECT_EQ(read_file(folder_ / "net.dot").substr(0, 7), "digraph");
  nlohmann::json again = nlohmann::json::parse(expect_done({"import", "net.json", "--json"}).out);
  EXPECT_EQ(again["command"], "vernier import net.json");
  again["command"] = summary["command"];
  EXPECT_EQ(again, summary);
}

TEST_F(Import, split_text) {
  const std::string text = expect_done({"import", "bert-base", "--split", "heads=3"}).out;
  EXPECT_NE(text.find("bert-base: "), std::string::npos);
  EXPECT_NE(text.find("total"), std::string::npos);
  EXPECT_NE(text.find("11,173,625,856"), std::string::npos) << text;
}

TEST_F(Import, scheduled_by_name) {
  const nlohmann::json result =
      nlohmann::json::parse(expect_done({"schedule", "llama-block", "--scratchpad", "13MiB", "--solver",
                                         "topo_belady_cap", "--no-addresses", "--json"})
                                .out);
  EXPECT_EQ(result["command"], "vernier schedule llama-block --scratchpad 13MiB");
}

TEST_F(Import, topology) {
  write_file(folder_ / "net.csv", "Layer, M, N, K,\nfc, 2, 3, 4,\n");
  EXPECT_NE(expect_done({"import", "net.csv"}).out.find("24"), std::string::npos);
}

TEST_F(Import, bad) {
  expect_refused({"import", "resnet-81"},
                 "error[GRA021]: 'resnet-81' is no built network and no file of a known kind\n"
                 "  help: did you mean 'resnet-18'?\n");
  expect_refused({"import", "nowhere.onnx"}, "error[ONX001]: nowhere.onnx: is no file that can be read\n");
  expect_refused({"import", "resnet-18", "--split", "rows=0"},
                 "error[GRA020]: 'rows=0': the number of parts is not in 1..4096\n");
  expect_refused(
      {"import", "resnet-18", "--dim", "batch=1"},
      "error[GRA022]: --dim, --input and --unsupported are for ONNX files, which 'resnet-18' is not\n");
  write_file(folder_ / "broken.onnx", std::string("\x08\x07\x3a\x20", 4));
  expect_refused({"import", "broken.onnx"},
                 "error[ONX001]: broken.onnx: is no ONNX file, or a part of one\n"
                 "  help: models have to be whole and below 2 GiB\n");
}

}  // namespace
}  // namespace vernier::cli::testing
