// SPDX-License-Identifier: Apache-2.0
// Values of parameters: what is written is what the reader of safetensors files reads back.
#include "workloads/onnx/weights.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "tests/onnx/fetched.h"
#include "tests/onnx/model_file.h"
#include "workloads/tensors/safetensors.h"

namespace vernier::onnx::test {
namespace {

/// A model of one addition, and a parameter of each type of floating point.
class Weights : public testing::Test {
 protected:
  Weights() {
    file_.input("x", Ints{1, 2});
    const float reals[2] = {1.5F, -2};
    auto* single = file_.proto().mutable_graph()->add_initializer();
    single->set_name("fp32");
    single->set_data_type(::onnx::TensorProto::FLOAT);
    single->add_dims(1);
    single->add_dims(2);
    for (const float real : reals) single->add_float_data(real);
    file_.node("Add", {"x", "fp32"}, {"y"});
    file_.output("y");
    auto* half = file_.proto().mutable_graph()->add_initializer();
    half->set_name("fp16");
    half->set_data_type(::onnx::TensorProto::FLOAT16);
    half->add_dims(1);
    half->add_dims(2);
    half->add_int32_data(0x3c00);  // 1
    half->add_int32_data(0xc100);  // -2.5
    const double numbers[2] = {0.25, 8};
    auto* wide = file_.proto().mutable_graph()->add_initializer();
    wide->set_name("fp64");
    wide->set_data_type(::onnx::TensorProto::DOUBLE);
    wide->add_dims(2);
    wide->add_dims(1);
    wide->set_raw_data(std::string(reinterpret_cast<const char*>(numbers), sizeof numbers));
  }
  /// Writes the file.
  WeightsFile read() {
    static_cast<void>(file_.error());
    return read_weights(file_.path());
  }
  std::string refusal() {
    try {
      static_cast<void>(read());
      return {};
    } catch (const InputError& error) {
      return error.what();
    }
  }

  ModelFile file_;
};

TEST_F(Weights, every_type_reads_back) {
  const WeightsFile weights = read();
  EXPECT_EQ(weights.tensors, 3U);
  const workloads::SafetensorsFile file(workloads::view_bytes(weights.bytes, "weights"));
  EXPECT_EQ(file.read("fp32").values, (std::vector<float>{1.5F, -2}));
  EXPECT_EQ(file.read("fp16").values, (std::vector<float>{1, -2.5F}));
  EXPECT_EQ(file.read("fp64").values, (std::vector<float>{0.25F, 8}));
  EXPECT_EQ(file.read("fp64").info.shape, (std::vector<uint64_t>{2, 1}));
}

TEST_F(Weights, what_is_not_there_is_refused_bad) {
  auto& tensor = *file_.proto().mutable_graph()->mutable_initializer(1);
  tensor.add_dims(3);
  EXPECT_NE(refusal().find("parameter 'fp16': 4 bytes of values, 6 elements of 2 bytes"), std::string::npos)
      << refusal();
  tensor.set_data_location(::onnx::TensorProto::EXTERNAL);
  EXPECT_NE(refusal().find("ONX005"), std::string::npos);
  EXPECT_NE(refusal().find("its values lie in another file"), std::string::npos);
}

TEST(RealWeights, TextOrientation) {
  FETCH(path, kOcr + "ch_ppocr_mobile_v2.0_cls_infer.onnx");
  const WeightsFile weights = read_weights(path);
  const workloads::SafetensorsFile file(workloads::view_bytes(weights.bytes, "weights"));
  EXPECT_EQ(file.tensors().size(), weights.tensors);
  size_t matrices = 0;
  for (const workloads::TensorInfo& info : file.tensors()) matrices += info.shape.size() >= 2 ? 1 : 0;
  EXPECT_GT(matrices, 10U);
}

}  // namespace
}  // namespace vernier::onnx::test
