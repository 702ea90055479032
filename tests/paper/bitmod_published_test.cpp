// SPDX-License-Identifier: Apache-2.0
// The analytical fidelity against the published numbers of BitMoD (tests/paper/bitmod_published.yaml),
// exactly.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <string>

#include "sim/config/load.h"
#include "sim/engine/analytical/roofline.h"
#include "sim/run/simulate.h"
#include "workloads/workload.h"

namespace vernier {
namespace {

const std::string kSource = VERNIER_SOURCE_DIR;

const YAML::Node& published() {
  static const YAML::Node node = YAML::LoadFile(kSource + "/tests/paper/bitmod_published.yaml");
  return node;
}

// Workload files by the names of the table.
const std::map<std::string, std::string>& networks() {
  static const std::map<std::string, std::string> map = {{"facebook/opt-1.3b", "opt-1.3b"},
                                                         {"meta-llama/Llama-2-7b-hf", "llama-2-7b"},
                                                         {"meta-llama/Llama-2-13b-hf", "llama-2-13b"}};
  return map;
}

workloads::Network network(const std::string& name, const std::string& phase, int64_t batch = 1) {
  workloads::LlmOptions options;  // 256 tokens, 256 of context: as published
  options.phase = phase == "discriminative" ? workloads::Phase::prefill : workloads::Phase::decode;
  options.batch = batch;
  const auto workload = workloads::load_workload(kSource + "/workloads/llm/" + name + ".yaml");
  return workloads::build_network(workload, options, {});
}

config::AcceleratorConfig accelerator(const std::string& design, const std::string& phase,
                                      std::vector<std::string> sets) {
  return config::load_accelerator(kSource + "/configs/paper/bitmod/paper_" + design + ".yaml",
                                  {phase == "discriminative" ? "prefill" : "decode", std::move(sets)});
}

analytical::Result evaluated(const std::string& design, const std::string& model, const std::string& phase) {
  // Weight bits differ between networks: they are in the table of each run.
  const YAML::Node bits = published()["breakdown_per_network"][phase][design][model]["w_prec"];
  const auto config = accelerator(design, phase, {"analytical.weight_bits=" + bits.as<std::string>()});
  return analytical::evaluate(network(networks().at(model), phase), analytical::design_of(config));
}

report::RunResult simulated(const std::string& design, const std::string& model, const std::string& phase) {
  const YAML::Node bits = published()["breakdown_per_network"][phase][design][model]["w_prec"];
  run::SimulateOptions options;
  options.fidelity = run::Fidelity::analytical;
  return run::simulate(accelerator(design, phase, {"analytical.weight_bits=" + bits.as<std::string>()}),
                       network(networks().at(model), phase), options)
      .result;
}

TEST(BitmodPublished, EveryCycleTotal) {
  int checked = 0;
  for (const auto& phase : published()["published"]["cycles"]) {
    for (const auto& design : phase.second) {
      for (const auto& total : design.second) {
        const auto model = total.first.as<std::string>();
        SCOPED_TRACE(phase.first.as<std::string>() + " " + design.first.as<std::string>() + " " + model);
        const auto result = evaluated(design.first.as<std::string>(), model, phase.first.as<std::string>());
        EXPECT_EQ(result.cycles, total.second.as<int64_t>());
        // The same through everything that `vernier run --fidelity analytical` does, invariants included.
        const report::RunResult report =
            simulated(design.first.as<std::string>(), model, phase.first.as<std::string>());
        EXPECT_EQ(report.totals.cycles, total.second.as<uint64_t>());
        const YAML::Node detail = published()["breakdown_per_network"][phase.first.as<std::string>()]
                                             [design.first.as<std::string>()][model];
        EXPECT_EQ(result.cycles, detail["total_cycles"].as<int64_t>());
        EXPECT_EQ(result.compute_cycles, detail["total_compute_cycles"].as<int64_t>());
        // DRAM energy is published as 18.75 pJ per bit: an independent count of the bytes moved.
        int64_t bytes = 0;
        for (const auto& row : result.rows) {
          bytes += row.count * (row.weight_bytes * row.weight_fetches + row.input_bytes * row.input_fetches +
                                row.output_bytes);
        }
        EXPECT_NEAR(static_cast<double>(bytes) * 8 * 18.75e-6, detail["energy_uJ"]["dram"].as<double>(),
                    1e-3);
        ++checked;
      }
    }
  }
  EXPECT_EQ(checked, 30);
}

// The weight bits in the configurations are the published ones; only OPT differs in one place.
TEST(BitmodPublished, ConfigurationsCarryTheWeightBits) {
  for (const auto& phase : published()["breakdown_per_network"]) {
    for (const auto& design : phase.second) {
      const auto config = accelerator(design.first.as<std::string>(), phase.first.as<std::string>(), {});
      SCOPED_TRACE(phase.first.as<std::string>() + " " + design.first.as<std::string>());
      EXPECT_EQ(config.analytical.weight_bits,
                design.second["meta-llama/Llama-2-7b-hf"]["w_prec"].as<double>());
      const YAML::Node table = published()["accelerators"][design.first.as<std::string>()];
      const YAML::Node array = table["array_hxw"][phase.first.as<std::string>()];
      EXPECT_EQ(config.machine.array.rows, array[0].as<int>());
      EXPECT_EQ(config.machine.array.cols, array[1].as<int>());
      EXPECT_EQ(config.machine.array.lanes, table["dp_size"].as<int>());
      EXPECT_EQ(config.analytical.attention, config::AttentionAccounting::published);
    }
  }
}

// Names of the artifact are paths of modules; ours are the last part, o_proj for OPT's out_proj.
std::string short_name(const std::string& path) {
  static const std::map<std::string, std::string> renamed = {
      {"out_proj", "o_proj"}, {"attn_qk", "qk"}, {"attn_v", "av"}};
  const std::string last = path.substr(path.rfind('.') + 1);
  const auto found = renamed.find(last);
  return found == renamed.end() ? last : found->second;
}

TEST(BitmodPublished, EveryOperatorExample) {
  int checked = 0;
  for (const auto& phase : published()["per_operator_examples"]) {
    for (const auto& design : phase.second) {
      for (const auto& model : design.second) {
        const auto result = evaluated(design.first.as<std::string>(), model.first.as<std::string>(),
                                      phase.first.as<std::string>());
        EXPECT_EQ(result.rows.size(), model.second.size());
        for (const auto& example : model.second) {
          const std::string name = short_name(example.first.as<std::string>());
          SCOPED_TRACE(phase.first.as<std::string>() + " " + model.first.as<std::string>() + " " + name);
          const YAML::Node& want = example.second;
          bool found = false;
          for (const auto& row : result.rows) {
            if (row.name != name) continue;
            found = true;
            EXPECT_EQ(row.count, want["count"].as<int64_t>());
            EXPECT_EQ(row.compute_cycles, want["compute_cycles"].as<int64_t>());
            EXPECT_EQ(row.dram_cycles, want["dram_cycles"].as<int64_t>());
            EXPECT_EQ(row.weight_fetches, want["fetch_w_i"][0].as<int64_t>());
            EXPECT_EQ(row.input_fetches, want["fetch_w_i"][1].as<int64_t>());
            EXPECT_EQ(row.weight_bytes, want["w_bytes"].as<int64_t>());
            EXPECT_EQ(row.input_bytes, want["i_bytes"].as<int64_t>());
            EXPECT_EQ(row.output_bytes, want["o_bytes"].as<int64_t>());
            ++checked;
          }
          EXPECT_TRUE(found);
        }
      }
    }
  }
  EXPECT_EQ(checked, 38);
}

TEST(BitmodPublished, NetworksHaveThePublishedSizes) {
  for (const auto& model : published()["models"]) {
    const auto& name = networks().at(model.first.as<std::string>());
    const auto workload = workloads::load_workload(kSource + "/workloads/llm/" + name + ".yaml");
    const auto& llm = std::get<workloads::LlmModel>(workload.content);
    EXPECT_EQ(llm.linear_weights(), model.second["linear_weights"].as<int64_t>()) << name;
    EXPECT_EQ(llm.linear_count(), model.second["num_linear"].as<int64_t>()) << name;
  }
}

TEST(BitmodPublished, OneSequenceOnly) {
  const auto design = analytical::design_of(accelerator("fp16", "generative", {}));
  EXPECT_THROW((void)analytical::evaluate(network("opt-1.3b", "generative", 2), design), InputError);
}

}  // namespace
}  // namespace vernier
