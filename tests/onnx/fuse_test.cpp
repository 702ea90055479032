// SPDX-License-Identifier: Apache-2.0
// Fused graphs do the same work from the same data: every tensor that is left depends on the inputs and
// weights on which it depended before.
#include "workloads/graph/fuse.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/onnx/model_file.h"
#include "workloads/graph/check.h"
#include "workloads/graph/networks.h"
#include "workloads/graph/split.h"

namespace vernier::onnx::test {
namespace {

using graph::Graph;

/// Tensors in DRAM that each produced tensor depends on, by name.
std::map<std::string, std::set<std::string>> origins(const Graph& graph) {
  std::vector<std::set<std::string>> of(graph.tensors.size());
  for (size_t t = 0; t < of.size(); ++t) {
    if (graph.tensors[t].producer < 0) of[t] = {graph.tensors[t].name};
  }
  std::map<std::string, std::set<std::string>> out;
  for (const graph::Operator& op : graph.operators) {
    std::set<std::string> all;
    for (const int t : op.inputs)
      all.insert(of[static_cast<size_t>(t)].begin(), of[static_cast<size_t>(t)].end());
    for (const int t : op.outputs)
      out[graph.tensors[static_cast<size_t>(t)].name] = of[static_cast<size_t>(t)] = all;
  }
  return out;
}

uint64_t vector_elements(const Graph& graph) {
  uint64_t total = 0;
  for (const graph::Operator& op : graph.operators) total += op.vector_elements;
  return total;
}

Graph fused(const Graph& graph) {
  Graph out = graph::fuse(graph);
  EXPECT_EQ(total_macs(out), total_macs(graph));
  EXPECT_EQ(vector_elements(out), vector_elements(graph));
  EXPECT_EQ(weight_bytes(out), weight_bytes(graph));
  EXPECT_TRUE(graph::check_items(out).empty());
  EXPECT_TRUE(graph::check_structure(out).empty());
  const auto before = origins(graph);
  for (const auto& [name, set] : origins(out)) EXPECT_EQ(set, before.at(name)) << name;
  for (const graph::Tensor& tensor : graph.tensors) {
    if (tensor.output) {
      EXPECT_NE(find_tensor(out, tensor.name), nullptr) << tensor.name;
    }
  }
  return out;
}

/// A convolution, its bias, and x * clip(x + 3, 0, 6) / 6 as files write it.
TEST(Fuse, HardSwishInItsConvolution) {
  ModelFile file;
  file.input("x", Ints{1, 3, 8, 8});
  file.weight("w", {4, 3, 3, 3});
  file.weight("b", {1, 4, 1, 1});
  file.reals("three", {3});
  file.reals("six", {6});
  file.node("Conv", {"x", "w"}, {"c"}).with("pads", Ints{1, 1, 1, 1});
  file.node("Add", {"c", "b"}, {"h"});
  file.node("Add", {"h", "three"}, {"s"});
  file.node("Clip", {"s", "", "six"}, {"k"});
  file.node("Mul", {"h", "k"}, {"m"});
  file.node("Div", {"m", "six"}, {"y"});
  file.node("GlobalAveragePool", {"y"}, {"g"});
  file.output("g");
  const Graph graph = fused(file.import());
  ASSERT_EQ(graph.operators.size(), 2U);
  EXPECT_EQ(graph.operators[0].kind, "Conv");
  EXPECT_EQ(graph.operators[0].inputs.size(), 3U);
  EXPECT_EQ(graph.operators[0].attributes.at("fused"), (Ints{2}));
  EXPECT_EQ(graph.operators[0].vector_elements, 5U * 4 * 64);
}

TEST(Fuse, WhatIsReadTwiceOrGoesOutStays) {
  ModelFile file;
  file.input("x", Ints{4, 4});
  file.weight("w", {4, 4});
  file.node("MatMul", {"x", "w"}, {"a"});
  file.node("Relu", {"a"}, {"r"});  // a is an output
  file.node("MatMul", {"r", "w"}, {"b"});
  file.node("Softmax", {"b"}, {"s"});   // b has two readers
  file.node("Add", {"b", "s"}, {"y"});  // into the softmax, but that reads b too
  file.node("ReduceMean", {"y"}, {"m"}).with("axes", Ints{1});
  file.node("Sub", {"y", "m"}, {"z"});  // m comes last, and is smaller
  file.output("a");
  file.output("z");
  const Graph graph = fused(file.import());
  EXPECT_EQ(graph.operators.size(), 7U);
}

TEST(Fuse, BuiltNetworks) {
  const Graph graph = fused(graph::resnet_50());  // the sums go into the convolutions before them
  EXPECT_EQ(graph.operators.size(), 72U - 16);
  const Graph parts = graph::split(graph, {graph::SplitAxis::rows, 3});
  EXPECT_EQ(total_macs(parts), total_macs(graph));
  for (const graph::Operator& op : parts.operators) {
    if (op.name != "s0b0ds/1") continue;
    for (const int t : op.inputs) {  // strips of what is added: those of the same rows
      const std::string& name = parts.tensors[static_cast<size_t>(t)].name;
      if (name.rfind("s0b0c3.out", 0) == 0) {
        EXPECT_EQ(name, "s0b0c3.out/1");
      }
    }
  }
}

TEST(Fuse, RandomGraphs) {
  const char* variable = std::getenv("VERNIER_SEED");
  const unsigned seed = variable == nullptr ? 20261122U : static_cast<unsigned>(std::stoul(variable));
  SCOPED_TRACE("VERNIER_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  size_t merged = 0;
  for (int round = 0; round < 300; ++round) {
    ModelFile file;
    Names values = {"x"};
    file.input("x", Ints{1, 4, 6, 6});
    for (int i = 0; i < 14; ++i) {
      const auto any = [&] {
        return values[values.size() - 1 - random() % std::min<size_t>(values.size(), 4)];
      };
      const std::string name = "t" + std::to_string(i);
      switch (random() % 4) {
        case 0:
          file.weight(name + "w", {4, 4, 1, 1});
          file.node("Conv", {any(), name + "w"}, {name});
          break;
        case 1:
          file.node("Relu", {any()}, {name});
          break;
        case 2:
          file.node("Mul", {any(), any()}, {name});
          break;
        default:
          file.node("Add", {any(), any()}, {name});
          break;
      }
      values.push_back(name);
      if (random() % 8 == 0) file.output(name);
    }
    file.output(values.back());
    const Graph whole = file.import();
    merged += whole.operators.size() - fused(whole).operators.size();
  }
  EXPECT_GT(merged, 500U);
}

}  // namespace
}  // namespace vernier::onnx::test
