// SPDX-License-Identifier: Apache-2.0
// Single layers: shapes, work and bytes counted by hand from the definitions of the ONNX operators.
#include <gtest/gtest.h>

#include "tests/onnx/model_file.h"

namespace vernier::onnx::test {
namespace {

using Type = ::onnx::TensorProto;

/// The one GEMM of an operator as {m, n, k, groups}.
Ints gemm_of(const graph::Graph& graph, const std::string& kind) {
  const graph::Operator* op = find_operator(graph, kind);
  if (op == nullptr || op->gemms.size() != 1) return {};
  const graph::Gemm& gemm = op->gemms[0];
  return {gemm.m, gemm.n, gemm.k, gemm.groups};
}

Ints shape_of(const graph::Graph& graph, const std::string& tensor) {
  const graph::Tensor* found = find_tensor(graph, tensor);
  return found == nullptr ? Ints{-1} : found->shape;
}

TEST(Layers, ResNetStem) {  // 7x7, 64 channels, stride 2 on 224x224: 118,013,952 MACs
  ModelFile file;
  file.input("x", Ints{1, 3, 224, 224});
  file.weight("w", {64, 3, 7, 7});
  file.weight("b", {64});
  file.node("Conv", {"x", "w", "b"}, {"y"}).with("strides", Ints{2, 2}).with("pads", Ints{3, 3, 3, 3});
  file.output("y");
  const graph::Graph graph = file.import();
  ASSERT_EQ(graph.operators.size(), 1U);
  EXPECT_EQ(gemm_of(graph, "Conv"), (Ints{112 * 112, 64, 147, 1}));
  EXPECT_EQ(graph.operators[0].macs(), 118013952U);
  EXPECT_EQ(shape_of(graph, "y"), (Ints{1, 64, 112, 112}));
  EXPECT_EQ(find_tensor(graph, "x")->bytes, 3U * 224 * 224 * 4);
  EXPECT_EQ(find_tensor(graph, "y")->bytes, 64U * 112 * 112 * 4);
  EXPECT_EQ(weight_bytes(graph), (64U * 147 + 64) * 4);
  EXPECT_EQ(find_tensor(graph, "x")->kind, graph::TensorKind::input);
  EXPECT_EQ(find_tensor(graph, "w")->kind, graph::TensorKind::weight);
  EXPECT_TRUE(find_tensor(graph, "y")->output);
  EXPECT_EQ(graph.operators[0].attributes.at("kernel"), (Ints{7, 7}));
  EXPECT_EQ(graph.operators[0].attributes.at("pads"), (Ints{3, 3, 3, 3}));
}

TEST(Layers, DepthwiseDilatedAndPaddedBySame) {
  ModelFile file;
  file.input("x", Ints{2, 8, 15, 10});
  file.weight("w", {8, 1, 3, 3});
  file.node("Conv", {"x", "w"}, {"y"}).with("group", 8).with("dilations", Ints{2, 2});
  file.weight("v", {4, 8, 3, 3});
  file.node("Conv", {"y", "v"}, {"z"}).with("auto_pad", "SAME_UPPER").with("strides", Ints{2, 2});
  file.output("z");
  const graph::Graph graph = file.import();
  EXPECT_EQ(shape_of(graph, "y"), (Ints{2, 8, 11, 6}));  // 15 - 4, 10 - 4
  EXPECT_EQ(gemm_of(graph, "Conv"), (Ints{2 * 11 * 6, 1, 9, 8}));
  EXPECT_EQ(shape_of(graph, "z"), (Ints{2, 4, 6, 3}));  // ceil(11/2), ceil(6/2)
  // Rows: 5*2+3-11 = 2, one on each side; columns: 2*2+3-6 = 1, at the end.
  EXPECT_EQ(graph.operators[1].attributes.at("pads"), (Ints{1, 0, 1, 1}));
}

TEST(Layers, TransposedConvolution) {
  ModelFile file;
  file.input("x", Ints{1, 24, 160, 160});
  file.weight("w", {24, 12, 2, 2});
  file.node("ConvTranspose", {"x", "w"}, {"y"}).with("strides", Ints{2, 2});
  file.weight("v", {12, 3, 3, 3});
  file.node("ConvTranspose", {"y", "v"}, {"z"})
      .with("group", 2)
      .with("strides", Ints{2, 1})
      .with("output_padding", Ints{1, 0})
      .with("pads", Ints{1, 1, 1, 0});
  file.output("z");
  const graph::Graph graph = file.import();
  EXPECT_EQ(shape_of(graph, "y"), (Ints{1, 12, 320, 320}));
  EXPECT_EQ(graph.operators[0].macs(), 160ULL * 160 * 24 * 12 * 4);
  // Rows: 2*319 + 1 + 3 - 2 = 640; columns: 319 + 3 - 1 = 321.
  EXPECT_EQ(shape_of(graph, "z"), (Ints{1, 6, 640, 321}));
  EXPECT_EQ(graph.operators[1].macs(), 320ULL * 320 * 12 * 3 * 9);
}

TEST(Layers, MatricesOfEveryRank) {
  ModelFile file;
  file.input("a", Ints{4, 12, 128, 64});
  file.input("b", Ints{4, 12, 64, 96});
  file.weight("w", {96, 32});
  file.weight("bias", {5});
  file.weight("u", {5, 32});
  file.node("MatMul", {"a", "b"}, {"ab"});
  file.node("MatMul", {"ab", "w"}, {"abw"});
  file.node("Flatten", {"abw"}, {"flat"}).with("axis", 3);
  file.node("Gemm", {"flat", "u", "bias"}, {"y"}).with("transB", 1);
  file.output("y");
  const graph::Graph graph = file.import();
  ASSERT_EQ(graph.operators.size(), 3U) << "Flatten is no operator";
  EXPECT_EQ(gemm_of(graph, "MatMul"), (Ints{128, 96, 64, 48}));
  EXPECT_EQ(graph.operators[1].macs(), 4ULL * 12 * 128 * 96 * 32);
  EXPECT_EQ(gemm_of(graph, "Gemm"), (Ints{4 * 12 * 128, 5, 32, 1}));
  EXPECT_EQ(graph.operators[2].attributes.at("view0"), (Ints{4 * 12 * 128, 32}));
  EXPECT_EQ(shape_of(graph, "abw"), (Ints{4, 12, 128, 32}));
}

TEST(Layers, QuantizedLayersHaveTheirBytes) {
  ModelFile file;
  file.input("x", Ints{1, 16, 8, 8}, Type::UINT8);
  file.reals("s", {0.5F});
  file.weight("zu", {}, Type::UINT8);
  file.weight("w", {32, 16, 1, 1}, Type::INT8);
  file.reals("ws", std::vector<float>(32, 0.25F));
  file.weight("wz", {32}, Type::INT8);
  file.node("QLinearConv", {"x", "s", "zu", "w", "ws", "wz", "s", "zu"}, {"y"});
  file.node("DequantizeLinear", {"y", "s", "zu"}, {"r"});
  file.weight("packed", {32, 32, 1, 1}, Type::INT8);
  file.node("DequantizeLinear", {"packed", "s"}, {"v"});
  file.node("Conv", {"r", "v"}, {"z"});
  file.node("DynamicQuantizeLinear", {"z"}, {"q", "qs", "qz"});
  file.node("ConvInteger", {"q", "packed", "qz"}, {"i"});
  file.output("i");
  const graph::Graph graph = file.import();
  EXPECT_EQ(find_tensor(graph, "y")->bytes, 32U * 64);
  EXPECT_EQ(find_tensor(graph, "y")->format, "uint8");
  EXPECT_EQ(find_tensor(graph, "w")->bytes, 32U * 16);
  EXPECT_EQ(find_tensor(graph, "r")->bytes, 32U * 64 * 4);
  EXPECT_EQ(find_tensor(graph, "packed")->bytes, 32U * 32) << "weights stay as they are stored";
  EXPECT_EQ(find_tensor(graph, "packed")->consumers.size(), 2U);
  EXPECT_EQ(find_tensor(graph, "v"), nullptr);
  EXPECT_EQ(find_tensor(graph, "i")->bytes, 32U * 64 * 4);
  EXPECT_EQ(find_tensor(graph, "qs"), nullptr) << "nobody reads the scale";
  EXPECT_EQ(graph.operators.size(), 5U);
}

TEST(Layers, Recurrent) {
  ModelFile file;
  file.input("x", Ints{7, 2, 10});
  file.weight("w", {2, 4 * 6, 10});
  file.weight("r", {2, 4 * 6, 6});
  file.weight("b", {2, 8 * 6});
  file.node("LSTM", {"x", "w", "r", "b"}, {"y", "h", ""})
      .with("hidden_size", 6)
      .with("direction", "bidirectional");
  file.output("y");
  file.output("h");
  const graph::Graph graph = file.import();
  EXPECT_EQ(shape_of(graph, "y"), (Ints{7, 2, 2, 6}));
  EXPECT_EQ(shape_of(graph, "h"), (Ints{2, 2, 6}));
  EXPECT_EQ(graph.operators[0].macs(), 2ULL * 7 * 2 * 24 * (10 + 6));
  EXPECT_EQ(graph.operators[0].vector_elements, 2ULL * 7 * 2 * 24);
}

TEST(Layers, PoolingNormalisationAndReduction) {
  ModelFile file;
  file.input("x", Ints{1, 4, 13, 13});
  for (const char* name : {"scale", "bias", "mean", "variance"}) file.weight(name, {4});
  file.node("BatchNormalization", {"x", "scale", "bias", "mean", "variance"}, {"n"});
  file.node("MaxPool", {"n"}, {"p"})
      .with("kernel_shape", Ints{3, 3})
      .with("strides", Ints{2, 2})
      .with("ceil_mode", 1);
  file.node("AveragePool", {"p"}, {"a"}).with("kernel_shape", Ints{2, 2}).with("pads", Ints{1, 0, 0, 1});
  file.node("Softmax", {"a"}, {"s"}).with("axis", 1);
  file.node("ReduceMean", {"s"}, {"m"}).with("axes", Ints{-1}).with("keepdims", 0);
  file.node("GlobalAveragePool", {"s"}, {"g"});
  file.output("m");
  file.output("g");
  const graph::Graph graph = file.import();
  EXPECT_EQ(shape_of(graph, "p"), (Ints{1, 4, 6, 6}));
  EXPECT_EQ(find_operator(graph, "MaxPool")->vector_elements, 4U * 36 * 9);
  EXPECT_EQ(shape_of(graph, "a"), (Ints{1, 4, 6, 6}));
  EXPECT_EQ(shape_of(graph, "m"), (Ints{1, 4, 6}));
  EXPECT_EQ(shape_of(graph, "g"), (Ints{1, 4, 1, 1}));
  EXPECT_EQ(find_operator(graph, "ReduceMean")->vector_elements, 4U * 36);
  EXPECT_EQ(find_operator(graph, "BatchNormalization")->inputs.size(), 5U);
  EXPECT_EQ(total_macs(graph), 0U);
}

TEST(Layers, FusedProductsMayBeTransposed) {
  ModelFile file;
  file.input("a", Ints{2, 7, 5});
  file.input("b", Ints{2, 3, 7});
  file.node("FusedMatMul", {"a", "b"}, {"y"}).with("transA", 1).with("transB", 1);
  file.output("y");
  file.proto().mutable_graph()->mutable_node(0)->set_domain("com.microsoft");
  const graph::Graph graph = file.import();
  EXPECT_EQ(shape_of(graph, "y"), (Ints{2, 5, 3}));
  EXPECT_EQ(graph.operators[0].macs(), 2ULL * 5 * 7 * 3);
}

TEST(Layers, OperatorsOfOnnxRuntime) {
  ModelFile file;
  file.input("ids", Ints{2, 9}, Type::INT64);
  file.weight("words", {3000, 32});
  file.weight("w", {32, 96});
  file.weight("b", {96});
  file.weight("gamma", {32});
  file.weight("packed", {64, 1, 16}, Type::UINT8);
  file.weight("scales", {64});
  file.node("Gather", {"words", "ids"}, {"x"});
  file.node("Attention", {"x", "w", "b"}, {"a"}).with("num_heads", 4);
  file.node("SkipLayerNormalization", {"a", "x", "gamma", "gamma"}, {"n"});
  file.node("MatMulNBits", {"n", "packed", "scales"}, {"m"}).with("K", 32).with("N", 64).with("bits", 4);
  file.node("Einsum", {"n", "m"}, {"e"}).with("equation", std::string("bti, btj -> bij"));
  file.output("e");
  for (const int i : {1, 2, 3}) file.proto().mutable_graph()->mutable_node(i)->set_domain("com.microsoft");
  const graph::Graph graph = file.import();
  ASSERT_EQ(graph.operators.size(), 5U);
  EXPECT_EQ(find_tensor(graph, "words")->bytes, 2U * 9 * 32 * 4) << "the rows that are taken";
  EXPECT_EQ(graph.operators[0].attributes.at("table"), (Ints{3000, 32}));
  EXPECT_EQ(find_operator(graph, "Attention")->macs(), 18ULL * 32 * 96 + 2ULL * 2 * 4 * 9 * 9 * 8);
  EXPECT_EQ(find_operator(graph, "MatMulNBits")->macs(), 18ULL * 32 * 64);
  EXPECT_EQ(find_tensor(graph, "packed")->bytes, 64U * 16);
  EXPECT_EQ(gemm_of(graph, "Einsum"), (Ints{32, 64, 9, 2}));
  EXPECT_EQ(shape_of(graph, "e"), (Ints{2, 32, 64}));
}

}  // namespace
}  // namespace vernier::onnx::test
