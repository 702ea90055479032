// SPDX-License-Identifier: Apache-2.0
// Both attention accountings on networks without published totals in the repository, against a second
// formulation of the published formulas written from the dimension lists [N_out, K] and [tokens, N_out].
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/engine/analytical/roofline.h"
#include "workloads/workload.h"

namespace vernier {
namespace {

const std::string kTree = VERNIER_SOURCE_DIR;

// The sizes of three more networks of the paper and of the largest grouped-query one, by hand.
struct Sizes {
  std::string file;
  double layers, hidden, heads, kv_heads;
  std::vector<std::vector<double>> linears;  // [N_out, K] of one layer
  double vocab;
};

std::vector<Sizes> sizes() {
  return {
      {"phi-2",
       32,
       2560,
       32,
       32,
       {{2560, 2560}, {2560, 2560}, {2560, 2560}, {2560, 2560}, {10240, 2560}, {2560, 10240}},
       51200},
      {"yi-6b",
       32,
       4096,
       32,
       4,
       {{4096, 4096}, {512, 4096}, {512, 4096}, {4096, 4096}, {11008, 4096}, {11008, 4096}, {4096, 11008}},
       64000},
      {"llama-3-8b",
       32,
       4096,
       32,
       8,
       {{4096, 4096}, {1024, 4096}, {1024, 4096}, {4096, 4096}, {14336, 4096}, {14336, 4096}, {4096, 14336}},
       128256},
      {"llama-2-70b",
       80,
       8192,
       64,
       8,
       {{8192, 8192}, {1024, 8192}, {1024, 8192}, {8192, 8192}, {28672, 8192}, {28672, 8192}, {8192, 28672}},
       32000},
  };
}

struct Witness {
  double rows, cols, lanes, latency, attention_latency, weight_bits, kv_bits;
  double total = 0;

  static constexpr double kSpad = 524288;  // both scratchpads, bytes

  // w = [batch, N, K], i = [batch, tokens, K], o = [batch, tokens, N]; in units of doubles throughout.
  void add(double count, double batch, double n, double k, double input_k, double tokens, double bits,
           double steps) {
    const double compute =
        std::ceil(k / lanes) * std::ceil(n / rows) * std::ceil(tokens / cols) * batch * steps;
    const double w = std::ceil(k * bits / 8) * n * batch;
    const double i = std::ceil(input_k * 16 / 8) * tokens * batch;
    const double o = std::ceil(n * 16 / 8) * tokens * batch;
    double fw = 1;
    double fi = 1;
    if (w > kSpad && i > kSpad) {
      const double again_i = std::ceil(w / kSpad);
      const double again_w = std::ceil(i / kSpad);
      if (again_w * w + i < again_i * i + w) {
        fw = again_w;
      } else {
        fi = again_i;
      }
    }
    total += count * std::max(compute, std::floor(w * 8 / 256 * fw + o * 8 / 256 + i * 8 / 256 * fi));
  }

