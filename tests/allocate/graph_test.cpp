// SPDX-License-Identifier: Apache-2.0
// Allocation of graphs: what a layer is, costs against runs in which the accelerator has the format, how
// values of every operator form the matrix that is quantized, and errors counted by hand.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "sim/allocate/allocate.h"
#include "sim/allocate/graph_sensitivity.h"
#include "sim/config/load.h"
#include "tests/quantize/tensor_bytes.h"
#include "workloads/graph/check.h"
#include "workloads/graph/networks.h"

namespace vernier::allocate::of_graphs {
namespace {

using graph::Graph;
using graph::TensorKind;

config::AcceleratorConfig accelerator(const std::string& name, const std::vector<std::string>& sets = {}) {
  return config::load_accelerator(VERNIER_SOURCE_DIR "/configs/accelerators/" + name + ".yaml",
                                  {"gemm", sets});
}

int add(Graph& graph, const std::string& name, TensorKind kind, const std::vector<int64_t>& shape) {
  graph::Tensor made;
  made.name = name;
  made.kind = kind;
  made.shape = shape;
  made.format = "fp32";
  made.bytes = 4;
  for (const int64_t size : shape) made.bytes *= static_cast<uint64_t>(size);
  graph.tensors.push_back(made);
  return static_cast<int>(graph.tensors.size()) - 1;
}

/// An operator that reads an input of its own and these parameters, before or behind it.
void add(Graph& graph, const std::string& kind, const std::vector<graph::Gemm>& gemms,
         const std::vector<std::vector<int64_t>>& parameters, const graph::Attributes& attributes = {},
         bool parameter_first = false) {
  const std::string name = kind + std::to_string(graph.operators.size());
  graph::Operator op{name, kind, {}, {}, attributes, gemms, 0};
  op.inputs.push_back(add(graph, name + ".x", TensorKind::input, {gemms.front().k, 5}));
  for (size_t i = 0; i < parameters.size(); ++i)
    op.inputs.push_back(add(graph, name + ".w" + std::to_string(i), TensorKind::weight, parameters[i]));
  if (parameter_first) std::reverse(op.inputs.begin(), op.inputs.end());
  op.outputs.push_back(add(graph, name + ".y", TensorKind::activation, {gemms.front().m, gemms.front().n}));
  graph.tensors.back().output = true;
  graph.operators.push_back(std::move(op));
}

GraphWork work_of(Graph graph) {
  GraphWork work{std::move(graph), {}, {}};
  work.run.solver = "greedy_belady_bf";
  return work;
}

/// The row of a run is an operator's, or a piece's of it.
bool belongs(const std::string& row, const std::string& op) {
  return row == op || (row.rfind(op + "/", 0) == 0 && row.find('/', op.size() + 1) == std::string::npos);
}

// What a run says in which formats.weight is the format: no parameter has one of its own there.
TEST(AllocateGraph, costs_are_those_of_a_run_in_the_format) {
  const std::vector<std::string> formats = {"bitmod3_g128", "int6_s8_g128"};
  for (const char* const network : {"resnet-18", "mobilenet-v2"}) {
    const GraphWork work = work_of(graph::build_network(network));
    const AllocationReport report =
        allocate(accelerator("bitmod"), work, "", {formats, "int6_s8_g128", Objective::energy, {}});
    for (size_t f = 0; f < formats.size(); ++f) {
      const run::GraphRun run = run::simulate_graph(accelerator("bitmod", {"formats.weight=" + formats[f]}),
                                                    work.graph, work.run, {});
      const report::RunResult& result = run.simulation.result;
      uint64_t left = result.totals.cycles, bytes = result.totals.weight_bytes, all = 0;
      for (const Layer& layer : report.problem.layers) {
        uint64_t cycles = 0, own_bytes = 0, fj = 0;
        for (const report::LayerRow& row : result.layers) {
          if (!belongs(row.name, layer.name)) continue;
          cycles += row.cycles;
          own_bytes += row.weight_bytes;
          for (const report::ItemEnergy& item : row.energy) fj += item.fj;
        }
        EXPECT_EQ(layer.choices[f].cycles, cycles) << layer.name;
        EXPECT_EQ(layer.choices[f].weight_bytes, own_bytes) << layer.name;
        EXPECT_NEAR(static_cast<double>(layer.choices[f].energy_nj.value()), static_cast<double>(fj) * 1e-6,
                    0.5);
        left -= cycles;
        bytes -= own_bytes;
        all += cycles;
      }
      EXPECT_GT(left, 0U);   // pooling and sums
      EXPECT_EQ(bytes, 0U);  // whoever has weights is a layer
      EXPECT_EQ(report.uniform[f].cycles, all);
    }
    // One format everywhere is a prediction without error.
    const AllocationReport same =
        allocate(accelerator("bitmod"), work, "", {{"bitmod3_g128"}, "1e9", Objective::cycles, {}});
    EXPECT_EQ(same.simulated_layer_cycles, same.solution.best.cycles);
    EXPECT_EQ(same.simulated_layer_weight_bytes, same.solution.best.weight_bytes);
  }
}

TEST(AllocateGraph, the_choice_holds_and_can_be_read_again) {
  GraphWork work = work_of(graph::build_network("resnet-18"));
  work.pieces.split = "channels=2";
  work.pieces.fuse = true;
  work.run.fit = false;
  work.run.solver = "topo_belady_ff";
  const config::AcceleratorConfig config =
      accelerator("bitmod", {"weight_scratchpad.capacity=2 MiB", "activation_scratchpad.capacity=2 MiB",
                             "output_scratchpad.capacity=2 MiB"});
  const AllocationReport report = allocate(
      config, work, "", {{"bitmod3_g128", "bitmod4_g128", "int6_s8_g128"}, "600", Objective::cycles, {}});
  EXPECT_LE(report.solution.best.sensitivity, 600);
  EXPECT_GT(report.solution.best.sensitivity, report.uniform[2].sensitivity);
  Graph chosen = work.graph;
  workloads::choose_formats(chosen, choices_of(work.graph, report.problem, report.solution.best));
  const run::GraphRun run =
      run::simulate_graph(config, workloads::in_pieces(chosen, work.pieces), work.run, {});
  EXPECT_EQ(run.simulation.result.totals.cycles, report.simulated_cycles);
  const double off =
      static_cast<double>(report.simulated_layer_cycles) - static_cast<double>(report.solution.best.cycles);
  EXPECT_LT(std::abs(off), 0.03 * static_cast<double>(report.solution.best.cycles));
}

TEST(AllocateGraph, a_layer_is_what_has_one_format) {
  // Scores and what they weigh have no parameters: 12 blocks of q, k, v, o and two matrices are layers.
  EXPECT_EQ(layers_of(graph::build_network("bert-base")).size(), 12U * 6);
  Graph graph;
  graph.name = "shared";
  const int x = add(graph, "x", TensorKind::input, {4, 8});
  const int w = add(graph, "w", TensorKind::weight, {8, 8});
  const int v = add(graph, "v", TensorKind::weight, {8, 8});
  const int a = add(graph, "a", TensorKind::activation, {4, 8});
  const int b = add(graph, "b", TensorKind::activation, {4, 8});
  const int c = add(graph, "c", TensorKind::activation, {4, 8});
  graph.tensors[static_cast<size_t>(c)].output = true;
  graph.operators = {{"first", "MatMul", {x, w}, {a}, {}, {{4, 8, 8, 1}}, 0},
                     {"other", "MatMul", {a, v}, {b}, {}, {{4, 8, 8, 1}}, 0},
                     {"again", "MatMul", {b, w}, {c}, {}, {{4, 8, 8, 1}}, 0}};
  graph::normalise(graph, "test");
  const std::vector<GraphLayer> layers = layers_of(graph);
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].operators, (std::vector<int>{0, 2}));
  EXPECT_EQ(layers[0].parameters.size(), 1U);
  EXPECT_EQ(layers[1].operators, (std::vector<int>{1}));
  const AllocationReport report = allocate(accelerator("fp16_mac"), work_of(graph), "",
                                           {{"int4_g128", "fp16"}, "fp16", Objective::cycles, {}});
  const auto choices = choices_of(graph, report.problem, report.solution.best);
  ASSERT_EQ(choices.size(), 3U);
  EXPECT_EQ(choices[1].name, "again");
  EXPECT_EQ(choices[0].format, choices[1].format);
  // 8 rows of 8 codes of 4 bits and a scale of 16, or of fp16; w is read once for both operators.
  EXPECT_EQ(report.uniform[0].weight_bytes, 2U * 64);  // 48 bytes: a burst
  EXPECT_EQ(report.uniform[1].weight_bytes, 2U * 128);
}

class AllocateGraphFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / "allocate_graph_files";
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// Writes the parameters. Row r of each has the scale 2^r: 7, 3.5, 7, 3.5... times it. `by_columns`: K x
  /// rows in blocks of so many rows.
  void write(const Graph& graph, const std::map<std::string, std::pair<int64_t, int64_t>>& matrices) {
    std::string data;
    nlohmann::ordered_json header;
    for (const graph::Tensor& tensor : graph.tensors) {
      const auto found = matrices.find(tensor.name);
      if (found == matrices.end()) continue;
      const auto [cols, block] = found->second;
      int64_t elements = 1;
      for (const int64_t size : tensor.shape) elements *= size;
      std::vector<float> values(static_cast<size_t>(elements));
      for (int64_t row = 0; row < elements / cols; ++row) {
        for (int64_t col = 0; col < cols; ++col) {
          const int64_t at =
              block == 0 ? row * cols + col : row / block * block * cols + col * block + row % block;
          values[static_cast<size_t>(at)] = std::ldexp(col % 2 == 0 ? 7.0F : 3.5F, static_cast<int>(row));
        }
      }
      const size_t begin = data.size();
      data += workloads::fp32_bytes(values);
      header[tensor.name] = {
          {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
    }
    std::ofstream(file(), std::ios::binary) << workloads::safetensors(header.dump(), data);
  }
  [[nodiscard]] std::string file() const { return (folder_ / "w.safetensors").string(); }
  [[nodiscard]] AllocationReport allocated(const Graph& graph) const {
    return allocate(accelerator("fp16_mac"), work_of(graph), "",
                    {{"int4_g128", "fp16"}, "1e12", Objective::cycles, {"", {file()}, 1}});
  }

 private:
  std::filesystem::path folder_;
};

/// Half a step is lost for each 3.5, in a row of scale 2^r: 0.25 * 4^r; another way round groups would mix
/// scales and lose more.
double lost(int rows, int halves) { return 0.25 * halves * (std::pow(4, rows) - 1) / 3; }

TEST_F(AllocateGraphFiles, values_are_quantized_along_the_dot_products) {
  Graph graph;
  graph.name = "orders";
  add(graph, "MatMul", {{4, 3, 2, 1}}, {{2, 3}});
  add(graph, "Gemm", {{4, 3, 2, 1}}, {{3, 2}}, {{"transposed", {0, 1}}});
  add(graph, "FusedMatMul", {{4, 3, 2, 1}}, {{2, 3}}, {{"transposed", {1, 0}}});
  add(graph, "MatMul", {{3, 5, 2, 1}}, {{3, 2}}, {}, true);  // the parameter is the first factor
  add(graph, "MatMul", {{4, 3, 2, 2}}, {{2, 2, 3}});         // two matrices
  add(graph, "Conv", {{9, 3, 4, 2}}, {{6, 1, 2, 2}}, {{"groups", {2}}});
  add(graph, "ConvTranspose", {{9, 6, 2, 2}}, {{4, 3, 1, 2}}, {{"groups", {2}}});
  add(graph, "LSTM", {{5, 8, 3, 1}, {1, 8, 2, 5}}, {{1, 8, 3}, {1, 8, 2}});
  graph::normalise(graph, "test");
  write(graph, {{"MatMul0.w0", {2, 3}},
                {"Gemm1.w0", {2, 0}},
                {"FusedMatMul2.w0", {2, 3}},
                {"MatMul3.w0", {2, 0}},
                {"MatMul4.w0", {2, 3}},
                {"Conv5.w0", {4, 0}},
                {"ConvTranspose6.w0", {2, 6}},
                {"LSTM7.w0", {3, 0}},
                {"LSTM7.w1", {2, 0}}});
  const AllocationReport report = allocated(graph);
  std::map<std::string, double> sensitivity;
  for (const Layer& layer : report.problem.layers) {
    sensitivity[layer.name] = layer.choices[0].sensitivity;
    EXPECT_EQ(layer.choices[1].sensitivity, 0) << layer.name;  // fp16 has all of these numbers
  }
  const std::map<std::string, double> expected = {
      {"MatMul0", lost(3, 1)}, {"Gemm1", lost(3, 1)},          {"FusedMatMul2", lost(3, 1)},
      {"MatMul3", lost(3, 1)}, {"MatMul4", lost(6, 1)},        {"Conv5", lost(6, 2)},
      {"LSTM7", lost(8, 2)},   {"ConvTranspose6", lost(12, 1)}};
  EXPECT_EQ(sensitivity, expected);
  EXPECT_EQ(report.sensitivity_note,
            "sensitivity: squared quantization error of the parameters in the files.");
}

TEST_F(AllocateGraphFiles, bad) {
  Graph graph;
  graph.name = "bad";
  add(graph, "MatMul", {{4, 3, 2, 1}}, {{2, 3}});
  graph::normalise(graph, "test");
  const auto message = [&](const Graph& of) -> std::string {
    try {
      static_cast<void>(allocated(of));
    } catch (const InputError& error) {
      return error.diagnostics().front().code + " " + error.diagnostics().front().message;
    }
    return "";
  };
  Graph other = graph;
  other.tensors[1].name = "w";
  write(other, {{"w", {2, 3}}});
  EXPECT_EQ(message(graph),
            "ALC004 --weights: parameter 'MatMul0.w0' of layer 'MatMul0': no tensor has this name");
  EXPECT_EQ(message(other), "");
  Graph smaller = other;
  smaller.tensors[1].shape = {2, 2};
  smaller.operators[0].gemms = {{4, 2, 2, 1}};
  EXPECT_EQ(message(smaller),
            "ALC004 --weights: parameter 'w' of layer 'MatMul0': has 6 elements, 2 x 2 are due");
  Graph unknown = other;
  unknown.operators[0].kind = "Einsum";
  EXPECT_EQ(message(unknown),
            "ALC004 --weights: parameter 'w' of layer 'MatMul0': how its operator multiplies by it is not "
            "known here");
  Graph none = graph;
  none.operators[0].gemms.clear();
  none.operators[0].vector_elements = 5;
  EXPECT_EQ(message(none), "ALC006 'bad' has no operator that multiplies by parameters");
}

}  // namespace
}  // namespace vernier::allocate::of_graphs
