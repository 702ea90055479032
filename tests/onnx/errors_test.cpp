// SPDX-License-Identifier: Apache-2.0
// What cannot be imported says so, with node, operator and what is allowed.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "base/error.h"
#include "tests/onnx/model_file.h"
#include "workloads/onnx/node_context.h"

namespace vernier::onnx::test {
namespace {

using Type = ::onnx::TensorProto;

std::string error_of_file(const std::string& path) {
  try {
    static_cast<void>(import_onnx(path, {}));
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(OnnxErrors, Files_bad) {
  EXPECT_EQ(error_of_file("nowhere.onnx"), "error[ONX001]: nowhere.onnx: is no file that can be read");
  EXPECT_EQ(error_of_file("."), "error[ONX001]: .: is no file that can be read");
  ModelFile file;
  std::ofstream(file.path()) << "name: \"a text\"\n";
  EXPECT_EQ(error_of_file(file.path()), "error[ONX001]: " + file.path() +
                                            ": is no ONNX file, or a part of one\n"
                                            "  help: models have to be whole and below 2 GiB");
  std::ofstream(file.path()).close();
  EXPECT_EQ(error_of_file(file.path()),
            "error[ONX001]: " + file.path() + ": is no ONNX file, or one without operators");
}

TEST(OnnxErrors, OperatorSets_bad) {
  for (const int64_t opset : {6, 23}) {
    ModelFile file(opset);
    file.input("x", Ints{1});
    file.node("Relu", {"x"}, {"y"});
    file.output("y");
    EXPECT_EQ(file.error(),
              "ONX002: operator set " + std::to_string(opset) +
                  " is not in 7..22 / convert the model (onnx.version_converter) or export it again");
  }
}

TEST(OnnxErrors, UnsupportedOperator_bad) {
  ModelFile file;
  file.input("x", Ints{4, 4});
  file.node("Relu", {"x"}, {"r"});
  file.node("Det", {"r"}, {"d"});
  file.node("Sigmoid", {"d"}, {"y"});
  file.output("y");
  file.proto().mutable_graph()->mutable_node(1)->set_name("determinant");
  EXPECT_EQ(file.error(),
            "ONX003: node 'determinant' (Det): the operator is not supported / '--unsupported skip' imports "
            "the rest and "
            "lists what is left out");
  ImportOptions skip;
  skip.skip_unsupported = true;
  ImportReport report;
  const graph::Graph graph =
      file.import(skip, &report);  // the library knows the shape of a determinant: a scalar
  ASSERT_EQ(report.skipped.size(), 1U);
  EXPECT_EQ(report.skipped[0].name, "determinant");
  EXPECT_EQ(report.skipped[0].op, "Det");
  EXPECT_EQ(report.skipped[0].elements, 1U);
  EXPECT_EQ(report.result_elements, 18U);
  EXPECT_EQ(graph.operators.size(), 3U);
  EXPECT_EQ(graph.operators[1].vector_elements, 0U);
  EXPECT_EQ(find_tensor(graph, "d")->bytes, 4U);
}

TEST(OnnxErrors, UnsupportedWithAShapeInTheFile) {
  ModelFile file;
  file.input("x", Names{"n", "4"});
  file.node("Strange", {"x"}, {"s"});
  file.node("Relu", {"s"}, {"y"});
  file.output("y");
  file.proto().mutable_graph()->mutable_node(0)->set_domain("com.example");
  ImportOptions options{{{"n", 5}}, {}, true};
  EXPECT_EQ(file.error(options),
            "ONX003: node 's' (com.example.Strange): the operator is not supported, and neither the file nor "
            "the ONNX "
            "library knows the shape of its results / run the ONNX shape inference on the file, which writes "
            "the shapes "
            "into it");
  auto& value = *file.proto().mutable_graph()->add_value_info();
  value = file.proto().graph().input(0);
  value.set_name("s");
  value.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(1)->set_dim_value(7);
  EXPECT_EQ(find_tensor(file.import(options), "y")->shape, (Ints{5, 7}));
}

TEST(OnnxErrors, Dimensions_bad) {
  ModelFile file;
  file.input("x", Names{"batch", "", "0"});
  file.node("Relu", {"x"}, {"y"});
  file.output("y");
  ImportOptions options;
  EXPECT_EQ(file.error(options),
            "ONX004: dimension 0 of 'x' is not known: 'batch' / give its size with --dim batch=VALUE");
  options.dims["batch"] = 2;
  EXPECT_EQ(file.error(options),
            "ONX004: dimension 1 of 'x' is not known / give its size with --dim x.1=VALUE");
  options.dims["x.1"] = 3;
  EXPECT_EQ(file.error(options),
            "ONX004: dimension 2 of 'x' is not known / give its size with --dim x.2=VALUE");
  options.dims["x.2"] = 0;
  EXPECT_EQ(file.error(options), "ONX009: --dim x.2: 0 is not in 1..2147483647");
  options.dims["x.2"] = 4;
  EXPECT_EQ(find_tensor(file.import(options), "y")->shape, (Ints{2, 3, 4}));
  options.dims["btach"] = 4;
  EXPECT_EQ(file.error(options),
            "ONX009: --dim btach: no input has such a dimension / did you mean 'batch'?");
}

TEST(OnnxErrors, InputValues_bad) {
  ModelFile file;
  file.input("x", Ints{2, 2});
  file.input("rate", Ints{1}, Type::INT32);
  file.node("Relu", {"x"}, {"y"});
  file.output("y");
  const auto error = [&](const std::string& name, const std::string& text) {
    return file.error({{}, {{name, text}}, false});
  };
  EXPECT_EQ(error("x", "1"), "ONX009: --input x: the input has the shape [2, 2], not one element");
  EXPECT_EQ(error("rat", "1"), "ONX009: --input rat: the network has no such input / did you mean 'rate'?");
  EXPECT_EQ(error("rate", "16k"), "ONX009: --input rate: '16k' is no value of type int32");
  EXPECT_EQ(error("rate", "3000000000"), "ONX009: --input rate: '3000000000' is no value of type int32");
  EXPECT_EQ(error("rate", "-5"), "");
}

TEST(OnnxErrors, NodesThatDoNotHangTogether_bad) {
  {
    ModelFile file;
    file.input("x", Ints{2});
    file.node("Add", {"x", "b"}, {"a"});
    file.node("Relu", {"a"}, {"b"});
    file.output("b");
    EXPECT_EQ(file.error(),
              "ONX005: node 'a' (Add): its input 'b' is neither given nor the result of an operator before "
              "it / operators "
              "have to stand in an order in which they can run; a cycle has none");
  }
  {
    ModelFile file;
    file.input("x", Ints{2});
    file.node("Relu", {"x"}, {"x"});
    EXPECT_EQ(file.error(), "ONX005: node 'x' (Relu): its result 'x' is produced twice");
  }
  {
    ModelFile file;
    file.input("x", Ints{2});
    file.node("Relu", {"x"}, {"y"});
    file.output("z");
    EXPECT_EQ(file.error(), "ONX005: output 'z' is produced by no operator");
  }
  {
    ModelFile file;
    file.input("x", Ints{2});
    file.node("Identity", {"x"}, {"y"});
    file.output("y");
    EXPECT_EQ(file.error(), "ONX011: no operator is left: the outputs are constants or inputs");
  }
  {
    ModelFile file;
    file.input("x", Ints{2});
    file.node("MatMul", {"x"}, {"y"});
    file.output("y");
    EXPECT_EQ(file.error(), "ONX005: node 'y' (MatMul): has 1 input, and input 1 is needed");
  }
}

TEST(OnnxErrors, ShapesThatDoNotFit_bad) {
  const auto error = [](const std::string& op, const Ints& a, const Ints& b) {
    ModelFile file;
    file.input("a", a);
    file.weight("b", b);
    file.node(op, {"a", "b"}, {"y"});
    file.output("y");
    return file.error();
  };
  EXPECT_EQ(error("MatMul", {2, 3}, {4, 5}),
            "ONX006: node 'y' (MatMul): matrices [2, 3] and [4, 5] do not fit together");
  EXPECT_EQ(error("Add", {2, 3}, {4}), "ONX006: node 'y' (Add): shapes [2, 3] and [4] do not fit together");
  EXPECT_EQ(error("Conv", {1, 3, 8, 8}, {4, 2, 3, 3}),
            "ONX006: node 'y' (Conv): weights [4, 2, 3, 3] in 1 groups do not fit the input [1, 3, 8, 8]");
  EXPECT_EQ(error("Conv", {1, 3, 8, 8}, {4, 3, 9, 3}),
            "ONX006: node 'y' (Conv): a window of 9 does not fit into 8 elements and their padding");
  EXPECT_EQ(error("Conv", {1, 3}, {4, 3, 9, 3}),
            "ONX006: node 'y' (Conv): input 0 has the shape [1, 3]; allowed: at least 3 dimensions");
}

TEST(OnnxErrors, ValuesThatAreNotKnown_bad) {
  ModelFile file;
  file.input("x", Ints{2, 3});
  file.input("shape", Ints{2}, Type::INT64);
  file.node("Reshape", {"x", "shape"}, {"y"});
  file.output("y");
  EXPECT_EQ(file.error(),
            "ONX010: node 'y' (Reshape): input 1 ('shape') decides a shape, and its value is not known "
            "before the network "
            "runs / only shapes that follow from the shapes of the inputs can be imported");
}

TEST(OnnxErrors, ValuesThatAreNotAsManyAsTheShapeSays_bad) {
  const auto error = [](const std::function<void(::onnx::TensorProto&)>& change) {
    ModelFile file;
    file.input("x", Ints{2, 3});
    file.list("shape", {3, 2});
    change(*file.proto().mutable_graph()->mutable_initializer(0));
    file.node("Reshape", {"x", "shape"}, {"y"});
    file.node("Relu", {"y"}, {"z"});
    file.output("z");
    return file.error();
  };
  EXPECT_EQ(error([](::onnx::TensorProto&) {}), "");
  EXPECT_EQ(error([](::onnx::TensorProto& t) { t.add_int64_data(1); }),
            "ONX005: tensor 'shape' of shape [2] and type int64 has 3 values");
  EXPECT_EQ(error([](::onnx::TensorProto& t) { t.set_raw_data("12345678"); }),
            "ONX005: tensor 'shape' of shape [2] and type int64 has 8 bytes");
  EXPECT_EQ(error([](::onnx::TensorProto& t) {
              t.set_raw_data(std::string("\6\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 16));
            }),
            "");
  EXPECT_EQ(error([](::onnx::TensorProto& t) { t.set_dims(0, 1000); }),
            "ONX005: tensor 'shape' of shape [1000] and type int64 has 2 values");
}

TEST(OnnxErrors, TooLarge_bad) {
  {
    ModelFile file;
    file.input("x", Ints{int64_t{1} << 20, int64_t{1} << 20});
    file.input("y", Ints{int64_t{1} << 20, int64_t{1} << 20});
    file.node("MatMul", {"x", "y"}, {"z"});
    file.output("z");
    EXPECT_EQ(file.error(), "ONX008: node 'z' (MatMul): more work than can be counted (2^55 per operator)");
  }
  {
    ModelFile file;
    file.input("x", Ints{int64_t{1} << 21, int64_t{1} << 20});
    file.node("Relu", {"x"}, {"z"});
    file.output("z");
    EXPECT_EQ(file.error().substr(0, 8), "ONX008: ");
  }
  {
    ModelFile file;
    file.weight("w", {-1, 4});
    file.input("x", Ints{4});
    file.node("Add", {"x", "w"}, {"z"});
    file.output("z");
    EXPECT_EQ(file.error().substr(0, 8), "ONX008: ");
  }
}

TEST(OnnxErrors, LoopsAndNothingness_bad) {
  {
    ModelFile file;
    file.input("x", Ints{2});
    file.node("Loop", {"", "", "x"}, {"y"});
    file.output("y");
    EXPECT_EQ(file.error({{}, {}, true}),
              "ONX007: node 'y' (Loop): control flow other than If is not supported / unroll loops when "
              "exporting the model");
  }
  {
    ModelFile file;
    file.input("x", Ints{4});
    file.list("at", {2});
    file.node("Slice", {"x", "at", "at"}, {"e"});
    file.node("Relu", {"e"}, {"y"});
    file.output("y");
    EXPECT_EQ(file.error(),
              "ONX006: tensor 'e' of type fp32 has the shape [0], without a byte / an operator that computes "
              "nothing cannot "
              "be scheduled");
  }
}

TEST(OnnxDocs, ListEveryOperatorAndCode) {
  std::ifstream in(std::string(VERNIER_SOURCE_DIR) + "/docs/onnx.md", std::ios::binary);
  std::string page(std::istreambuf_iterator<char>(in), {});
  for (char& c : page) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = ' ';
  }
  EXPECT_GT(supported_operators().size(), 100U);
  for (const std::string& op : supported_operators()) {
    EXPECT_NE(page.find(" " + op + " "), std::string::npos) << op;
  }
  for (int code = 1; code <= 11; ++code) {
    EXPECT_NE(page.find(fmt::format(" ONX{:03} ", code)), std::string::npos) << code;
  }
}

}  // namespace
}  // namespace vernier::onnx::test
