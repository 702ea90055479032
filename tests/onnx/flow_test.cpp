// SPDX-License-Identifier: Apache-2.0
// How values go through a file: constants, shapes computed from shapes, other names of one tensor, branches.
#include <gtest/gtest.h>

#include "tests/onnx/model_file.h"

namespace vernier::onnx::test {
namespace {

using Type = ::onnx::TensorProto;

TEST(Flow, ShapesThroughShapes) {  // the reshape of attention heads, as PyTorch writes it
  ModelFile file;
  file.input("x", Names{"batch", "tokens", "48"});
  file.weight("w", {48, 48});
  file.list("zero", {0});
  file.list("one", {1});
  file.list("heads", {4});
  file.list("rest", {-1});
  file.node("MatMul", {"x", "w"}, {"q"});
  file.node("Shape", {"q"}, {"s"});
  file.node("Gather", {"s", "zero"}, {"b"});
  file.node("Slice", {"s", "one", "heads"}, {"tail"});  // [tokens, 48]: the end is cut to the rank
  file.node("Gather", {"tail", "zero"}, {"t"});
  file.node("Concat", {"b", "t", "heads", "rest"}, {"shape"}).with("axis", 0);
  file.node("Reshape", {"q", "shape"}, {"split"});
  file.node("Transpose", {"split"}, {"turned"}).with("perm", Ints{0, 2, 1, 3});
  file.output("turned");
  ImportReport report;
  const graph::Graph graph = file.import({{{"batch", 3}, {"tokens", 50}}, {}, false}, &report);
  ASSERT_EQ(graph.operators.size(), 2U);
  EXPECT_EQ(find_tensor(graph, "turned")->shape, (Ints{3, 4, 50, 12}));
  EXPECT_EQ(graph.operators[1].attributes.at("view0"), (Ints{3, 50, 4, 12}));
  EXPECT_EQ(report.nodes, 8U);
  EXPECT_EQ(report.aliases, 1U);
  EXPECT_EQ(report.folded, 5U);
}

TEST(Flow, SizesOfAResizeFromReals) {  // floor(13 * 1.5), as older exports compute it
  ModelFile file(11);
  file.input("x", Ints{1, 2, 13, 13});
  file.node("Shape", {"x"}, {"s"});
  file.list("two", {2});
  file.list("four", {4});
  file.list("head", {1, 2});
  file.node("Slice", {"s", "two", "four"}, {"hw"});
  file.node("Cast", {"hw"}, {"f"}).with("to", Type::FLOAT);
  file.reals("factor", {1.5F});
  file.node("Mul", {"f", "factor"}, {"m"});
  file.node("Floor", {"m"}, {"l"});
  file.node("Cast", {"l"}, {"i"}).with("to", Type::INT64);
  file.node("Concat", {"head", "i"}, {"sizes"}).with("axis", 0);
  file.node("Resize", {"x", "", "", "sizes"}, {"y"});
  file.output("y");
  const graph::Graph graph = file.import();
  EXPECT_EQ(find_tensor(graph, "y")->shape, (Ints{1, 2, 19, 19}));
}

TEST(Flow, RangesComparisonsAndFillings) {
  ModelFile file;
  file.input("x", Ints{2, 6});
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, int64_t>>{{"a", 10}, {"z", 1}, {"d", -3}}) {
    ::onnx::TensorProto scalar = list_tensor(name, {value});
    scalar.clear_dims();
    file.node("Constant", {}, {name}).with("value", scalar);
  }
  file.node("Range", {"a", "z", "d"}, {"r"});  // 10, 7, 4
  file.list("seven", {7});
  file.node("Less", {"r", "seven"}, {"l"});  // 0, 0, 1
  file.list("three", {3});
  file.node("ConstantOfShape", {"three"}, {"ones"}).with("value", list_tensor("", {1}));
  file.node("Where", {"l", "r", "ones"}, {"w"});              // 1, 1, 4
  file.node("ReduceProd", {"w"}, {"p"}).with("keepdims", 1);  // 4
  file.list("rest", {-1});
  file.node("Concat", {"rest", "p"}, {"shape"}).with("axis", 0);
  file.node("Reshape", {"x", "shape"}, {"y"});
  file.node("Relu", {"y"}, {"out"});
  file.output("out");
  EXPECT_EQ(find_tensor(file.import(), "out")->shape, (Ints{3, 4}));
}

TEST(Flow, OneTensorUnderManyNames) {
  ModelFile file;
  file.input("x", Ints{1, 8, 1, 5});
  file.list("shape", {0, -1});
  file.node("Relu", {"x"}, {"r"});
  file.node("Reshape", {"r", "shape"}, {"a"});
  file.node("Identity", {"a"}, {"b"});
  file.node("Transpose", {"r"}, {"t"}).with("perm", Ints{0, 2, 1, 3});  // moves nothing: dimension 2 is 1
  file.node("Cast", {"b"}, {"c"}).with("to", Type::FLOAT);
  file.node("Dropout", {"c"}, {"d"});
  file.node("Sigmoid", {"d"}, {"y"});
  file.node("Mul", {"t", "t"}, {"z"});
  file.output("y");
  file.output("z");
  file.output("b");
  ImportReport report;
  const graph::Graph graph = file.import({}, &report);
  ASSERT_EQ(graph.operators.size(), 3U);
  EXPECT_EQ(graph.tensors.size(), 4U);
  const graph::Tensor* shared = find_tensor(graph, "b");  // the output gives it its name
  ASSERT_NE(shared, nullptr);
  EXPECT_TRUE(shared->output);
  EXPECT_EQ(shared->consumers, (std::vector<int>{1, 2}));
  EXPECT_EQ(report.aliases, 5U);
}

TEST(Flow, ConstantsAreFoldedAndDeadOperatorsLeftOut) {
  ModelFile file;
  file.input("x", Ints{4, 6});
  file.input("unused", Ints{1});
  file.weight("w", {8, 6});
  file.node("Transpose", {"w"}, {"wt"});
  file.node("MatMul", {"x", "wt"}, {"y"});
  file.reals("half", {0.5F});
  file.node("Mul", {"y", "half"}, {"z"});
  file.node("Exp", {"y"}, {"dead"});
  file.node("Sqrt", {"dead"}, {"deader"});
  file.output("z");
  ImportReport report;
  const graph::Graph graph = file.import({}, &report);
  ASSERT_EQ(graph.operators.size(), 2U);
  EXPECT_EQ(find_tensor(graph, "wt")->kind, graph::TensorKind::weight);
  EXPECT_EQ(find_tensor(graph, "wt")->shape, (Ints{6, 8}));
  EXPECT_EQ(find_tensor(graph, "w"), nullptr);
  EXPECT_EQ(find_tensor(graph, "unused"), nullptr);
  EXPECT_EQ(graph.operators[1].inputs.size(), 1U) << "a constant of one element is part of the operator";
  EXPECT_EQ(find_tensor(graph, "y")->consumers, (std::vector<int>{1}));
  EXPECT_EQ(report.unused, 2U);
}

/// y = x * W in one branch, relu(x) in the other; the branches read x of the graph around them.
void add_branches(ModelFile& file) {
  file.input("x", Ints{2, 4});
  file.input("rate", Names{}, Type::INT64);
  file.list("wanted", {16000});
  file.node("Equal", {"rate", "wanted"}, {"c"});
  ::onnx::GraphProto yes, no;
  GraphFiller then(yes);
  then.weight("w", {4, 4});
  then.node("MatMul", {"x", "w"}, {"inner"});
  then.output("inner");
  GraphFiller otherwise(no);
  otherwise.node("Relu", {"x"}, {"inner2"});
  otherwise.output("inner2");
  file.node("If", {"c"}, {"y"}).with("then_branch", yes).with("else_branch", no);
  file.node("Sigmoid", {"y"}, {"z"});
  file.output("z");
}

TEST(Flow, BranchesFollowAValue) {
  ModelFile file;
  add_branches(file);
  EXPECT_NE(find_operator(file.import({{}, {{"rate", "16000"}}, false}), "MatMul"), nullptr);
  EXPECT_NE(find_operator(file.import({{}, {{"rate", "8000"}}, false}), "Relu"), nullptr);
  EXPECT_EQ(file.import({{}, {{"rate", "8000"}}, false}).operators.size(), 2U);
}

TEST(Flow, BranchWithoutValue_bad) {
  ModelFile file;
  add_branches(file);
  EXPECT_EQ(file.error(),
            "ONX007: node 'y' (If): its condition 'c' is not known before the network runs / give the values "
            "of inputs "
            "of one element with --input rate=VALUE");
}

TEST(Flow, CountingFromTheEnd) {
  ModelFile file;
  file.input("x", Ints{24});
  file.list("l", {2, 3, 5, 4});
  file.list("last", {-1});
  file.list("first", {-4});
  file.list("start", {-2});
  file.list("before", {-100});
  file.list("axis", {0});
  file.list("back", {-1});
  file.node("Gather", {"l", "last"}, {"four"});
  file.node("Gather", {"l", "first"}, {"two"});
  file.node("Slice", {"l", "start", "before", "axis", "back"}, {"turned"});  // 5, 3, 2
  file.list("one", {1});
  file.list("three", {2});
  file.node("Slice", {"turned", "one", "three", "axis"}, {"middle"});  // 3
  file.node("Concat", {"four", "two", "middle"}, {"shape"}).with("axis", 0);
  file.node("Reshape", {"x", "shape"}, {"y"});
  file.node("Relu", {"y"}, {"out"});
  file.output("out");
  EXPECT_EQ(find_tensor(file.import(), "out")->shape, (Ints{4, 2, 3}));
  ModelFile whole;
  whole.input("x", Ints{6, 4});
  whole.list("start", {-1});
  whole.list("before", {-100});
  whole.list("axis", {0});
  whole.list("back", {-1});
  whole.node("Slice", {"x", "start", "before", "axis", "back"}, {"y"});  // all rows, the first one last
  whole.output("y");
  EXPECT_EQ(find_tensor(whole.import(), "y")->shape, (Ints{6, 4}));
}

TEST(Flow, ForksOfOneGather) {  // a list of everything that picks elements
  ModelFile file;
  file.input("x", Ints{24});
  file.list("l", {1, 2, 3, 4, 6, 12});
  file.list("two", {2});
  file.list("minus", {-1});
  file.list("low", {-7});
  file.list("step", {-2});
  file.node("Slice", {"l", "minus", "low", "zero_axes", "step"}, {"back"});  // 12, 4, 2
  file.list("zero_axes", {0});
  file.list("sizes", {2, 1});
  file.node("Split", {"back", "sizes"}, {"first", "last"}).with("axis", 0);  // 12, 4 | 2
  file.node("Concat", {"last", "first"}, {"joined"}).with("axis", 0);        // 2, 12, 4
  file.list("some", {1, 0});
  file.node("Gather", {"joined", "some"}, {"shape"});  // 12, 2
  file.node("Reshape", {"x", "shape"}, {"y"});
  file.node("Tile", {"some", "two"}, {"tiled"});     // 1, 0, 1, 0
  file.node("Gather", {"joined", "tiled"}, {"g4"});  // 12, 2, 12, 2
  file.list("four", {2, 2});
  file.node("Reshape", {"g4", "four"}, {"square"});
  file.node("Transpose", {"square"}, {"turned"});  // 12, 12 | 2, 2
  file.list("zero", {0});
  file.node("Gather", {"turned", "zero"}, {"row"});  // [[12, 12]]
  file.list("flat", {2});
  file.node("Reshape", {"row", "flat"}, {"pair"});
  file.node("Div", {"pair", "some"}, {"unknown"});  // by zero: not followed
  file.node("Expand", {"y", "one3"}, {"z"});
  file.list("one3", {3, 1, 1});
  file.node("Relu", {"z"}, {"out"});
  file.output("out");
  const graph::Graph graph = file.import();
  EXPECT_EQ(find_tensor(graph, "out")->shape, (Ints{3, 12, 2}));
}

}  // namespace
}  // namespace vernier::onnx::test
