// SPDX-License-Identifier: Apache-2.0
// Workload files that name a graph and formats for its parameters.
#include "workloads/graph_workload.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "tests/onnx/model_file.h"
#include "workloads/graph/graph_file.h"
#include "workloads/graph_source.h"
#include "workloads/workload.h"

namespace vernier::onnx::graph_workload {
namespace {

namespace fs = std::filesystem;
using graph::Graph;

/// A folder with files, gone with the test.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("vernier_graph_workload_" + std::to_string(getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }
  [[nodiscard]] std::string at(const std::string& name) const { return (path_ / name).string(); }

  /// All findings of reading w.yaml with this text, "line:column code message (help)" each.
  [[nodiscard]] std::string findings(const std::string& text) const {
    std::string out;
    try {
      static_cast<void>(workloads::load_graph(write("w.yaml", text), {}));
    } catch (const InputError& error) {
      for (const Diagnostic& one : error.diagnostics()) {
        out += fmt::format("{}:{} {} {}{}\n", one.location.line, one.location.column, one.code, one.message,
                           one.help.empty() ? "" : " (" + one.help + ")");
      }
    }
    return out;
  }

 private:
  fs::path path_;
};

std::string format_of(const Graph& graph, const std::string& tensor) {
  for (const graph::Tensor& one : graph.tensors) {
    if (one.name == tensor) return one.weight_format;
  }
  return "no such tensor";
}

/// x [4, 8] times w, and the result times w and v, between them a Relu.
constexpr const char* kShared = R"({"name": "shared",
 "tensors": [
  {"id": 0, "name": "x", "bytes": 128, "kind": "input", "shape": [4, 8], "format": "fp32"},
  {"id": 1, "name": "w", "bytes": 256, "kind": "weight", "shape": [8, 8], "format": "fp32"},
  {"id": 2, "name": "y", "bytes": 128, "kind": "act", "shape": [4, 8], "format": "fp32"},
  {"id": 3, "name": "r", "bytes": 128, "kind": "act", "shape": [4, 8], "format": "fp32"},
  {"id": 4, "name": "z", "bytes": 128, "kind": "act", "output": true, "shape": [4, 8], "format": "fp32"},
  {"id": 5, "name": "b", "bytes": 32, "kind": "weight", "shape": [8], "format": "fp32"},
  {"id": 6, "name": "v", "bytes": 256, "kind": "weight", "shape": [8, 8], "format": "fp32"},
  {"id": 7, "name": "u", "bytes": 128, "kind": "act", "output": true, "shape": [4, 8], "format": "fp32"}],
 "ops": [
  {"id": 0, "name": "first", "kind": "MatMul", "inputs": [0, 1], "output": 2, "gemms": [[4, 8, 8, 1]]},
  {"id": 1, "name": "relu", "kind": "Relu", "inputs": [2], "output": 3, "vector_elements": 32},
  {"id": 2, "name": "second", "kind": "Gemm", "inputs": [3, 1, 5], "output": 4, "gemms": [[4, 8, 8, 1]]},
  {"id": 3, "name": "third", "kind": "MatMul", "inputs": [3, 6], "output": 7, "gemms": [[4, 8, 8, 1]]}]})";

TEST(GraphWorkload, formats_by_operator_and_by_parameter) {
  const Folder folder;
  folder.write("shared.json", kShared);
  const std::string file = folder.write("mixed.yaml",
                                        "graph: shared.json\norigin: by hand\n"
                                        "formats:\n  second: int6_g128\n  v: bitmod4_g128\n");
  ASSERT_TRUE(workloads::is_graph_source(file));
  const Graph graph = workloads::load_graph(file, {}).graph;
  EXPECT_EQ(graph.name, "mixed");  // of the file
  EXPECT_EQ(format_of(graph, "w"), "int6_g128");
  EXPECT_EQ(format_of(graph, "v"), "bitmod4_g128");
  EXPECT_EQ(format_of(graph, "b"), "");
  // Through a graph file, fused and split.
  const Graph again = workloads::load_graph(folder.write("again.json", graph::to_json(graph)), {}).graph;
  EXPECT_EQ(format_of(again, "w"), "int6_g128");
  EXPECT_EQ(format_of(again, "v"), "bitmod4_g128");
  const Graph pieces = workloads::load_graph(file, {{}, {}, "", true, "channels=2"}).graph;
  EXPECT_EQ(format_of(pieces, "v/1"), "bitmod4_g128");
  // Two operators may say the same of their common parameter; and what needs quotes can have them.
  EXPECT_EQ(folder.findings("graph: shared.json\nformats: {first: int6_g128, \"second\": 'int6_g128'}\n"),
            "");
}

