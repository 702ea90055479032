// SPDX-License-Identifier: Apache-2.0
// Graphs in pieces: nothing is lost or counted twice, and every piece reads what it needs, found out by
// following single rows and channels through the definitions of the operators.
#include "workloads/graph/split.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "base/error.h"
#include "tests/onnx/model_file.h"
#include "workloads/graph/check.h"
#include "workloads/graph/networks.h"

namespace vernier::onnx::test {
namespace {

using graph::Granularity;
using graph::Graph;
using graph::SplitAxis;

/// "conv1/0" -> "conv1".
std::string stem(const std::string& name) { return name.substr(0, name.find('/')); }

struct Totals {
  std::map<std::string, uint64_t> bytes, macs, vector_elements;
  bool operator==(const Totals& other) const {
    return bytes == other.bytes && macs == other.macs && vector_elements == other.vector_elements;
  }
};

/// Sums over the pieces of each tensor and operator; partial results are no tensor of the network.
Totals totals(const Graph& graph) {
  Totals out;
  for (const graph::Tensor& tensor : graph.tensors) {
    if (tensor.name.find("/partial") == std::string::npos) out.bytes[stem(tensor.name)] += tensor.bytes;
  }
  for (const graph::Operator& op : graph.operators) {
    out.macs[stem(op.name)] += op.macs();
    out.vector_elements[stem(op.name)] += op.vector_elements;
  }
  return out;
}

/// Names of what an operator reads.
std::set<std::string> reads(const Graph& graph, const std::string& name) {
  for (const graph::Operator& op : graph.operators) {
    if (op.name != name) continue;
    std::set<std::string> found;
    for (const int t : op.inputs) found.insert(graph.tensors[static_cast<size_t>(t)].name);
    return found;
  }
  return {"no operator " + name};
}

Graph pieces(const Graph& graph, SplitAxis axis, int64_t parts) {
  Graph out = graph::split(graph, {axis, parts});
  EXPECT_EQ(totals(out), totals(graph));
  EXPECT_TRUE(graph::check_items(out).empty());
  EXPECT_TRUE(graph::check_structure(out).empty());
  Graph again = out;
  graph::normalise(again, "split");
  for (size_t i = 0; i < out.operators.size(); ++i) EXPECT_EQ(again.operators[i].name, out.operators[i].name);
  for (size_t t = 0; t < out.tensors.size(); ++t) {
    EXPECT_EQ(again.tensors[t].consumers, out.tensors[t].consumers);
    EXPECT_EQ(again.tensors[t].producer, out.tensors[t].producer);
  }
  return out;
}

using Names_ = std::set<std::string>;

TEST(Split, StripsReadTheirHalo) {
  ModelFile file;
  file.input("x", Ints{1, 3, 16, 8});
  file.weight("w", {4, 3, 3, 3});
  file.node("Conv", {"x", "w"}, {"y"}).with("pads", Ints{1, 1, 1, 1});
  file.node("MaxPool", {"y"}, {"p"}).with("kernel_shape", Ints{2, 2}).with("strides", Ints{2, 2});
  file.output("p");
  file.proto().mutable_graph()->mutable_node(0)->set_name("conv");
  file.proto().mutable_graph()->mutable_node(1)->set_name("pool");
  const Graph graph = pieces(file.import(), SplitAxis::rows, 4);
  EXPECT_EQ(graph.operators.size(), 8U);
  EXPECT_EQ(reads(graph, "conv/0"), (Names_{"x/0", "x/1", "w"}));
  EXPECT_EQ(reads(graph, "conv/1"), (Names_{"x/0", "x/1", "x/2", "w"}));
  EXPECT_EQ(reads(graph, "conv/3"), (Names_{"x/2", "x/3", "w"}));
  EXPECT_EQ(reads(graph, "pool/2"), (Names_{"y/2"}));  // rows 8..11: no halo
  EXPECT_EQ(graph.operators[0].macs(), 4ULL * 8 * 4 * 27);
}

TEST(Split, ChannelBlocksTakeTheirWeights) {
  ModelFile file;
  file.input("x", Ints{1, 8, 6, 6});
  file.weight("w", {16, 8, 1, 1});
  file.weight("b", {16});
  file.weight("d", {16, 1, 3, 3});
  file.node("Conv", {"x", "w", "b"}, {"y"});
  file.node("Relu", {"y"}, {"r"});
  file.node("Conv", {"r", "d"}, {"z"}).with("group", 16).with("pads", Ints{1, 1, 1, 1});
  file.output("z");
  for (const auto& [index, name] :
       std::vector<std::pair<int, std::string>>{{0, "conv"}, {1, "relu"}, {2, "deep"}}) {
    file.proto().mutable_graph()->mutable_node(index)->set_name(name);
  }
  const Graph graph = pieces(file.import(), SplitAxis::channels, 4);
  EXPECT_EQ(reads(graph, "conv/1"), (Names_{"x/0", "x/1", "x/2", "x/3", "w/1", "b/1"}));
  EXPECT_EQ(reads(graph, "relu/3"), (Names_{"y/3"}));
  EXPECT_EQ(reads(graph, "deep/2"), (Names_{"r/2", "d/2"}));
  EXPECT_EQ(find_tensor(graph, "w/1")->shape, (Ints{4, 8, 1, 1}));
}

/// Attention of 6 heads, with its reshapes: a head goes through from queries to the mixed values.
TEST(Split, HeadsStayApart) {
  ModelFile file;
  file.input("x", Ints{1, 10, 48});
  file.weight("wq", {48, 48});
  file.weight("wk", {48, 48});
  file.list("heads", {1, 10, 6, 8});
  file.list("joined", {1, 10, 48});
  file.node("MatMul", {"x", "wq"}, {"q"});
  file.node("MatMul", {"x", "wk"}, {"k"});
  file.node("Reshape", {"q", "heads"}, {"qh"});
  file.node("Reshape", {"k", "heads"}, {"kh"});
  file.node("Transpose", {"qh"}, {"qt"}).with("perm", Ints{0, 2, 1, 3});
  file.node("Transpose", {"kh"}, {"kt"}).with("perm", Ints{0, 2, 3, 1});
  file.node("MatMul", {"qt", "kt"}, {"s"});
  file.node("Softmax", {"s"}, {"sm"});
  file.node("MatMul", {"sm", "qt"}, {"o"});
  file.node("Transpose", {"o"}, {"ot"}).with("perm", Ints{0, 2, 1, 3});
  file.node("Reshape", {"ot", "joined"}, {"out"});
  file.output("out");
  int index = 0;
  for (auto& node : *file.proto().mutable_graph()->mutable_node())
    node.set_name("n" + std::to_string(index++));
  const Graph graph = pieces(file.import(), SplitAxis::heads, 3);
  EXPECT_EQ(reads(graph, "n6/1"), (Names_{"qt/1", "kt/1"}));
  EXPECT_EQ(reads(graph, "n7/2"), (Names_{"s/2"}));
  EXPECT_EQ(reads(graph, "n8/0"), (Names_{"sm/0", "qt/0"}));
  // The transposed result [1, 10, 6, 8] is cut along dimension 1, which are tokens there: every head is in
  // it.
  EXPECT_EQ(reads(graph, "n9/1"), (Names_{"o/0", "o/1", "o/2"}));
  const Graph features = pieces(file.import(), SplitAxis::channels, 3);
  EXPECT_EQ(reads(features, "n0/1"), (Names_{"x/0", "x/1", "x/2", "wq/1"}));
  EXPECT_EQ(reads(features, "n4/1"), (Names_{"q/1"})) << "a block of features is a block of heads";
}

TEST(Split, DotProductsInParts) {
  ModelFile file;
  file.input("x", Ints{5, 40});
  file.weight("w", {7, 40});
  file.weight("b", {7});
  file.node("Gemm", {"x", "w", "b"}, {"y"}).with("transB", 1);
  file.node("Relu", {"y"}, {"z"});
  file.output("z");
  file.proto().mutable_graph()->mutable_node(0)->set_name("fc");
  const Graph graph = pieces(file.import(), SplitAxis::k, 3);
  ASSERT_EQ(graph.operators.size(), 4U);
  EXPECT_EQ(reads(graph, "fc/0"), (Names_{"x", "w/0"}));
  EXPECT_EQ(reads(graph, "fc/1"), (Names_{"x", "w/1", "y/partial0"}));
  EXPECT_EQ(reads(graph, "fc/2"), (Names_{"x", "w/2", "b", "y/partial1"}));
  EXPECT_EQ(find_tensor(graph, "w/1")->shape, (Ints{7, 13}));
  EXPECT_EQ(graph.operators[1].macs(), 5U * 7 * 13);
}

TEST(Split, OnePartIsTheGraphItself) {
  ModelFile file;
  file.input("x", Ints{1, 3, 16, 8});
  file.weight("w", {4, 3, 3, 3});
  file.node("Conv", {"x", "w"}, {"y"});
  file.output("y");
  const Graph whole = file.import();
  for (const SplitAxis axis : {SplitAxis::rows, SplitAxis::channels, SplitAxis::heads, SplitAxis::k}) {
    const Graph same = pieces(whole, axis, 1);
    ASSERT_EQ(same.operators.size(), 1U);
    EXPECT_EQ(same.operators[0].name, whole.operators[0].name);
    EXPECT_EQ(same.operators[0].attributes, whole.operators[0].attributes);
  }
}

/// Rows that output row `row` of a window reads, by going through its taps.
std::set<int64_t> rows_by_definition(const Graph& graph, const graph::Operator& op, int64_t row) {
  const Ints& in = graph.tensors[static_cast<size_t>(op.inputs[0])].shape;
  const auto at = [&](const char* name) { return op.attributes.at(name)[0]; };
  std::set<int64_t> rows;
  if (op.kind == "ConvTranspose") {
    for (int64_t from = 0; from < in[2]; ++from) {
      for (int64_t tap = 0; tap < at("kernel"); ++tap) {
        if (from * at("strides") - at("pads") + tap * at("dilations") == row) rows.insert(from);
      }
    }
    return rows;
  }
  for (int64_t tap = 0; tap < at("kernel"); ++tap) {
    const int64_t from = row * at("strides") - at("pads") + tap * at("dilations");
    if (from >= 0 && from < in[2]) rows.insert(from);
  }
  return rows;
}

TEST(Split, RandomWindows) {
  const char* variable = std::getenv("VERNIER_SEED");
  const unsigned seed = variable == nullptr ? 20261122U : static_cast<unsigned>(std::stoul(variable));
  SCOPED_TRACE("VERNIER_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  const auto draw = [&](int64_t least, int64_t most) {
    return least + static_cast<int64_t>(random() % static_cast<uint64_t>(most - least + 1));
  };
  int exact = 0;
  for (int round = 0; round < 300; ++round) {
    const std::string kind = std::vector<std::string>{"Conv", "MaxPool", "ConvTranspose"}[round % 3];
    ModelFile file;
    const int64_t kernel = draw(1, 4);
    const int64_t dilation = kind == "MaxPool" ? 1 : draw(1, 3);
    file.input("x", Ints{1, 2, draw(12, 40), 4});
    file.weight("w", {2, 2, kernel, 1});
    auto node = file.node(kind, kind == "MaxPool" ? Names{"x"} : Names{"x", "w"}, {"y"});
    node.with("strides", Ints{draw(1, 3), 1})
        .with("pads", Ints{draw(0, kernel - 1), 0, draw(0, kernel - 1), 0});
    node.with("dilations", Ints{dilation, 1});
    if (kind == "MaxPool") node.with("kernel_shape", Ints{kernel, 1});
    file.output("y");
    const Graph whole = file.import();
    const Graph parts = pieces(whole, SplitAxis::rows, draw(2, 5));
    const graph::Operator& op = whole.operators[0];
    std::vector<std::pair<int64_t, int64_t>> inputs;  // rows of the pieces of x
    for (const graph::Tensor& tensor : parts.tensors) {
      if (stem(tensor.name) != "x") continue;
      const int64_t from = inputs.empty() ? 0 : inputs.back().second;
      inputs.emplace_back(from, from + tensor.shape[2]);
    }
    for (const graph::Operator& piece : parts.operators) {
      const Ints& part = piece.attributes.at("part");
      std::set<std::string> needed;
      for (int64_t row = part[1]; row < part[2]; ++row) {
        for (const int64_t from : rows_by_definition(whole, op, row)) {
          for (size_t i = 0; i < inputs.size(); ++i) {
            if (from >= inputs[i].first && from < inputs[i].second) needed.insert("x/" + std::to_string(i));
          }
        }
      }
      std::set<std::string> found = reads(parts, piece.name);
      found.erase("w");
      for (const std::string& one : needed) EXPECT_EQ(found.count(one), 1U) << kind << " " << piece.name;
      exact += static_cast<int>(found == needed);
    }
  }
  EXPECT_GT(exact, 900) << "more is read than needed only where a window steps over rows";
}

/// Every operator within a size that whole layers exceed several times.
TEST(Split, FitsASize) {
  for (const auto& [name, size] : std::vector<std::pair<const char*, uint64_t>>{{"resnet-18", 512U << 10U},
                                                                                {"resnet-50", 600U << 10U},
                                                                                {"mobilenet-v2", 256U << 10U},
                                                                                {"inception-v3", 640U << 10U},
                                                                                {"bert-base", 768U << 10U}}) {
    const Graph whole = graph::build_network(name);
    const Graph parts = graph::split(whole, graph::parse_granularity(fmt::format("fit={}B", size)));
    EXPECT_GT(graph::need_of(whole, graph::largest_operator(whole)), size) << name;
    EXPECT_LE(graph::need_of(parts, graph::largest_operator(parts)), size) << name;
    EXPECT_EQ(totals(parts), totals(whole)) << name;
    EXPECT_TRUE(graph::check_structure(parts).empty()) << name;
  }
  const Graph small = graph::split(graph::resnet_18(), graph::parse_granularity("fit=1GiB"));
  EXPECT_EQ(small.operators.size(), 31U) << "nothing to do";
}

TEST(Split, PiecesStayWhole) {
  const Graph once = graph::split(graph::resnet_18(), {SplitAxis::rows, 4});
  const Graph twice = graph::split(once, {SplitAxis::rows, 4});
  size_t pieces_of_pieces = 0;
  for (const graph::Operator& op : twice.operators) {
    pieces_of_pieces += static_cast<size_t>(std::count(op.name.begin(), op.name.end(), '/') > 1);
  }
  EXPECT_EQ(pieces_of_pieces, 0U);
  EXPECT_EQ(total_macs(twice), total_macs(once));
}

/// Graph files may say anything about an operator: what is odd is read whole, and nothing breaks.
TEST(Split, OddAttributes) {
  const char* variable = std::getenv("VERNIER_SEED");
  const unsigned seed = variable == nullptr ? 20261122U : static_cast<unsigned>(std::stoul(variable));
  SCOPED_TRACE("VERNIER_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  constexpr int64_t kOdd[] = {-(int64_t{1} << 40), -1, 0, 1, 2, 3, 64, int64_t{1} << 31, int64_t{1} << 40};
  std::vector<Graph> graphs;
  for (const char* name : {"resnet-18", "mobilenet-v2", "inception-v3", "llama-block"}) {
    graphs.push_back(graph::build_network(name));
  }
  for (int round = 0; round < 12; ++round) {
    Graph odd = graphs[random() % graphs.size()];
    for (graph::Operator& op : odd.operators) {
      for (auto& [name, numbers] : op.attributes) {
        if (random() % 4 == 0) numbers.resize(random() % 5);
        for (int64_t& number : numbers) {
          if (random() % 4 == 0) number = kOdd[random() % std::size(kOdd)];
        }
      }
      if (random() % 8 == 0) op.attributes["view0"] = {kOdd[random() % std::size(kOdd)], 2, 2};
      if (random() % 8 == 0) op.attributes["fused"] = {kOdd[random() % std::size(kOdd)]};
      if (random() % 16 == 0)
        op.kind =
            std::vector<std::string>{"Transpose", "Concat", "Slice", "Gemm", "ReduceMean"}[random() % 5];
    }
    for (const char* text : {"rows=3", "channels=4", "heads=2", "k=3", "fit=1MiB"}) {
      const Graph parts = graph::split(odd, graph::parse_granularity(text));
      EXPECT_TRUE(graph::check_items(parts).empty()) << text;
      EXPECT_TRUE(graph::check_structure(parts).empty()) << text;
      EXPECT_EQ(totals(parts).bytes, totals(odd).bytes) << text;
    }
  }
}

TEST(Split, Granularities) {
  EXPECT_EQ(graph::parse_granularity("heads=12").parts, 12);
  EXPECT_EQ(graph::parse_granularity("k=2").axis, SplitAxis::k);
  for (const char* text : {"", "rows", "rows=", "rows=0", "rows=x", "row=3", "rows=3x", "rows=5000", "fit=3",
                           "fit=0KiB", "fit=2TiB"}) {
    EXPECT_THROW(static_cast<void>(graph::parse_granularity(text)), InputError) << text;
  }
}

}  // namespace
}  // namespace vernier::onnx::test
