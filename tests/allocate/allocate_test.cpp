// SPDX-License-Identifier: Apache-2.0
// Allocation end to end: costs against runs of their own, sensitivities counted by hand, files that are read.
#include "sim/allocate/allocate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "sim/allocate/layers.h"
#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/run/simulate.h"
#include "tests/quantize/tensor_bytes.h"

namespace vernier::allocate {
namespace {

const char* const kGemms =
    "{name: two, gemms: [{name: a, m: 4, n: 64, k: 256, repeat: 3}, {name: b, m: 9, n: 32, k: 512}]}";
const char* const kModel =
    "{name: tiny, model_type: llama, num_hidden_layers: 2, hidden_size: 256, num_attention_heads: 4, "
    "num_key_value_heads: 2, intermediate_size: 512, vocab_size: 320, formats: {mlp: int8_s8_g128}}";
const std::vector<std::string> kFormats = {"bitmod3_g128", "bitmod4_g128", "int8_s8_g128"};

config::AcceleratorConfig accelerator(const std::string& name = "bitmod") {
  const std::string folder = std::string(VERNIER_SOURCE_DIR) + "/configs/accelerators/";
  return config::load_accelerator(folder + name + ".yaml", {});
}

report::RunResult run_of(const workloads::Workload& workload, const std::string& on = "bitmod") {
  const config::AcceleratorConfig config = accelerator(on);
  const workloads::Network network = workloads::build_network(workload, {}, config::network_formats(config));
  return run::simulate(config, network, {}).result;
}

uint64_t cycles_of(const workloads::Workload& workload) { return run_of(workload).totals.cycles; }

AllocationReport allocated(const std::string& workload, const std::string& budget,
                           const SensitivitySource& source = {}, Objective objective = Objective::cycles) {
  return allocate(accelerator(), workloads::parse_workload(workload, "w.yaml"), {},
                  {kFormats, budget, objective, source});
}

class Files : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("allocate_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  [[nodiscard]] InputError refused(const std::string& sensitivities) const {
    try {
      (void)allocated(kGemms, "1", {write("s.yaml", sensitivities), {}, 1});
    } catch (const InputError& error) {
      return error;
    }
    ADD_FAILURE() << sensitivities << " was taken";
    return {"", ""};
  }
  std::filesystem::path folder_;
};

// What `vernier run` says of a list with this one GEMM, times its executions.
TEST(Allocate, costs_are_those_of_runs_of_the_layer_alone) {
  const AllocationReport report = allocated(kGemms, "int8_s8_g128");
  ASSERT_EQ(report.problem.layers.size(), 2U);
  EXPECT_EQ(report.problem.layers[0].repeat, 3);
  for (size_t f = 0; f < kFormats.size(); ++f) {
    const std::string format = ", weight_format: " + kFormats[f] + "}]}";
    const auto alone = [&](const std::string& gemm) {
      return cycles_of(workloads::parse_workload("{gemms: [" + gemm + format, "w.yaml"));
    };
    EXPECT_EQ(report.problem.layers[0].choices[f].cycles, 3 * alone("{name: a, m: 4, n: 64, k: 256"));
    EXPECT_EQ(report.problem.layers[1].choices[f].cycles, alone("{name: b, m: 9, n: 32, k: 512"));
  }
}

// In nJ what the items of such a run sum to in fJ; rounded once, after the executions.
TEST(Allocate, energies_are_those_of_runs_of_the_layer_alone) {
  const AllocationReport report = allocated(kGemms, "int8_s8_g128", {}, Objective::energy);
  for (size_t f = 0; f < kFormats.size(); ++f) {
    const report::RunResult alone = run_of(workloads::parse_workload(
        "{gemms: [{name: a, m: 4, n: 64, k: 256, weight_format: " + kFormats[f] + "}]}", "w.yaml"));
    uint64_t fj = 0;
    for (const report::ItemEnergy& item : alone.totals.energy) fj += 3 * item.fj;
    EXPECT_GT(fj, 1000000U);
    const auto nj = static_cast<double>(*report.problem.layers[0].choices[f].energy_nj);
    EXPECT_NEAR(nj, static_cast<double>(fj) * 1e-6, 0.5);
  }
  EXPECT_EQ(report.solution.best.energy_nj.value(), *report.uniform[2].energy_nj);
}

// Where a component has no number there is no energy to minimise; cycles there are.
TEST(Allocate, energy_without_number_bad) {
  const config::AcceleratorConfig without =
      config::load_accelerator(std::string(VERNIER_SOURCE_DIR) + "/configs/accelerators/bitmod.yaml",
                               {"decode", {"dram.kind=LPDDR5-6400"}});
  const auto workload = workloads::parse_workload(kGemms, "w.yaml");
  EXPECT_NO_THROW((void)allocate(without, workload, {}, {kFormats, "1e9", Objective::cycles, {}}));
  try {
    (void)allocate(without, workload, {}, {kFormats, "1e9", Objective::energy, {}});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().at(0).code, "ALC007");
  }
}

