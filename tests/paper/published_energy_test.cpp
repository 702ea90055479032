// SPDX-License-Identifier: Apache-2.0
// The energies that BitMoD publishes (tests/paper/bitmod_published.yaml), from the operators of the
// analytical fidelity and the published energies of PEs, SRAM accesses and DRAM bits. docs/papers.md has the
// table.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <cmath>
#include <string>

#include "sim/config/load.h"
#include "sim/engine/analytical/roofline.h"
#include "workloads/workload.h"

namespace vernier {
namespace {

const std::string kRoot = VERNIER_SOURCE_DIR;

std::string workload_file(const std::string& model) {
  const std::string name = model == "facebook/opt-1.3b"          ? "opt-1.3b"
                           : model == "meta-llama/Llama-2-7b-hf" ? "llama-2-7b"
                                                                 : "llama-2-13b";
  return kRoot + "/workloads/llm/" + name + ".yaml";
}

/// In uJ, by the published formulas.
struct Energies {
  double pe = 0, read = 0, write = 0, dram = 0;
};

struct Case {
  std::string phase, design, model;
  YAML::Node table;  ///< of the whole file
};

double words(int64_t elements, double bits) { return std::ceil(static_cast<double>(elements) * bits / 64); }

Energies energies(const Case& c) {
  const YAML::Node breakdown = c.table["breakdown_per_network"][c.phase][c.design][c.model];
  const YAML::Node design = c.table["accelerators"][c.design];
  const double bits = breakdown["w_prec"].as<double>();
  workloads::LlmOptions options;
  options.phase = c.phase == "discriminative" ? workloads::Phase::prefill : workloads::Phase::decode;
  const auto network =
      workloads::build_network(workloads::load_workload(workload_file(c.model)), options, {});
  const auto accelerator =
      config::load_accelerator(kRoot + "/configs/paper/bitmod/paper_" + c.design + ".yaml",
                               {c.phase == "discriminative" ? "prefill" : "decode",
                                {"analytical.weight_bits=" + breakdown["w_prec"].as<std::string>()}});
  const analytical::Result result = analytical::evaluate(network, analytical::design_of(accelerator));

  // Ports of the two scratchpads: what a step takes, of a bit-serial PE in two cycles.
  const YAML::Node array = design["array_hxw"][c.phase];
  const int serial = design["bit_serial"].as<bool>() ? 2 : 1;
  const int lanes = design["dp_size"].as<int>();
  const auto sram = [&](int width) {
    return c.table["sram_28nm"]["rw_bw_" + std::to_string(width) + "_bits_8banks_512KiB"];
  };
  const int weight_width = lanes * 4 * static_cast<int>(std::ceil(bits / 4)) * array[0].as<int>() / serial;
  const int input_width = lanes * 16 * array[1].as<int>() / serial;
  const YAML::Node weight_sram = sram(weight_width);
  const YAML::Node input_sram = sram(input_width);
  EXPECT_TRUE(weight_sram) << weight_width;
  EXPECT_TRUE(input_sram) << input_width;
  const double read_pj =
      weight_sram["r_cost_pJ_all_banks"].as<double>() + input_sram["r_cost_pJ_all_banks"].as<double>();
  const double weight_word_pj = weight_sram["w_cost_pJ_all_banks"].as<double>() * 64 / weight_width;
  const double input_word_pj = input_sram["w_cost_pJ_all_banks"].as<double>() * 64 / input_width;

  Energies total;
  for (const analytical::Row& row : result.rows) {
    const auto count = static_cast<double>(row.count);
    const auto tokens = static_cast<double>(row.tokens);
    total.pe += count * static_cast<double>(row.compute_cycles);
    total.read += count * static_cast<double>(row.compute_cycles / row.step_cycles) * read_pj * 1e-6;
    total.write += count * 1e-6 *
                   (words(row.k, bits) * static_cast<double>(row.n * row.weight_fetches) * weight_word_pj +
                    words(row.input_k, 16) * tokens * static_cast<double>(row.input_fetches) * input_word_pj +
                    words(row.n, 16) * tokens * input_word_pj);
    const int64_t bytes =
        row.weight_bytes * row.weight_fetches + row.input_bytes * row.input_fetches + row.output_bytes;
    total.dram += count * static_cast<double>(bytes) * 8 * 18.75e-6;
  }
  const double pes = array[0].as<double>() * array[1].as<double>();
  total.pe *= design["pe_energy_pJ_per_cycle"].as<double>() * 1.5 * pes * 1e-6;
  return total;
}

TEST(BitmodPublished, EveryEnergyTotal) {
  const YAML::Node table = YAML::LoadFile(kRoot + "/tests/paper/bitmod_published.yaml");
  int checked = 0;
  for (const auto& phase : table["breakdown_per_network"]) {
    for (const auto& design : phase.second) {
      for (const auto& model : design.second) {
        const Case c = {phase.first.as<std::string>(), design.first.as<std::string>(),
                        model.first.as<std::string>(), table};
        SCOPED_TRACE(c.phase + " " + c.design + " " + c.model);
        const Energies energy = energies(c);
        const YAML::Node published = model.second["energy_uJ"];
        // The parts, to the digits of their floating-point sums.
        EXPECT_NEAR(energy.pe / published["pe"].as<double>(), 1, 1e-12);
        EXPECT_NEAR(energy.dram / published["dram"].as<double>(), 1, 1e-12);
        EXPECT_NEAR(energy.read, published["sram_rd"].as<double>(), 0.5);
        EXPECT_NEAR(energy.write, published["sram_wr"].as<double>(), 0.5);
        const YAML::Node totals = table["published"]["energy_uJ_onchip_total"][c.phase][c.design][c.model];
        const double on_chip = energy.pe + energy.read + energy.write;
        EXPECT_NEAR(on_chip, totals[0].as<double>(), 1);
        EXPECT_NEAR(on_chip + energy.dram, totals[1].as<double>(), 1);
        ++checked;
      }
    }
  }
  EXPECT_EQ(checked, 30);
}

}  // namespace
}  // namespace vernier