  void run(const Sizes& s, bool prefill, bool published) {
    const double ctx = 256;
    const double tokens = prefill ? ctx : 1;
    for (const auto& linear : s.linears)
      add(s.layers, 1, linear[0], linear[1], linear[1], tokens, weight_bits, latency);
    add(1, 1, s.vocab, s.hidden, s.hidden, tokens, weight_bits, latency);
    const double head_dim = s.hidden / s.heads;
    const double group = s.heads / s.kv_heads;
    if (published) {
      add(s.layers, 1, tokens, s.hidden, head_dim * s.kv_heads, s.heads * tokens, 16, latency);
      add(s.layers, 1, s.heads * tokens, ctx, head_dim * s.kv_heads, tokens, 16, latency);
    } else {
      add(s.layers, s.kv_heads, ctx, head_dim, head_dim, group * tokens, kv_bits, attention_latency);
      add(s.layers, s.kv_heads, head_dim, ctx, ctx, group * tokens, kv_bits, attention_latency);
    }
  }
};

TEST(BitmodAccounting, MoreNetworksAgainstASecondFormulation) {
  struct Case {
    std::string config;
    bool prefill;
    double rows, cols, lanes, weight_bits, latency;
  };
  const std::vector<Case> cases = {{"fp16", true, 32, 24, 1, 16, 1},
                                   {"fp16", false, 64, 12, 1, 16, 1},
                                   {"ant", true, 32, 32, 1, 5.25, 1},
                                   {"ant", false, 64, 16, 1, 5.25, 1},
                                   {"olive", true, 36, 32, 1, 4.5, 1},
                                   {"olive", false, 72, 16, 1, 3.875, 1},
                                   {"bitmod_lossless", true, 32, 32, 4, 6.0625, 3},
                                   {"bitmod_lossless", false, 64, 16, 4, 6.0625, 3},
                                   {"bitmod_lossy", true, 32, 32, 4, 4.0625, 2},
                                   {"bitmod_lossy", false, 64, 16, 4, 3.0625, 2}};
  for (const Sizes& s : sizes()) {
    const auto workload = workloads::load_workload(kTree + "/workloads/llm/" + s.file + ".yaml");
    for (const Case& c : cases) {
      for (const bool published : {true, false}) {
        SCOPED_TRACE(s.file + " " + c.config + (c.prefill ? " prefill" : " decode") +
                     (published ? " published" : ""));
        const bool bitmod = c.lanes == 4;
        Witness witness{
            c.rows, c.cols, c.lanes, c.latency, bitmod ? 4.0 : 1.0, c.weight_bits, bitmod ? 8.0 : 16.0};
        witness.run(s, c.prefill, published);
        const auto config = config::load_accelerator(
            kTree + "/configs/paper/bitmod/paper_" + c.config + ".yaml",
            {c.prefill ? "prefill" : "decode",
             {fmt::format("analytical.weight_bits={}", c.weight_bits),
              std::string("analytical.attention=") + (published ? "published" : "per_head")}});
        workloads::LlmOptions options;
        options.phase = c.prefill ? workloads::Phase::prefill : workloads::Phase::decode;
        const auto network = workloads::build_network(workload, options, {});
        const auto result = analytical::evaluate(network, analytical::design_of(config));
        EXPECT_EQ(result.cycles, static_cast<int64_t>(witness.total));
      }
    }
  }
}

// 7B, prefill: QK is 256 tokens * 256 keys * 128 * 32 heads; published accounting spends 32 times its steps.
TEST(BitmodAccounting, PublishedOvercountsQkByTheNumberOfHeads) {
  const auto workload = workloads::load_workload(kTree + "/workloads/llm/llama-2-7b.yaml");
  workloads::LlmOptions options;
  options.phase = workloads::Phase::prefill;
  const auto network = workloads::build_network(workload, options, {});
  analytical::Design design;
  design.rows = 32;
  design.cols = 32;
  design.lanes = 4;
  design.cycles_per_step = 1;
  design.weight_bits = 16;
  design.kv_bits = 16;
  design.weight_spad_bytes = design.activation_spad_bytes = 524288;
  design.dram_bits_per_cycle = 256;
  const auto qk_cycles = [&](config::AttentionAccounting accounting) {
    design.attention = accounting;
    for (const auto& row : analytical::evaluate(network, design).rows) {
      if (row.name == "qk") return row.compute_cycles;
    }
    return int64_t{0};
  };
  const int64_t correct = 256LL * 256 * 128 * 32 / (32 * 32 * 4);
  EXPECT_EQ(qk_cycles(config::AttentionAccounting::per_head), correct);
  EXPECT_EQ(qk_cycles(config::AttentionAccounting::published), 32 * correct);
}

// Element-wise work has no row and the rows of a report add up to the result.
TEST(BitmodAccounting, ReportRowsAddUp) {
  const auto workload = workloads::load_workload(kTree + "/workloads/llm/yi-6b.yaml");
  const auto network = workloads::build_network(workload, {}, {});
  const auto config =
      config::load_accelerator(kTree + "/configs/paper/bitmod/paper_bitmod_lossy.yaml", {"decode", {}});
  const auto design = analytical::design_of(config);
  const auto result = analytical::evaluate(network, design);
  uint64_t cycles = 0;
  uint64_t macs = 0;
  for (const auto& row : analytical::layer_rows(result, design)) {
    EXPECT_EQ(row.cycles, row.compute + row.load_stall) << row.name;
    cycles += row.cycles;
    macs += row.macs;
  }
  EXPECT_EQ(cycles, static_cast<uint64_t>(result.cycles));
  EXPECT_EQ(macs, static_cast<uint64_t>(network.macs()));
}

TEST(BitmodAccounting, GemmList) {
  const auto workload = workloads::load_workload(kTree + "/workloads/gemm/gemm-2x2x4.yaml");
  const auto network = workloads::build_network(workload, {}, {});
  analytical::Design design{2, 2, 1, 1, 16, 16, 16, 1024, 1024, 64, config::AttentionAccounting::per_head};
  const auto result = analytical::evaluate(network, design);
  ASSERT_EQ(result.rows.size(), 1U);
  EXPECT_EQ(result.rows[0].compute_cycles, 4);  // four steps of one lane
  EXPECT_EQ(result.rows[0].dram_cycles, 5);     // (2*4 + 2*4 + 2*2) values of 2 bytes = 320 bit
  EXPECT_EQ(result.cycles, 5);
}

// Rows of bytes are whole: 3 weights of 4.5 bits are 13.5 bits, two bytes; tiles and refetches likewise.
TEST(BitmodAccounting, RoundsUpAtEveryEdge) {
  const auto workload = workloads::parse_workload("gemms: [{name: a, m: 5, n: 7, k: 3}]", "w.yaml");
  const auto network = workloads::build_network(workload, {}, {});
  analytical::Design design{2, 2, 2, 0, 4.5, 16, 16, 13, 29, 64, config::AttentionAccounting::per_head};
  const auto row = analytical::evaluate(network, design).rows.at(0);
  EXPECT_EQ(row.weight_bytes, 2 * 7);
  EXPECT_EQ(row.input_bytes, 6 * 5);
  EXPECT_EQ(row.output_bytes, 14 * 5);
  EXPECT_EQ(row.step_cycles, 2);                 // ceil(floor(4.5) / 2)
  EXPECT_EQ(row.compute_cycles, 2 * 4 * 3 * 2);  // ceil(3/2) * ceil(7/2) * ceil(5/2) steps
  EXPECT_EQ(row.weight_fetches, 2);              // 2*14 + 30 < 2*30 + 14
  EXPECT_EQ(row.input_fetches, 1);
  EXPECT_EQ(row.dram_cycles, 16);  // floor((28 + 30 + 70) * 8 / 64)
  design.weight_spad_bytes = 14;   // fits exactly: no refetch
  EXPECT_EQ(analytical::evaluate(network, design).rows.at(0).weight_fetches, 1);
}

// Equal cost: the inputs are read again.
TEST(BitmodAccounting, RefetchTieGoesToTheInputs) {
  const auto workload = workloads::parse_workload("gemms: [{name: a, m: 4, n: 4, k: 4}]", "w.yaml");
  const auto network = workloads::build_network(workload, {}, {});
  const analytical::Design design{1, 1, 1, 1, 16, 16, 16, 16, 16, 64, config::AttentionAccounting::per_head};
  const auto row = analytical::evaluate(network, design).rows.at(0);
  EXPECT_EQ(row.weight_fetches, 1);
  EXPECT_EQ(row.input_fetches, 2);
}

// Every PE type says how many cycles a step takes: tests/pe/timing has them, counted by hand.
TEST(BitmodAccounting, EveryPeKnowsItsCyclesPerStep) {
  const struct {
    const char* config;
    int64_t linear;
    int64_t cache;
  } cases[] = {{"ant", 1, 2},      {"bitmod", 2, 4}, {"fp16_mac", 1, 1},
               {"int8_mac", 1, 1}, {"lut", 4, 8},    {"mixpe_a16", 1, 2},
               {"mixpe_a8", 1, 2}, {"olive", 1, 2},  {"int8_dequant_first", 1, 1}};
  const auto workload = workloads::load_workload(kTree + "/workloads/llm/opt-1.3b.yaml");
  for (const auto& c : cases) {
    SCOPED_TRACE(c.config);
    const auto config =
        config::load_accelerator(kTree + "/configs/accelerators/" + c.config + ".yaml", {"decode", {}});
    const auto network = workloads::build_network(workload, {}, config::network_formats(config));
    for (const auto& row : analytical::evaluate(network, analytical::design_of(config)).rows) {
      EXPECT_EQ(row.step_cycles, row.attention ? c.cache : c.linear) << row.name << " " << row.weight_format;
    }
  }
}

TEST(BitmodAccounting, PublishedAttentionTakesTheStepsOfTheLinearLayers) {
  const auto workload = workloads::load_workload(kTree + "/workloads/llm/opt-1.3b.yaml");
  const auto config = config::load_accelerator(kTree + "/configs/accelerators/ant.yaml",
                                               {"decode", {"analytical.attention=published"}});
  const auto network = workloads::build_network(workload, {}, config::network_formats(config));
  for (const auto& row : analytical::evaluate(network, analytical::design_of(config)).rows) {
    EXPECT_EQ(row.step_cycles, 1) << row.name;
  }
}

TEST(BitmodAccounting, FormatsThatThePeDoesNotTake_bad) {
  const auto workload = workloads::load_workload(kTree + "/workloads/llm/opt-1.3b.yaml");
  const auto config = config::load_accelerator(kTree + "/configs/accelerators/ant.yaml", {"decode", {}});
  try {
    (void)analytical::evaluate(workloads::build_network(workload, {}, {}), analytical::design_of(config));
    ADD_FAILURE() << "fp16 weights were accepted";
  } catch (const InputError& error) {
    EXPECT_EQ(error.diagnostics().front().code, "ANA001");
    EXPECT_NE(error.diagnostics().front().message.find("'ant' does not take weights in fp16"),
              std::string::npos);
  }
}

TEST(BitmodAccounting, UnknownPeNeedsCyclesPerStep) {
  config::AcceleratorConfig config;
  config.machine.array.pe = config::kDeclaredPe;
  EXPECT_THROW((void)analytical::design_of(config), InputError);
  config.analytical.cycles_per_step = 2;
  EXPECT_EQ(analytical::design_of(config).cycles_per_step, 2);
}

}  // namespace
}  // namespace vernier
