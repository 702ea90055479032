// SPDX-License-Identifier: Apache-2.0
// Formats of single repeated layers: sensitivities of each, every assignment tried, the workload that says
// them.
#include "sim/allocate/layers.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "sim/allocate/allocate.h"
#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/run/simulate.h"
#include "tests/quantize/tensor_bytes.h"

namespace vernier::allocate {
namespace {

const char* const kFour =
    "{name: four, model_type: opt, num_hidden_layers: 4, hidden_size: 128, num_attention_heads: 2, ffn_dim: "
    "256, "
    "vocab_size: 64, formats: {layers: {1: {fc1: bitmod3_g128, kv_cache: int8_s8_g64}}}}";
const std::vector<std::string> kTwoFormats = {"bitmod3_g128", "int8_s8_g128"};

config::AcceleratorConfig bitmod() {
  return config::load_accelerator(std::string(VERNIER_SOURCE_DIR) + "/configs/accelerators/bitmod.yaml", {});
}

AllocationReport per_layer(const std::string& workload, const std::string& budget, int64_t share,
                           const SensitivitySource& source = {},
                           const std::vector<std::string>& formats = kTwoFormats) {
  Request request{formats, budget, Objective::cycles, source};
  request.share = share;
  return allocate(bitmod(), workloads::parse_workload(workload, "w.yaml"), {}, request);
}

class PerLayer : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("per_layer_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::filesystem::path folder_;
};

std::map<std::string, std::vector<double>> sensitivities(const AllocationReport& report) {
  std::map<std::string, std::vector<double>> found;
  for (const Layer& layer : report.problem.layers) {
    for (const Choice& choice : layer.choices) found[layer.name].push_back(choice.sensitivity);
  }
  return found;
}

TEST_F(PerLayer, as_many_layers_as_share_no_formats) {
  const auto names = [](int64_t share) {
    std::vector<std::string> found;
    for (const Layer& layer : per_layer(kFour, "1e9", share).problem.layers) {
      if (layer.op == "fc2" || layer.op == "lm_head") found.push_back(layer.name);
    }
    return found;
  };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(names(1), (Texts{"layers.0.fc2", "layers.1.fc2", "layers.2.fc2", "layers.3.fc2", "lm_head"}));
  EXPECT_EQ(names(3), (Texts{"layers.0-2.fc2", "layers.3.fc2", "lm_head"}));
  for (const int64_t share : {0, 4, 9}) EXPECT_EQ(names(share), (Texts{"fc2", "lm_head"}));
}

// Costs of single layers are those of all of them, in equal shares.
TEST_F(PerLayer, costs_are_shares_of_those_of_all) {
  const AllocationReport one = per_layer(kFour, "1e9", 1), all = per_layer(kFour, "1e9", 0);
  for (size_t f = 0; f < kTwoFormats.size(); ++f) {
    EXPECT_EQ(one.uniform[f].cycles, all.uniform[f].cycles);
    EXPECT_EQ(one.uniform[f].weight_bytes, all.uniform[f].weight_bytes);
  }
}

// q_proj is 8 for all four, which is 2 each; layer 2 says something else of itself.
TEST_F(PerLayer, given_numbers_are_shared_out_and_single_layers_come_first) {
  const std::string file = write("s.yaml",
                                 "layers:\n"
                                 "  q_proj: {bitmod3_g128: 8, int8_s8_g128: 4}\n"
                                 "  layers.2.q_proj: {bitmod3_g128: 100, int8_s8_g128: 50}\n"
                                 "  k_proj: {bitmod3_g128: 1, int8_s8_g128: 0}\n"
                                 "  v_proj: {bitmod3_g128: 1, int8_s8_g128: 0}\n"
                                 "  o_proj: {bitmod3_g128: 1, int8_s8_g128: 0}\n"
                                 "  fc1: {bitmod3_g128: 1, int8_s8_g128: 0}\n"
                                 "  fc2: {bitmod3_g128: 1, int8_s8_g128: 0}\n"
                                 "  lm_head: {bitmod3_g128: 0.5, int8_s8_g128: 0}\n");
  using Numbers = std::vector<double>;
  auto found = sensitivities(per_layer(kFour, "1e9", 1, {file, {}, 1}));
  EXPECT_EQ(found["layers.0.q_proj"], (Numbers{2, 1}));
  EXPECT_EQ(found["layers.2.q_proj"], (Numbers{100, 50}));
  EXPECT_EQ(found["layers.3.fc1"], (Numbers{0.25, 0}));
  EXPECT_EQ(found["lm_head"], (Numbers{0.5, 0}));
  found = sensitivities(per_layer(kFour, "1e9", 3, {file, {}, 1}));
  EXPECT_EQ(found["layers.0-2.q_proj"], (Numbers{2 + 2 + 100, 1 + 1 + 50}));
  EXPECT_EQ(found["layers.3.q_proj"], (Numbers{2, 1}));
  found = sensitivities(per_layer(kFour, "1e9", 0, {file, {}, 1}));
  EXPECT_EQ(found["q_proj"], (Numbers{3 * 2 + 100, 3 * 1 + 50}));
  EXPECT_EQ(found["k_proj"], (Numbers{1, 0}));
}

// Groups of 128 in int8 with a largest of 127: an element of 0.5 in between loses 0.25. Layer i has i of
// them.
TEST_F(PerLayer, real_weights_of_each_layer_and_its_factor) {
  SensitivitySource source;
  const std::string rest = "k_proj: 1, v_proj: 1, o_proj: 1, fc1: 1, fc2: 1, lm_head: 1";
  const auto tensor = [&](const std::string& name, int64_t rows, int64_t cols, size_t halves) {
    std::vector<float> values(static_cast<size_t>(rows * cols), 3.0F);
    for (size_t at = 0; at < values.size(); at += 128) values[at] = 127.0F;
    for (size_t i = 0; i < halves; ++i) values[128 * i + 1] = 4.5F;
    source.weights.push_back(
        write(name + ".npy", workloads::npy("{'descr': '<f4', 'fortran_order': False, 'shape': (" +
                                                std::to_string(rows) + ", " + std::to_string(cols) + "), }",
                                            workloads::fp32_bytes(values))));
  };
  for (size_t i = 0; i < 4; ++i)
    tensor("model.layers." + std::to_string(i) + ".self_attn.q_proj.weight", 128, 128, i);
  for (const char* name : {"k_proj", "v_proj", "o_proj"}) tensor(name, 128, 128, 5);
  tensor("fc1", 256, 128, 0);
  tensor("fc2", 128, 256, 0);
  tensor("lm_head", 64, 128, 0);
  const auto run = [&](int64_t share) {
    Request request{{"int8_g128"}, "1e9", Objective::cycles, source};
    request.share = share;
    const config::AcceleratorConfig config =
        config::load_accelerator(std::string(VERNIER_SOURCE_DIR) + "/configs/accelerators/fp16_mac.yaml", {});
    const std::string text = std::string(kFour).substr(0, std::string(kFour).find(", formats")) + "}";
    return sensitivities(allocate(config, workloads::parse_workload(text, "w.yaml"), {}, request));
  };
  auto found = run(1);
  for (size_t i = 0; i < 4; ++i)
    EXPECT_DOUBLE_EQ(found["layers." + std::to_string(i) + ".q_proj"][0], 0.25 * static_cast<double>(i));
  EXPECT_DOUBLE_EQ(found["layers.3.k_proj"][0], 0.25 * 5);
  EXPECT_DOUBLE_EQ(run(2)["layers.2-3.q_proj"][0], 0.25 * (2 + 3));
  source.file = write("f.yaml", "layers: {q_proj: 2, layers.3.q_proj: 10, " + rest + "}");
  found = run(1);
  EXPECT_DOUBLE_EQ(found["layers.2.q_proj"][0], 2 * 0.25 * 2);
  EXPECT_DOUBLE_EQ(found["layers.3.q_proj"][0], 10 * 0.25 * 3);
  EXPECT_DOUBLE_EQ(run(0)["q_proj"][0], 2 * 0.25 * (1 + 2) + 10 * 0.25 * 3);
}

TEST_F(PerLayer, random_weights_differ_between_layers) {
  auto found = sensitivities(per_layer(kFour, "1e9", 1));
  EXPECT_NE(found["layers.0.q_proj"][0], found["layers.1.q_proj"][0]);
  const auto all = sensitivities(per_layer(kFour, "1e9", 0));
  double sum = 0;
  for (const char* name : {"layers.0.q_proj", "layers.1.q_proj", "layers.2.q_proj", "layers.3.q_proj"})
    sum += found[name][0];
  EXPECT_NEAR(sum / all.at("q_proj")[0], 1, 0.2);  // other rows of the same distribution
}

TEST_F(PerLayer, wrong_sensitivities_of_layers_bad) {
  const auto refused = [&](const std::string& text) {
    try {
      (void)per_layer(kFour, "1", 1, {write("s.yaml", text), {}, 1});
    } catch (const InputError& error) {
      return error.diagnostics().at(0).message + " / " + error.diagnostics().at(0).help;
    }
    return std::string("taken");
  };
  const std::string rest = "k_proj: 1, v_proj: 1, o_proj: 1, fc1: 1, fc2: 1, lm_head: 1}";
  EXPECT_EQ(refused("layers: {layers.4.q_proj: 1, q_proj: 1, " + rest),
            "layers.layers.4.q_proj: the network has no such layer / did you mean 'layers.0.q_proj'?");
  EXPECT_EQ(
      refused("layers: {something: 1, q_proj: 1, " + rest),
      "layers.something: the network has no such layer / allowed: q_proj, k_proj, v_proj, o_proj, fc1, fc2, "
      "lm_head, or one execution, layers.0.q_proj");
  EXPECT_EQ(refused("layers: {layers.0.q_proj: 1, layers.1.q_proj: 1, layers.3.q_proj: 1, " + rest),
            "layers.layers.2.q_proj is missing, and layers.q_proj, too / ");
  EXPECT_EQ(refused("layers: {layers.0.q_proj: -1, q_proj: 1, " + rest),
            "layers.layers.0.q_proj: allowed: a number from 0 / ");
}

// Two layers of six and lm_head in two formats: 8192 assignments.
TEST_F(PerLayer, every_assignment_of_a_small_model) {
  std::string two = kFour;
  two.replace(two.find("num_hidden_layers: 4"), 20, "num_hidden_layers: 2");
  for (const char* budget : {"200", "400", "600"}) {
    const AllocationReport report = per_layer(two, budget, 1);
    const std::vector<Layer>& layers = report.problem.layers;
    ASSERT_EQ(layers.size(), 13U);
    std::optional<uint64_t> least;
    for (uint32_t bits = 0; bits < 1U << 13; ++bits) {
      uint64_t cycles = 0;
      long double sensitivity = 0;
      for (size_t i = 0; i < 13; ++i) {
        const Choice& choice = layers[i].choices[bits >> i & 1U];
        cycles += choice.cycles;
        sensitivity += choice.sensitivity;
      }
      if (sensitivity <= std::stold(budget) && (!least || cycles < *least)) least = cycles;
    }
    ASSERT_TRUE(least.has_value());
    EXPECT_EQ(report.solution.best.cycles, *least) << budget;
    EXPECT_TRUE(report.solution.proved(report.problem));
    EXPECT_LE(report.solution.best.sensitivity, report.problem.budget);
  }
}

// The file that is written gives every layer its format, keeps the cache of layer 1 and runs as was said.
TEST_F(PerLayer, the_workload_says_the_formats_of_layers) {
  const std::string file = write("w.yaml", kFour);
  for (const int64_t share : {1, 2, 0}) {
    const AllocationReport report = per_layer(kFour, "700", share);
    const std::string written = file_with_formats(file, report.chosen, {});
    const workloads::Workload again = workloads::parse_workload(written, "workload.yaml");
    const workloads::Network network = workloads::build_network(again, {}, config::network_formats(bitmod()));
    std::map<std::string, std::string> formats;  // by layer
    for (const auto& [segment, op] : weight_ops(network)) {
      for (int64_t i = 0; i < segment->repeat; ++i) {
        formats[std::to_string(segment->first + i) + segment->plain(op->name)] =
            network.tensors[static_cast<size_t>(op->weight)].format;
      }
    }
    std::set<std::string> used;
    for (size_t l = 0; l < report.problem.layers.size(); ++l) {
      const Layer& layer = report.problem.layers[l];
      const std::string& format = layer.choices[report.solution.best.chosen[l]].format;
      for (int64_t i = layer.first; i < layer.first + layer.repeat; ++i)
        EXPECT_EQ(formats.at(std::to_string(i) + layer.op), format) << layer.name;
      used.insert(format);
    }
    EXPECT_EQ(used.size(), 2U);
    EXPECT_NE(written.find("kv_cache: int8_s8_g64"), std::string::npos) << written;
    const report::RunResult result = run::simulate(bitmod(), network, {}).result;
    EXPECT_EQ(result.totals.cycles, report.simulated_cycles);
    EXPECT_EQ(report.simulated_layer_weight_bytes, report.solution.best.weight_bytes);
  }
}

}  // namespace
}  // namespace vernier::allocate
