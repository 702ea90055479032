// SPDX-License-Identifier: Apache-2.0
// Graphs from files of every kind: nothing is lost on the way through JSON, SCALE-Sim layers are counted by
// hand, and options go where they belong.
#include "workloads/graph_source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "base/error.h"
#include "tests/onnx/model_file.h"
#include "workloads/graph/graph_file.h"
#include "workloads/graph/networks.h"
#include "workloads/scale_sim.h"

namespace vernier::onnx::test {
namespace {

using graph::Graph;
using workloads::load_graph;

void expect_same(const Graph& a, const Graph& b) {
  ASSERT_EQ(a.operators.size(), b.operators.size());
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  EXPECT_EQ(a.name, b.name);
  for (size_t i = 0; i < a.tensors.size(); ++i) {
    const graph::Tensor &x = a.tensors[i], &y = b.tensors[i];
    EXPECT_EQ(x.name, y.name);
    EXPECT_EQ(x.kind, y.kind);
    EXPECT_EQ(x.bytes, y.bytes);
    EXPECT_EQ(x.output, y.output);
    EXPECT_EQ(x.producer, y.producer);
    EXPECT_EQ(x.consumers, y.consumers);
    EXPECT_EQ(x.shape, y.shape);
    EXPECT_EQ(x.format, y.format);
  }
  for (size_t i = 0; i < a.operators.size(); ++i) {
    const graph::Operator &x = a.operators[i], &y = b.operators[i];
    EXPECT_EQ(x.name, y.name);
    EXPECT_EQ(x.kind, y.kind);
    EXPECT_EQ(x.inputs, y.inputs);
    EXPECT_EQ(x.outputs, y.outputs);
    EXPECT_EQ(x.attributes, y.attributes);
    EXPECT_EQ(x.vector_elements, y.vector_elements);
    ASSERT_EQ(x.gemms.size(), y.gemms.size());
    for (size_t g = 0; g < x.gemms.size(); ++g) {
      EXPECT_EQ(x.gemms[g].m, y.gemms[g].m);
      EXPECT_EQ(x.gemms[g].n, y.gemms[g].n);
      EXPECT_EQ(x.gemms[g].k, y.gemms[g].k);
      EXPECT_EQ(x.gemms[g].groups, y.gemms[g].groups);
    }
  }
}

TEST(GraphSource, JsonLosesNothing) {
  for (const graph::BuiltNetwork& network : graph::networks()) {
    const Graph built = network.build();
    expect_same(graph::parse_graph(graph::to_json(built), "built"), built);
  }
  ModelFile file;
  file.input("x", Ints{10, 20});
  file.list("from", {-1, 7});
  file.list("to", {-9, 0});
  file.list("axes", {0, 1});
  file.list("steps", {-2, -3});
  file.node("Slice", {"x", "from", "to", "axes", "steps"}, {"y"});
  file.output("y");
  const Graph imported = file.import();
  EXPECT_EQ(imported.operators[0].attributes.at("steps"), (Ints{-2, -3}));
  expect_same(graph::parse_graph(graph::to_json(imported), "imported"), imported);
}

std::string error_of_json(const std::string& op, const std::string& tensor = "") {
  const std::string text =
      "{\"name\": \"g\", \"tensors\": [{\"id\": 0, \"name\": \"x\", \"bytes\": 4, \"kind\": \"input\"" +
      tensor +
      "}, {\"id\": 1, \"name\": \"y\", \"bytes\": 4, \"kind\": \"act\", \"output\": true}], \"ops\": "
      "[{\"id\": 0, \"name\": \"n\", \"inputs\": [0], \"output\": 1" +
      op + "}]}";
  try {
    static_cast<void>(graph::parse_graph(text, "g.json"));
    return "";
  } catch (const InputError& error) {
    return error.diagnostics().front().message;
  }
}

TEST(GraphSource, JsonDetails_bad) {
  EXPECT_EQ(
      error_of_json(", \"gemms\": [[1, 2, 3, 4]], \"attributes\": {\"pads\": [-1]}", ", \"shape\": [4]"), "");
  EXPECT_EQ(error_of_json("", ", \"shape\": [0]"),
            "tensors[0].shape: found the number 0, where a list of integers in 1..2147483647 is due");
  EXPECT_EQ(
      error_of_json("", ", \"shape\": [2147483647, 2147483647]"),
      "tensors[0].shape: found a list, where a shape of at most 16 dimensions and 2^40 elements is due");
  EXPECT_EQ(error_of_json(", \"gemms\": [[1, 2, 3]]"),
            "ops[0].gemms: found a list, where a list of products [m, n, k, groups] is due");
  EXPECT_EQ(error_of_json(", \"gemms\": [[1099511627776, 1099511627776, 1, 1]]"),
            "ops[0].gemms: found a list, where work of which a graph has at most 2^62 is due");
  EXPECT_EQ(error_of_json(", \"attributes\": {\"pads\": 1}"),
            "ops[0].attributes: found the number 1, where a list of integers in "
            "-1099511627776..1099511627776 is due");
  EXPECT_EQ(error_of_json(", \"vector_elements\": \"1\""),
            "ops[0].vector_elements: found the text \"1\", where a whole number >= 0 is due");
}

/// A text in a file that goes away again.
class TextFile {
 public:
  TextFile(const std::string& text, const std::string& ending)
      : path_((std::filesystem::temp_directory_path() /
               ("vernier_source_" + std::to_string(::getpid()) + ending))
                  .string()) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TextFile() { std::filesystem::remove(path_); }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

const char* const kConvolutions =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n"
    "Conv1, 224, 224, 7, 7, 3, 64, 2,\r\n"
    "\n"
    "Conv2DP, 10, 12, 3, 3, 16, 1, 1, 1:1\n"
    "FC, 1, 1, 1, 1, 512, 1000, 1,\n";

TEST(GraphSource, ScaleSimConvolutions) {
  const TextFile file(kConvolutions, ".csv");
  const Graph graph = load_graph(file.path(), {}).graph;
  ASSERT_EQ(graph.operators.size(), 3U);
  // ceil((224 - 7 + 2) / 2) = 110 places, each 7 * 7 * 3 long.
  EXPECT_EQ(graph.operators[0].macs(), 110ULL * 110 * 147 * 64);
  EXPECT_EQ(find_tensor(graph, "Conv1.weight")->bytes, 147U * 64);
  EXPECT_EQ(graph.operators[1].macs(), 8ULL * 10 * 9 * 16);  // depthwise
  EXPECT_EQ(find_tensor(graph, "Conv2DP.out")->bytes, 8U * 10 * 16);
  EXPECT_EQ(graph.operators[2].macs(), 512000U);
  EXPECT_TRUE(find_tensor(graph, "FC.out")->output);
}

TEST(GraphSource, ScaleSimGemms) {
  const TextFile file("Layer, M, N, K,\nqkv, 128, 2304, 768,\nout, 128, 768, 768,\n", ".csv");
  const Graph graph = load_graph(file.path(), {}).graph;
  ASSERT_EQ(graph.operators.size(), 2U);
  EXPECT_EQ(graph.operators[0].gemms[0].n, 2304);
  EXPECT_EQ(total_macs(graph), 128ULL * 768 * (2304 + 768));
}

std::string error_of(const std::string& source, const workloads::GraphOptions& options = {}) {
  try {
    static_cast<void>(load_graph(source, options));
    return "";
  } catch (const InputError& error) {
    const Diagnostic& first = error.diagnostics().front();
    return first.code + ":" + std::to_string(first.location.line) + ": " + first.message;
  }
}

TEST(GraphSource, ScaleSim_bad) {
  const auto error = [](const std::string& text) {
    const TextFile file(text, ".csv");
    return error_of(file.path());
  };
  EXPECT_EQ(error_of("nowhere.csv"), "SCS001:0: is no file that can be read");
  EXPECT_EQ(error("Layer, M, N, K,\n"), "SCS001:0: has no layers");
  EXPECT_EQ(error("a, b, c\n"), "SCS002:1: is no header of a topology");
  EXPECT_EQ(error("Layer, M, N, K,\nx, 1, 2,\n"), "SCS002:2: has 3 columns, and 4 are due");
  EXPECT_EQ(error("Layer, M, N, K,\nx, 1, 2, 0,\n"), "SCS002:2: K: '0' is not in 1..16777216");
  EXPECT_EQ(error("Layer, M, N, K,\nx, 1, 2, 3x,\n"), "SCS002:2: K: '3x' is not in 1..16777216");
  EXPECT_EQ(error("Layer, M, N, K,\nx,1,2,3,\nx,1,2,3,\n"), "SCS002:3: layer 'x' stands twice");
  EXPECT_EQ(error(std::string(kConvolutions) + "s, 9, 9, 3, 3, 1, 1, 1, 2:4,\n"),
            "SCS002:6: sparsity 2:4: weights are dense here");
  EXPECT_EQ(error(std::string(kConvolutions) + "s, 2, 9, 3, 3, 1, 1, 1,\n"),
            "SCS002:6: a filter of 3x3 on 2x9");
}

TEST(GraphSource, ScaleSimMutations) {
  const char* variable = std::getenv("VERNIER_SEED");
  const unsigned seed = variable == nullptr ? 20261122U : static_cast<unsigned>(std::stoul(variable));
  SCOPED_TRACE("VERNIER_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  int read = 0;
  for (int round = 0; round < 500; ++round) {
    std::string text = kConvolutions;
    for (int change = 0; change < 3; ++change) {
      const size_t at = random() % text.size();
      if (random() % 2 == 0) {
        text[at] = static_cast<char>(random() % 3 == 0 ? random() : '0' + random() % 10);
      } else {
        text.insert(at, std::vector<std::string>{"9", ",", "\n", "-", "99999999999", ":"}[random() % 6]);
      }
    }
    const TextFile file(text, ".csv");
    const std::string error = error_of(file.path());
    read += static_cast<int>(error.empty());
    if (!error.empty()) {
      EXPECT_EQ(error.substr(0, 3), "SCS") << text;
    }
  }
  EXPECT_GT(read, 20);
}

TEST(GraphSource, NamesAndOptions) {
  EXPECT_EQ(load_graph("resnet-18", {}).graph.operators.size(), 31U);
  EXPECT_GT(load_graph("resnet-18", {{}, {}, "", false, "rows=4"}).graph.operators.size(), 100U);
  const TextFile file(graph::to_json(graph::resnet_18()), ".json");
  EXPECT_EQ(load_graph(file.path(), {}).graph.operators.size(), 31U);
  EXPECT_EQ(load_graph(file.path() + "#resnet-18", {}).graph.operators.size(), 31U);
  ModelFile model;
  model.input("x", Names{"n"});
  model.node("Relu", {"x"}, {"y"});
  model.output("y");
  static_cast<void>(model.error());
  const workloads::LoadedGraph loaded = load_graph(model.path(), {{"n=7"}, {}, "", false, ""});
  EXPECT_EQ(find_tensor(loaded.graph, "y")->shape, (Ints{7}));
  ASSERT_TRUE(loaded.report.has_value());
  EXPECT_EQ(loaded.report->nodes, 1U);
}

TEST(GraphSource, NamesAndOptions_bad) {
  EXPECT_EQ(error_of("resnet-18", {{"n=1"}, {}, "", false, ""}),
            "GRA022:0: --dim, --input and --unsupported are for ONNX files, which 'resnet-18' is not");
  EXPECT_EQ(error_of("m.onnx", {{"n"}, {}, "", false, ""}), "GRA022:0: --dim: 'n' is not NAME=VALUE");
  EXPECT_EQ(error_of("m.onnx", {{"n=x"}, {}, "", false, ""}), "GRA022:0: --dim: 'n=x' is not NAME=NUMBER");
  EXPECT_EQ(error_of("m.onnx", {{"n=1", "n=2"}, {}, "", false, ""}), "GRA022:0: --dim: 'n' is given twice");
  EXPECT_EQ(error_of("m.onnx", {{}, {"=1"}, "", false, ""}), "GRA022:0: --input: '=1' is not NAME=VALUE");
  EXPECT_EQ(error_of("m.onnx", {{}, {}, "ignore", false, ""}),
            "GRA022:0: --unsupported: 'ignore' is not one of error, skip");
  EXPECT_EQ(error_of("m.onnx", {{}, {}, "", false, "rows"}), "GRA020:0: 'rows' is no granularity");
}

}  // namespace
}  // namespace vernier::onnx::test