// A budget that every format keeps leaves the fastest choice, one that only int8 keeps leaves int8.
TEST(Allocate, budgets_at_both_ends) {
  const AllocationReport loose = allocated(kGemms, "1e9");
  const AllocationReport tight = allocated(kGemms, "int8_s8_g128");
  for (size_t i = 0; i < 2; ++i) {
    const std::vector<Choice>& choices = loose.problem.layers[i].choices;
    const uint64_t least = std::min({choices[0].cycles, choices[1].cycles, choices[2].cycles});
    EXPECT_EQ(choices[loose.solution.best.chosen[i]].cycles, least);
    EXPECT_EQ(kFormats[tight.solution.best.chosen[i]], "int8_s8_g128");
  }
  EXPECT_EQ(tight.problem.budget, tight.uniform[2].sensitivity);
  EXPECT_EQ(tight.budget_format, "int8_s8_g128");
}

// Weight bytes do not depend on what runs beside a layer: predicted and simulated are equal.
TEST(Allocate, weight_bytes_are_those_of_the_whole_run) {
  for (const char* const workload : {kGemms, kModel}) {
    const AllocationReport report = allocated(workload, "bitmod4_g128", {}, Objective::weight_bytes);
    EXPECT_EQ(report.simulated_layer_weight_bytes, report.solution.best.weight_bytes);
    EXPECT_GE(report.simulated_cycles, report.simulated_layer_cycles);
  }
}

TEST_F(Files, the_workload_runs_with_the_chosen_formats) {
  for (const char* const text : {kGemms, kModel}) {
    const std::string file = write("w.yaml", text);
    const workloads::Workload workload = workloads::load_workload(file);
    const AllocationReport report =
        allocate(accelerator(), workload, {}, {kFormats, "bitmod4_g128", Objective::cycles, {}});
    const std::string written = file_with_formats(file, report.chosen, {});
    const workloads::Workload again = workloads::parse_workload(written, "workload.yaml");
    EXPECT_EQ(again.name(), workload.name());
    EXPECT_EQ(cycles_of(again), report.simulated_cycles);
    const workloads::Network network =
        workloads::build_network(again, {}, config::network_formats(accelerator()));
    for (size_t i = 0; i < report.problem.layers.size(); ++i) {
      const Layer& layer = report.problem.layers[i];
      for (const workloads::Tensor& tensor : network.tensors) {
        if (tensor.name != layer.name + ".weight") continue;
        EXPECT_EQ(tensor.format, layer.choices[report.solution.best.chosen[i]].format) << layer.name;
      }
    }
  }
}

// A config.json keeps what has a meaning; a name of another family is refused.
TEST_F(Files, config_json_becomes_a_workload_file) {
  const std::string file = write(
      "config.json",
      "{\"model_type\": \"llama\", \"num_hidden_layers\": 3, \"hidden_size\": 256, \"surprise\": {\"x\": 1},"
      "\"num_attention_heads\": 4, \"intermediate_size\": 512, \"vocab_size\": 320, \"torch_dtype\": \"x\"}");
  const workloads::Overrides overrides = {{"num_hidden_layers", "1"}};
  const workloads::Workload workload = workloads::load_workload(file, overrides);
  const AllocationReport report =
      allocate(accelerator(), workload, {}, {kFormats, "bitmod3_g128", Objective::cycles, {}});
  const std::string written = file_with_formats(file, report.chosen, overrides);
  EXPECT_EQ(written.find("surprise"), std::string::npos);
  EXPECT_EQ(cycles_of(workloads::parse_workload(written, "w.yaml")), report.simulated_cycles);
  try {
    (void)workloads::parse_workload(
        "{" + std::string(kModel).substr(1, std::string(kModel).size() - 19) + "fc1: int8_s8_g128}}",
        "w.yaml");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().at(0).code, "WKL002");
  }
}

