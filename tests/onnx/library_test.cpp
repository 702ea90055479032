// SPDX-License-Identifier: Apache-2.0
// Shapes of results against the shape inference of the ONNX library, which the import does not use for
// operators that it supports.
#include <gtest/gtest.h>
#include <onnx/shape_inference/implementation.h>

#include <functional>

#include "tests/onnx/model_file.h"

namespace vernier::onnx::test {
namespace {

using Type = ::onnx::TensorProto;

/// Every result r of the file's last node, read by one more operator, has in our graph the shape that the
/// library gives it.
void expect_agreement(ModelFile& file, const std::string& what) {
  ::onnx::GraphProto& graph = *file.proto().mutable_graph();
  const Names results(graph.node(graph.node_size() - 1).output().begin(),
                      graph.node(graph.node_size() - 1).output().end());
  for (const std::string& name : results) {
    file.node("Cast", {name}, {name + "_read"})
        .with("to", Type::DOUBLE);  // of every type, and never an alias
    file.output(name + "_read");
  }
  ::onnx::ModelProto inferred = file.proto();
  for (auto& output : *inferred.mutable_graph()->mutable_output()) {
    output.mutable_type()->mutable_tensor_type()->set_elem_type(Type::DOUBLE);
  }
  ::onnx::shape_inference::InferShapes(inferred);
  ASSERT_EQ(file.error(), "") << what;
  const graph::Graph imported = file.import();
  for (const auto& output : inferred.graph().output()) {
    ASSERT_TRUE(output.type().tensor_type().has_shape()) << what;
    Ints expected;
    for (const auto& dim : output.type().tensor_type().shape().dim()) {
      ASSERT_TRUE(dim.has_dim_value()) << what;
      expected.push_back(dim.dim_value());
    }
    const graph::Tensor* found = find_tensor(imported, output.name());
    ASSERT_NE(found, nullptr) << what << " " << output.name();
    EXPECT_EQ(found->shape, expected) << what << " " << output.name();
  }
}

struct Case {
  const char* op;
  std::vector<Ints> inputs;
  std::function<void(ModelFile&, NodeBuilder&)> more = [](ModelFile&, NodeBuilder&) {};
  int64_t opset = 17;
  int outputs = 1;
};

auto ints(const std::string& name, const Ints& values) {
  return [=](ModelFile&, NodeBuilder& node) { node.with(name, values); };
}
auto integer(const std::string& name, int64_t value) {
  return [=](ModelFile&, NodeBuilder& node) { node.with(name, value); };
}
/// Operands that are lists of integers behind the inputs.
auto lists(const std::vector<Ints>& values) {
  return [=](ModelFile& file, NodeBuilder&) {
    auto& node = *file.proto().mutable_graph()->mutable_node(0);
    for (size_t i = 0; i < values.size(); ++i) {
      file.list("l" + std::to_string(i), values[i]);
      node.add_input("l" + std::to_string(i));
    }
  };
}

std::vector<Case> cases() {
  return {
      {"Conv",
       {{2, 6, 17, 9}, {4, 3, 3, 2}},
       [](ModelFile&, NodeBuilder& n) {
         n.with("group", 2)
             .with("strides", Ints{2, 3})
             .with("pads", Ints{1, 0, 2, 1})
             .with("dilations", Ints{2, 1});
       }},
      {"Conv",
       {{1, 3, 31}, {5, 3, 4}},
       [](ModelFile&, NodeBuilder& n) {
         n.with("auto_pad", std::string("SAME_LOWER")).with("strides", Ints{3});
       }},
      {"Conv", {{1, 2, 5, 6, 7}, {3, 2, 2, 2, 2}}},
      {"ConvTranspose",
       {{1, 6, 7, 8}, {6, 2, 3, 4}},
       [](ModelFile&, NodeBuilder& n) {
         n.with("group", 3)
             .with("strides", Ints{2, 3})
             .with("output_padding", Ints{1, 2})
             .with("dilations", Ints{2, 1});
       }},
      {"ConvTranspose", {{1, 2, 7, 8}, {2, 2, 3, 4}}, ints("pads", {1, 2, 0, 1})},
      {"MaxPool",
       {{1, 2, 13, 14}},
       [](ModelFile&, NodeBuilder& n) {
         n.with("kernel_shape", Ints{3, 2})
             .with("strides", Ints{2, 3})
             .with("ceil_mode", 1)
             .with("pads", Ints{1, 0, 1, 0});
       },
       12,
       2},
      {"AveragePool", {{1, 2, 13}}, ints("kernel_shape", {4})},
      {"GlobalMaxPool", {{2, 3, 4, 5}}},
      {"MatMul", {{5, 1, 2, 3}, {4, 3, 6}}},
      {"MatMul", {{3}, {2, 3, 6}}},
      {"MatMul", {{2, 3}, {3}}},
      {"Gemm",
       {{3, 2}, {5, 3}, {2, 1}},
       [](ModelFile&, NodeBuilder& n) { n.with("transA", 1).with("transB", 1); }},
      {"Add", {{2, 1, 4}, {3, 1}}},
      {"Max", {{2, 1, 4}, {3, 1}, {1}}},
      {"Reshape", {{2, 3, 4}}, lists({{0, -1, 2}})},
      {"Flatten", {{2, 3, 4}}, integer("axis", -1)},
      {"Squeeze", {{1, 3, 1, 4}}, lists({{-2}})},
      {"Squeeze", {{1, 3, 1, 4}}, ints("axes", {0, 2}), 11},
      {"Unsqueeze", {{3, 4}}, lists({{0, -1}})},
      {"Transpose", {{2, 3, 4}}, ints("perm", {2, 0, 1})},
      {"Transpose", {{2, 3, 4}}},
      {"Concat", {{2, 3, 4}, {2, 5, 4}}, integer("axis", -2)},
      {"Split", {{2, 9}}, integer("axis", 1), 17, 3},
      {"Split",
       {{2, 9}},
       [](ModelFile&, NodeBuilder& n) {
         n.with("axis", 1).with("split", Ints{4, 5});
       },
       11,
       2},
      {"Slice", {{10, 20, 30}}, lists({{1, -5, 29}, {100, -1, -100}, {0, 1, 2}, {3, 1, -4}})},
      {"Slice",
       {{10, 20}},
       [](ModelFile&, NodeBuilder& n) {
         n.with("starts", Ints{2, 8}).with("ends", Ints{9, 50});
       },
       9},
      {"Gather",
       {{3, 4, 5}},
       [](ModelFile& f, NodeBuilder& n) {
         n.with("axis", 1);
         lists({{0, 3, -1}})(f, n);
       }},
      {"Pad", {{3, 4}}, lists({{1, 0, 2, -1}})},
      {"Pad", {{3, 4}}, ints("pads", {0, 1, 2, 3}), 9},
      {"Tile", {{3, 4}}, lists({{2, 3}})},
      {"Expand", {{3, 1}}, lists({{2, 1, 6}})},
      {"Resize",
       {{1, 2, 5, 7}},
       [](ModelFile& f, NodeBuilder&) {
         f.reals("scales", {1, 1, 2.5F, 0.75F});
         auto& node = *f.proto().mutable_graph()->mutable_node(0);
         node.add_input("");
         node.add_input("scales");
       }},
      {"Upsample",
       {{1, 2, 5, 7}},
       [](ModelFile& f, NodeBuilder&) {
         f.reals("scales", {1, 1, 3, 2});
         f.proto().mutable_graph()->mutable_node(0)->add_input("scales");
       },
       9},
      {"DepthToSpace", {{1, 12, 3, 4}}, integer("blocksize", 2)},
      {"SpaceToDepth", {{1, 3, 6, 4}}, integer("blocksize", 2)},
      {"ReduceSum", {{2, 3, 4}}, lists({{1, -1}})},
      {"ReduceMean",
       {{2, 3, 4}},
       [](ModelFile&, NodeBuilder& n) { n.with("axes", Ints{-2}).with("keepdims", 0); },
       13},
      {"ReduceMax", {{2, 3, 4}}},
      {"ArgMax", {{2, 3, 4}}, [](ModelFile&, NodeBuilder& n) { n.with("axis", 1).with("keepdims", 0); }},
      {"TopK", {{2, 30}}, lists({{7}}), 17, 2},
      {"Softmax", {{2, 3, 4}}},
      {"LayerNormalization", {{2, 3, 4}, {4}}},
      {"InstanceNormalization", {{2, 3, 4}, {3}, {3}}},
      {"LRN", {{2, 3, 4, 4}}, integer("size", 3)},
      {"LSTM", {{5, 2, 3}, {1, 28, 3}, {1, 28, 7}}, integer("hidden_size", 7), 14, 3},
      {"GRU",
       {{5, 2, 3}, {2, 21, 3}, {2, 21, 7}},
       [](ModelFile&, NodeBuilder& n) {
         n.with("hidden_size", 7)
             .with("direction", std::string("bidirectional"))
             .with("linear_before_reset", 1);
       },
       14,
       2},
      {"PRelu", {{2, 3, 4}, {3, 1}}},
      {"HardSwish", {{2, 3}}},
      {"Trilu", {{2, 3, 4}}},
      {"GridSample", {{2, 3, 4, 5}, {2, 6, 7, 2}}},
      {"Where",
       {{2, 1}, {3}, {1, 3}},
       [](ModelFile& f, NodeBuilder&) {
         f.proto().mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(
             Type::BOOL);
       }},
      {"DynamicQuantizeLinear", {{2, 3}}, [](ModelFile&, NodeBuilder&) {}, 17, 3},
  };
}

TEST(OnnxLibrary, AgreesOnShapes) {
  for (const Case& one : cases()) {
    ModelFile file(one.opset);
    Names inputs, outputs;
    for (size_t i = 0; i < one.inputs.size(); ++i) {
      inputs.push_back("x" + std::to_string(i));
      file.input(inputs.back(), one.inputs[i]);
    }
    for (int i = 0; i < one.outputs; ++i) outputs.push_back("y" + std::to_string(i));
    NodeBuilder node = file.node(one.op, inputs, outputs);
    one.more(file, node);
    expect_agreement(file, one.op);
  }
}

}  // namespace
}  // namespace vernier::onnx::test
