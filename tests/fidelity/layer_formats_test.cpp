// SPDX-License-Identifier: Apache-2.0
// Language models whose repeated layers have formats of their own: the same in every fidelity, and each layer
// what it is in a network where all layers have its formats.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/run/image.h"
#include "sim/run/simulate.h"
#include "tests/fidelity/compare.h"
#include "tests/fidelity/random_case.h"
#include "workloads/workload.h"
#if VERNIER_HAS_RTL
#include "sim/rtl_adaptor/rtl_pe_array.h"
#endif

namespace vernier {
namespace {

using fidelity::pick;

/// A map of formats for some of the keys, perhaps none.
std::string random_formats(std::mt19937_64& random, const machine::ArrayParams& array,
                           const std::vector<std::string>& keys) {
  std::string text;
  for (const std::string& key : keys) {
    if (pick(random, 0, 1) == 0) text += fmt::format("{}: {}, ", key, fidelity::random_format(random, array));
  }
  return text;
}

/// A language model of a few heads and layers, some of which have formats of their own.
fidelity::RandomCase random_layers(std::mt19937_64& random, const machine::ArrayParams* array) {
  fidelity::RandomCase out;
  out.machine =
      array != nullptr ? fidelity::random_machine(random, *array) : fidelity::random_machine(random);
  const machine::ArrayParams& params = out.machine.array;
  workloads::LlmFormats formats(fidelity::random_format(random, params),
                                fidelity::random_format(random, params),
                                {fidelity::random_activations(random, params), pick(random, 0, 3) > 0});
  const bool tables = formats::is_table(formats.activations.format);
  const bool llama = pick(random, 0, 1) == 0;
  const int64_t layers = pick(random, 2, 5), heads = pick(random, 1, 3);
  const int64_t head_dim = tables ? 4 : 2 * pick(random, 1, 3);
  std::vector<std::string> keys = {"q_proj", "o_proj", "attention_proj", "mlp", "kv_cache"};
  keys.emplace_back(llama ? "down_proj" : "fc1");
  std::string own;
  for (int64_t layer = 0; layer < layers; ++layer) {
    const int64_t last = std::min(layers - 1, layer + pick(random, 0, 3) / 3);
    own += fmt::format("{}: {{{}}}, ",
                       layer == last ? fmt::format("{}", layer) : fmt::format("{}-{}", layer, last),
                       random_formats(random, params, keys));
    layer = last;
  }
  const std::string text = fmt::format(
      "{{name: tiny, model_type: {}, num_hidden_layers: {}, hidden_size: {}, num_attention_heads: {}, {}: 8, "
      "vocab_size: 4, formats: {{{}layers: {{{}}}}}}}",
      llama ? "llama" : "opt", layers, heads * head_dim, heads, llama ? "intermediate_size" : "ffn_dim",
      random_formats(random, params, {"mlp", "lm_head", "q_proj"}), own);
  workloads::LlmOptions options;
  options.phase = pick(random, 0, 1) == 0 ? workloads::Phase::prefill : workloads::Phase::decode;
  options.tokens = options.context = tables ? 4 * pick(random, 1, 2) : pick(random, 1, 9);
  options.batch = pick(random, 1, 2);
  out.network = workloads::build_network(workloads::parse_workload(text, "tiny.yaml"), options, formats);
  return out;
}

size_t runs_of(const workloads::Network& network) {
  size_t runs = 0;
  for (const workloads::Segment& segment : network.segments) runs += segment.name == "layers" ? 1 : 0;
  return runs;
}

TEST(LayerFormats, random_models) {
  const uint64_t first = fidelity::environment("VERNIER_SEED", 1);
  const uint64_t cases =
      fidelity::environment("VERNIER_CASES", fidelity::environment("VERNIER_LONG", 0) != 0 ? 400 : 40);
  std::array<int, 6> hits{};
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    std::mt19937_64 random(seed);
    fidelity::RandomCase layers = random_layers(random, nullptr);
    SCOPED_TRACE(fmt::format("seed {0}; reproduce: VERNIER_SEED={0} VERNIER_CASES=1 build/release/bin/"
                             "test_fidelity --gtest_filter=LayerFormats.random_models\n",
                             seed) +
                 fidelity::describe(layers));
    const mapper::MappedProgram mapped = fidelity::map_with_growth(layers, {seed % 2 == 0});
    fidelity::check_all(mapped, layers.machine, layers.network, seed, false);
    if (HasFailure()) return;
    ++hits[runs_of(layers.network)];
  }
  if (cases < 40) return;
  for (size_t runs = 1; runs < hits.size(); ++runs) EXPECT_GT(hits[runs], 0) << runs;
}

#if VERNIER_HAS_RTL
TEST(LayerFormats, built_rtl_arrays) {
  constexpr int kLargestArray = 64;  // PEs
  size_t runs = 0;
  for (const machine::ArrayParams& array : rtl_adaptor::RtlPeArray::built()) {
    if (array.rows * array.cols > kLargestArray) continue;
    std::mt19937_64 random(1);
    fidelity::RandomCase layers = random_layers(random, &array);
    SCOPED_TRACE(fidelity::describe(layers));
    const mapper::MappedProgram mapped = fidelity::map_with_growth(layers);
    fidelity::check_all(mapped, layers.machine, layers.network, 1, true);
    if (HasFailure()) return;
    runs = std::max(runs, runs_of(layers.network));
  }
  EXPECT_GT(runs, 1U);
}
#endif

config::AcceleratorConfig layer_accelerator(const std::vector<std::string>& sets = {}) {
  return config::load_accelerator(std::string(VERNIER_SOURCE_DIR) + "/configs/accelerators/bitmod.yaml",
                                  {"decode", sets});
}

workloads::Network layer_network(int64_t layers, const std::string& formats) {
  const std::string text = fmt::format(
      "{{name: tiny, model_type: llama, num_hidden_layers: {}, hidden_size: 256, num_attention_heads: 4, "
      "num_key_value_heads: 2, intermediate_size: 384, vocab_size: 64, formats: {{{}}}}}",
      layers, formats);
  return workloads::build_network(workloads::parse_workload(text, "tiny.yaml"), {},
                                  config::network_formats(layer_accelerator()));
}

/// The segment that a repeated layer is in.
const workloads::Segment& segment_of(const workloads::Network& network, int64_t layer) {
  for (const workloads::Segment& segment : network.segments) {
    if (segment.name == "layers" && layer >= segment.first && layer < segment.first + segment.repeat)
      return segment;
  }
  throw std::runtime_error("no such layer");
}

const std::vector<std::string> kLayerFormats = {"bitmod3_g128", "bitmod4_g128", "int6_s8_g128"};

/// Four layers, whose formats are those of all layers in one of the networks above it: [layer] -> which.
struct Mixed {
  std::vector<workloads::Network> uniform;
  workloads::Network network;
  std::vector<size_t> which = {2, 0, 0, 1};
};

Mixed mixed_layers() {
  Mixed mixed;
  for (const std::string& format : kLayerFormats)
    mixed.uniform.push_back(
        layer_network(4, fmt::format("mlp: {0}, q_proj: {0}, kv_cache: int8_s8_g64", format)));
  mixed.network = layer_network(4,
                                "mlp: bitmod3_g128, q_proj: bitmod3_g128, kv_cache: int8_s8_g64, layers: "
                                "{0: {mlp: int6_s8_g128, q_proj: int6_s8_g128}, 1: {}, "
                                "3: {mlp: bitmod4_g128, q_proj: bitmod4_g128}}");
  return mixed;
}

const report::LayerRow& row_named(const report::RunResult& result, const std::string& name) {
  for (const report::LayerRow& row : result.layers) {
    if (row.name == name) return row;
  }
  throw std::runtime_error("no row " + name);
}

// Work, traffic and the roofline of a layer do not depend on its neighbours.
TEST(LayerFormats, each_layer_counts_as_in_a_network_of_its_formats) {
  const Mixed mixed = mixed_layers();
  ASSERT_EQ(runs_of(mixed.network), 3U);
  const std::pair<run::Fidelity, std::vector<std::string>> ways[] = {
      {run::Fidelity::fast, {}},
      {run::Fidelity::analytical, {}},
      {run::Fidelity::analytical, {"analytical.attention=published"}}};
  for (const auto& [fidelity, sets] : ways) {
    run::SimulateOptions options;
    options.fidelity = fidelity;
    const config::AcceleratorConfig accelerator = layer_accelerator(sets);
    std::vector<report::RunResult> uniform;
    for (const workloads::Network& network : mixed.uniform)
      uniform.push_back(run::simulate(accelerator, network, options).result);
    const report::RunResult result = run::simulate(accelerator, mixed.network, options).result;
    uint64_t weight_bytes = 0, cycles = 0;
    for (const workloads::Op& op : mixed.uniform.front().segments.front().ops) {
      if (op.kind != workloads::OpKind::gemm) continue;
      for (int64_t layer = 0; layer < 4; ++layer) {
        const workloads::Segment& segment = segment_of(mixed.network, layer);
        const report::LayerRow& found = row_named(result, segment.prefix + op.name);
        const report::LayerRow& due = row_named(uniform[mixed.which[static_cast<size_t>(layer)]], op.name);
        const auto repeat = static_cast<uint64_t>(segment.repeat);
        EXPECT_EQ(found.count, repeat);
        EXPECT_EQ(found.weight_format, due.weight_format);
        EXPECT_EQ(found.weight_bytes * 4, due.weight_bytes * repeat) << found.name;
        EXPECT_EQ(found.kv_bytes * 4, due.kv_bytes * repeat) << found.name;
        EXPECT_EQ(found.macs * 4, due.macs * repeat) << found.name;
        if (fidelity == run::Fidelity::analytical) {
          EXPECT_EQ(found.cycles * 4, due.cycles * repeat) << found.name;
        }
        weight_bytes += due.weight_bytes / 4;
        cycles += due.cycles / 4;
      }
    }
    const report::LayerRow& head = row_named(result, "lm_head");
    EXPECT_EQ(result.totals.weight_bytes, weight_bytes + head.weight_bytes);
    if (fidelity == run::Fidelity::analytical) {
      EXPECT_EQ(result.totals.cycles, cycles + head.cycles);
    }
  }
}

/// Cycles of a network of `layers` layers in the formats of `which`.
uint64_t layer_cycles(size_t which, int64_t layers) {
  const workloads::Network network =
      layer_network(layers, fmt::format("mlp: {0}, q_proj: {0}", kLayerFormats[which]));
  return run::simulate(layer_accelerator(), network, {}).result.totals.cycles;
}

// What a layer more costs is the same in a network of its own formats, but for what it overlaps at both ends.
TEST(LayerFormats, cycles_of_layers_add_up) {
  const std::vector<size_t> which = {2, 2, 0, 1, 1, 1, 0, 2};
  std::string own;
  uint64_t due = layer_cycles(2, 2);
  for (size_t layer = 0; layer < which.size(); ++layer) {
    own += fmt::format("{0}: {{mlp: {1}, q_proj: {1}}}, ", layer, kLayerFormats[which[layer]]);
    if (layer >= 2) due += (layer_cycles(which[layer], 6) - layer_cycles(which[layer], 2)) / 4;
  }
  const workloads::Network network = layer_network(8, "layers: {" + own + "}");
  EXPECT_EQ(runs_of(network), 5U);
  const auto found =
      static_cast<double>(run::simulate(layer_accelerator(), network, {}).result.totals.cycles);
  EXPECT_NEAR(found / static_cast<double>(due), 1, 0.01) << found << " " << due;
}

/// What a repeated layer's tensor of this name holds.
std::vector<uint8_t> bytes_of(const std::vector<uint8_t>& image, const mapper::MappedProgram& mapped,
                              const workloads::Network& network, int64_t layer, const std::string& name) {
  const workloads::Segment& segment = segment_of(network, layer);
  for (const mapper::Region& region : mapped.map.regions) {
    if (region.name != segment.prefix + name || region.kind == mapper::RegionKind::append) continue;
    const uint64_t at = region.address + static_cast<uint64_t>(layer - segment.first) * region.repeat_stride;
    return {image.begin() + static_cast<std::ptrdiff_t>(at),
            image.begin() + static_cast<std::ptrdiff_t>(at + region.repeat_stride)};
  }
  throw std::runtime_error("no region " + name);
}

// A layer's random numbers are those it has whatever formats it and the others have.
TEST(LayerFormats, random_weights_are_those_of_the_layer) {
  const Mixed mixed = mixed_layers();
  const machine::Machine machine = layer_accelerator().machine;
  const auto filled = [&](const workloads::Network& network) {
    mapper::MappedProgram mapped = mapper::map_network(network, machine);
    std::vector<uint8_t> image = run::random_image(mapped, network, 5);
    return std::pair(std::move(mapped), std::move(image));
  };
  const auto [mapped, image] = filled(mixed.network);
  std::set<std::vector<uint8_t>> different;
  size_t count = 0;
  for (size_t format = 0; format < kLayerFormats.size(); ++format) {
    const auto [same, due] = filled(mixed.uniform[format]);
    for (int64_t layer = 0; layer < 4; ++layer) {
      if (mixed.which[static_cast<size_t>(layer)] != format) continue;
      for (const char* name : {"input_norm.weight", "q_proj.weight", "k_proj.weight", "k_cache", "v_cache",
                               "o_proj.weight", "mlp_norm.weight", "up_proj.weight", "down_proj.weight"}) {
        const std::vector<uint8_t> bytes = bytes_of(image, mapped, mixed.network, layer, name);
        EXPECT_EQ(bytes, bytes_of(due, same, mixed.uniform[format], layer, name)) << layer << " " << name;
        different.insert(bytes);
        ++count;
      }
    }
  }
  EXPECT_EQ(different.size(), count);
}

}  // namespace
}  // namespace vernier