TEST(GraphWorkload, built_networks_and_one_graph_of_several) {
  const Folder folder;
  const Graph built =
      workloads::load_graph(
          folder.write("a.yml", "name: mine\ngraph: resnet-18\nformats: {fc: fp16, conv1.w: int8_ch}\n"), {})
          .graph;
  EXPECT_EQ(built.name, "mine");
  EXPECT_EQ(built.operators.size(), 31U);
  EXPECT_EQ(format_of(built, "fc.w"), "fp16");
  EXPECT_EQ(format_of(built, "conv1.w"), "int8_ch");
  folder.write("several.json", std::string("{\"graphs\": {\"shared\": ") + kShared + "}}");
  const Graph one =
      workloads::load_graph(folder.write("b.yaml", "graph: several.json#shared\nformats: {v: fp16}\n"), {})
          .graph;
  EXPECT_EQ(format_of(one, "v"), "fp16");
}

TEST(GraphWorkload, options_of_onnx_files) {
  const Folder folder;
  test::ModelFile model;
  model.input("x", test::Names{"n", "8"});
  model.weight("w", {8, 16});
  model.node("MatMul", {"x", "w"}, {"y"});
  model.output("y");
  static_cast<void>(model.error());  // writes it
  fs::copy_file(model.path(), folder.at("m.onnx"));
  const std::string file = folder.write("m.yaml", "graph: m.onnx\ndims: {n: 3}\nformats: {w: int4_g128}\n");
  EXPECT_EQ(workloads::load_graph(file, {}).graph.operators.front().gemms.front().m, 3);
  EXPECT_EQ(format_of(workloads::load_graph(file, {}).graph, "w"), "int4_g128");
  // The command line says more than the file.
  EXPECT_EQ(workloads::load_graph(file, {{"n=7"}, {}, "", false, ""}).graph.operators.front().gemms.front().m,
            7);
}

TEST(GraphWorkload, names_bad) {
  const Folder folder;
  folder.write("shared.json", kShared);
  const std::string head = "graph: shared.json\nformats:\n";
  EXPECT_EQ(
      folder.findings(head + "  secnd: int6_g128\n"),
      "3:10 WKL002 formats.secnd: 'shared' has no such operator or parameter (did you mean 'second'?)\n");
  const std::string allowed =
      " (allowed: operators with parameters for the array, and these by name: first, second, third, w, v)\n";
  EXPECT_EQ(folder.findings(head + "  everything: int6_g128\n"),
            "3:15 WKL002 formats.everything: 'shared' has no such operator or parameter" + allowed);
  EXPECT_EQ(folder.findings(head + "  relu: int6_g128\n  b: int6_g128\n"),
            "3:9 WKL006 formats.relu: the operator multiplies by no parameter" + allowed +
                "4:6 WKL006 formats.b: the parameter is no second operand of a GEMM" + allowed);
  EXPECT_EQ(folder.findings(head + "  first: int6_g128\n  second: int4_g128\n"),
            "4:11 WKL008 formats.second: int4_g128 for parameter 'w', which has int6_g128 by formats.first "
            "(a parameter has one format)\n");
  EXPECT_EQ(folder.findings(head + "  v: int6_g128\n  v: int6_g128\n"),
            "4:3 WKL003 formats.v: given twice (keep one of them)\n");
  // Two parameters of one name; operators tell them apart.
  std::string twins = kShared;
  twins.replace(twins.find("\"v\""), 3, "\"w\"");
  folder.write("shared.json", twins);
  EXPECT_EQ(folder.findings(head + "  w: int6_g128\n"),
            "3:6 WKL008 formats.w: several parameters have this name (name them by operators)\n");
  EXPECT_EQ(folder.findings(head + "  third: int6_g128\n"), "");
}

