// SPDX-License-Identifier: Apache-2.0
// Files that are truncated or tampered with are imported or rejected: nothing else happens, and no memory is
// taken that the file does not justify.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "base/error.h"
#include "tests/onnx/model_file.h"

namespace vernier::onnx::test {
namespace {

/// A file that goes through most of the importer.
std::string seed_file() {
  ModelFile file;
  file.input("x", Ints{1, 4, 12, 10});
  file.weight("w", {8, 4, 3, 3});
  file.weight("u", {8, 6, 2, 2});
  file.node("Conv", {"x", "w"}, {"c"}).with("strides", Ints{2, 2}).with("pads", Ints{1, 1, 1, 1});
  file.node("MaxPool", {"c"}, {"p"}).with("kernel_shape", Ints{2, 2});
  file.node("ConvTranspose", {"p", "u"}, {"t"}).with("strides", Ints{2, 2});
  file.node("Shape", {"t"}, {"s"});
  file.list("from", {2});
  file.list("to", {4});
  file.node("Slice", {"s", "from", "to"}, {"hw"});
  file.node("ReduceProd", {"hw"}, {"area"});
  file.list("lead", {1, -1});
  file.node("Concat", {"lead", "area"}, {"shape"}).with("axis", 0);
  file.node("Reshape", {"t", "shape"}, {"m"});
  file.node("Transpose", {"m"}, {"tr"}).with("perm", Ints{0, 2, 1});
  file.node("MatMul", {"m", "tr"}, {"a"});
  file.node("Softmax", {"a"}, {"sm"}).with("axis", -1);
  ::onnx::TensorProto pick = list_tensor("pick", {});  // values as most files have them: as bytes
  pick.set_dims(0, 2);
  pick.set_raw_data(std::string("\0\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0", 16));
  *file.proto().mutable_graph()->add_initializer() = pick;
  file.node("Gather", {"sm", "pick"}, {"g"}).with("axis", 1);
  file.list("pads", {0, 1, 0, 0, 0, 2});
  file.node("Pad", {"g", "pads"}, {"pd"});
  file.list("repeats", {2, 1, 1});
  file.node("Tile", {"pd", "repeats"}, {"ti"});
  file.node("Split", {"ti"}, {"p0", "p1"}).with("axis", 0);
  file.weight("lw", {1, 8, 6});
  file.weight("lr", {1, 8, 2});
  file.node("Relu", {"p0"}, {"y"});
  file.list("one", {1});
  file.node("Equal", {"one", "one"}, {"yes"});
  ::onnx::GraphProto branch;
  GraphFiller filler(branch);
  filler.node("Sigmoid", {"p1"}, {"inner"});
  filler.output("inner");
  file.node("If", {"yes"}, {"z"}).with("then_branch", branch).with("else_branch", branch);
  file.output("y");
  file.output("z");
  EXPECT_EQ(file.error(), "");
  return file.proto().SerializeAsString();
}

/// 1: imported, 0: rejected with a code of the import.
int outcome(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  ImportOptions options;
  options.skip_unsupported = true;
  try {
    const graph::Graph graph = import_onnx(path, options);
    EXPECT_FALSE(graph.operators.empty());
    return 1;
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().front().code.substr(0, 3), "ONX");
    return 0;
  }
}

TEST(OnnxFuzz, EveryTruncation) {
  const std::string whole = seed_file();
  const ModelFile place;
  int imported = 0;
  for (size_t size = 0; size < whole.size(); ++size) imported += outcome(place.path(), whole.substr(0, size));
  EXPECT_LT(imported, 40) << "only what comes behind the graph may be missing";
}

TEST(OnnxFuzz, Mutations) {
  const std::string whole = seed_file();
  const ModelFile place;
  const char* variable = std::getenv("VERNIER_SEED");
  const unsigned seed = variable == nullptr ? 20261122U : static_cast<unsigned>(std::stoul(variable));
  SCOPED_TRACE("VERNIER_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  int imported = 0;
  constexpr int kRounds = 2000;
  for (int round = 0; round < kRounds; ++round) {
    std::string bytes = whole;
    for (size_t change = 0; change <= below(4); ++change) {
      const size_t at = below(bytes.size());
      switch (below(4)) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
          break;
        case 2:
          bytes.insert(at, bytes.substr(below(bytes.size()), below(20)));
          break;
        default:
          bytes.erase(at, below(12) + 1);
          break;
      }
      if (bytes.empty()) bytes = whole;
    }
    imported += outcome(place.path(), bytes);
  }
  EXPECT_GT(imported, kRounds / 100) << "mutations that hardly change the file get through";
  EXPECT_LT(imported, kRounds / 2);
}

/// Numbers that a file can claim without having the bytes.
TEST(OnnxFuzz, ClaimsOfSize) {
  for (const int64_t claim :
       {int64_t{-1}, int64_t{0}, int64_t{1} << 31, int64_t{1} << 40, INT64_MAX, INT64_MIN}) {
    for (const char* op :
         {"Expand", "ConstantOfShape", "Tile", "Reshape", "Pad", "Resize", "Range", "Slice"}) {
      ModelFile file;
      file.input("x", Ints{3});
      file.list("n", {claim});
      const Names inputs = std::string(op) == "ConstantOfShape" ? Names{"n"}
                           : std::string(op) == "Range"         ? Names{"n", "n", "n"}
                           : std::string(op) == "Slice"         ? Names{"x", "n", "n", "", "n"}
                           : std::string(op) == "Resize"        ? Names{"x", "", "", "n"}
                                                                : Names{"x", "n"};
      file.node(op, inputs, {"y"});
      file.node("Mul", {"y", "x"}, {"z"});
      file.output("z");
      const std::string error = file.error();
      if (!error.empty()) {
        EXPECT_EQ(error.substr(0, 3), "ONX") << op << " " << claim;
      }
    }
    ModelFile file;
    file.input("x", Ints{1, 1, 8, 8});
    file.weight("w", {1, 1, 3, 3});
    file.node("Conv", {"x", "w"}, {"y"}).with("strides", Ints{claim, 1}).with("dilations", Ints{1, claim});
    file.output("y");
    EXPECT_EQ(file.error().substr(0, 6), "ONX006") << claim;
  }
}

TEST(OnnxFuzz, AttributesOfOtherKinds) {
  for (const char* name : {"strides", "pads", "group", "auto_pad", "kernel_shape"}) {
    ModelFile file;
    file.input("x", Ints{1, 1, 8, 8});
    file.weight("w", {1, 1, 3, 3});
    file.node("Conv", {"x", "w"}, {"y"}).with(name, list_tensor("t", {1}));
    file.output("y");
    EXPECT_EQ(file.error().substr(0, 6), "ONX005") << name;
  }
}

}  // namespace
}  // namespace vernier::onnx::test