// Groups of 128 in int8: scale = largest / 127. With a largest of 127 integers are exact; one element of 0.5
// in between is rounded by 0.5, so a matrix with five of them loses 5 * 0.25 a time, three times.
TEST_F(Files, real_weights_lose_what_was_counted_by_hand) {
  const std::string list = "{name: one, gemms: [{name: a, m: 1, n: 2, k: 128, repeat: 3}]}";
  std::vector<float> values(256, 3.0F);
  values[0] = values[128] = 127.0F;
  for (const size_t at : {1U, 2U, 5U, 130U, 255U}) values[at] = 4.5F;
  const std::string file =
      write("a.npy", workloads::npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 128), }",
                                    workloads::fp32_bytes(values)));
  const auto error_of = [&](const SensitivitySource& source) {
    return allocate(accelerator("fp16_mac"), workloads::parse_workload(list, "w.yaml"), {},
                    {{"int8_g128"}, "int8_g128", Objective::cycles, source});
  };
  const AllocationReport report = error_of({"", {file}, 1});
  EXPECT_DOUBLE_EQ(report.solution.best.sensitivity, 3 * 5 * 0.25);
  const std::string factors = write("f.yaml", "layers: {a: 8}");
  const AllocationReport scaled = error_of({factors, {file}, 1});
  EXPECT_DOUBLE_EQ(scaled.solution.best.sensitivity, 8 * 3 * 5 * 0.25);
  EXPECT_NE(scaled.sensitivity_note.find("times the factors"), std::string::npos);
  try {
    (void)allocated("{gemms: [{name: a, m: 1, n: 4, k: 64}]}", "1", {"", {file}, 1});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().at(0).code, "ALC004");
  }
  try {
    (void)allocated("{gemms: [{name: c, m: 1, n: 2, k: 128}]}", "1", {"", {file}, 1});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().at(0).message, "--weights: no tensor is named like layer 'c'");
  }
}

TEST_F(Files, given_sensitivities_decide) {
  const std::string file = write("s.yaml",
                                 "layers:\n"
                                 "  a: {bitmod3_g128: 4, bitmod4_g128: 2, int8_s8_g128: 1}\n"
                                 "  b: {bitmod3_g128: 0.5, bitmod4_g128: 0.25, int8_s8_g128: 0}\n");
  const AllocationReport report = allocated(kGemms, "1.5", {file, {}, 1}, Objective::weight_bytes);
  // int8 is 1 for a, which leaves 0.5 for b: the smallest format.
  EXPECT_EQ(report.solution.best.chosen, (std::vector<size_t>{2, 0}));
  EXPECT_EQ(report.solution.best.sensitivity, 1.5);
  EXPECT_EQ(report.sensitivity_note, "sensitivity: as given.");
}

TEST_F(Files, wrong_sensitivities_bad) {
  EXPECT_EQ(refused("layers: {a: 1}").diagnostics().at(0).message, "layers.b is missing");
  EXPECT_EQ(refused("layers: {a: 1, b: -1}").diagnostics().at(0).message,
            "layers.b: allowed: a number from 0");
  EXPECT_EQ(refused("layers: {a: 1, bb: 1}").diagnostics().at(0).message,
            "layers.bb: the network has no such layer");
  EXPECT_EQ(refused("layers: {a: 1, b: {int8_s8_g128: 1}}").diagnostics().at(0).message,
            "layers.b: nothing for bitmod3_g128");
  EXPECT_EQ(refused("[1]").diagnostics().at(0).code, "ALC003");
  EXPECT_EQ(refused("{").diagnostics().at(0).code, "ALC003");
  EXPECT_EQ(refused("layers: {a: .inf, b: 1}").diagnostics().at(0).code, "ALC003");
}

TEST(Allocate, wrong_requests_bad) {
  const auto code = [](const std::vector<std::string>& formats, const std::string& budget) -> std::string {
    try {
      (void)allocate(accelerator(), workloads::parse_workload(kGemms, "w.yaml"), {},
                     {formats, budget, Objective::cycles, {}});
    } catch (const InputError& error) {
      return error.diagnostics().at(0).code;
    }
    return "";
  };
  EXPECT_EQ(code(kFormats, "some"), "ALC005");
  EXPECT_EQ(code(kFormats, "-1"), "ALC005");
  EXPECT_EQ(code(kFormats, "nan"), "ALC005");
  EXPECT_EQ(code({"olive4_g128"}, "1"), "ALC002");
  EXPECT_EQ(code(kFormats, "1e-9"), "ALC001");
}

}  // namespace
}  // namespace vernier::allocate