TEST(GraphWorkload, files_bad) {
  const Folder folder;
  folder.write("shared.json", kShared);
  EXPECT_EQ(folder.findings("graph: resnet-81\n"),
            "1:8 GRA021 graph: 'resnet-81' is no built network and no file beside this one (did you mean "
            "'resnet-18'?)\n");
  EXPECT_EQ(folder.findings("graph:\n"),
            "2:1 WKL004 graph: missing; it is A built network, or a file beside this one. (add 'graph: <a "
            "text>')\n");
  EXPECT_EQ(folder.findings("graph: w.yaml\n"),
            "1:8 WKL006 graph: 'w.yaml' is a workload file itself (allowed: a built network, an ONNX file, a "
            "graph file, a SCALE-Sim topology)\n");
  EXPECT_EQ(folder.findings("graph: [a]\nformat: {v: fp16}\n"),
            "2:1 WKL002 format: unknown key (did you mean 'formats'?)\n"
            "1:8 WKL005 graph: found a list, allowed: a text\n");
  EXPECT_EQ(folder.findings("graph: resnet-18\ndims: {batch: 2}\n"),
            "2:7 WKL008 dims: for ONNX files, which 'resnet-18' is not\n");
  EXPECT_EQ(folder.findings("graph: resnet-18\ndims: {batch: two}\nformats: [fp16]\n"),
            "2:15 WKL005 dims.batch: found 'two', allowed: a whole number\n"
            "2:7 WKL008 dims: for ONNX files, which 'resnet-18' is not\n"
            "3:10 WKL005 formats: allowed: a map\n");
  EXPECT_EQ(folder.findings("graph: resnet-18\nformats: {fc: int4x}\n").substr(0, 51),
            "2:15 FMT001 formats.fc: 'int4x' is not a weight for");
  // Nothing is the format of the accelerator, as anywhere.
  EXPECT_EQ(
      folder.findings("graph: resnet-18\nformats: {fc: int4_unit_g128, conv1: }\n"),
      "2:15 WKL006 formats.fc: int4_unit_g128 has no scales: it is how programs read codes of a cache\n");
  // Readers of language models and lists say what it is.
  try {
    static_cast<void>(workloads::load_workload(folder.write("w.yaml", "name: a\ngraph: resnet-18\n")));
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().front().code, "WKL008");
    EXPECT_EQ(error.diagnostics().front().location.line, 2);
  }
  EXPECT_FALSE(workloads::is_graph_source(folder.write("w.yaml", "gemms: []\n")));
  EXPECT_FALSE(workloads::is_graph_source(folder.write("w.yaml", "graph: [\n")));
}

TEST(GraphWorkload, graph_files_bad) {
  const auto error_of = [](const std::string& from, const std::string& to) -> std::string {
    std::string text = kShared;
    text.replace(text.find(from), from.size(), to);
    try {
      static_cast<void>(graph::parse_graph(text, "g.json"));
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  const std::string v = "\"name\": \"v\",";
  EXPECT_EQ(error_of(v, v + "\"weight_format\": \"int6_s8_g128\","), "");
  for (const char* wrong : {"\"int99\"", "\"int6_unit_g128\""}) {
    EXPECT_EQ(error_of(v, v + "\"weight_format\": " + wrong + ","),
              std::string("error[GRA003]: g.json:9: tensors[6].weight_format: found the text ") + wrong +
                  ", where a weight format with scales (`vernier list format`) is due");
  }
  EXPECT_EQ(error_of("\"name\": \"b\",", "\"name\": \"b\", \"weight_format\": \"fp16\","),
            "error[GRA003]: g.json:8: tensors[5].weight_format: the tensor is no second operand of a GEMM\n"
            "  help: give its operator gemms, and the tensor a shape of two dimensions or more");
  EXPECT_EQ(
      error_of("\"name\": \"y\",", "\"name\": \"y\", \"weight_format\": \"fp16\","),
      "error[GRA003]: g.json:5: tensors[2].weight_format: found the text \"fp16\", where nothing (a tensor "
      "of kind \"weight\" can have one) is due");
}

}  // namespace
}  // namespace vernier::onnx::graph_workload
