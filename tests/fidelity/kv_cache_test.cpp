// SPDX-License-Identifier: Apache-2.0
// Caches whose scales vary along the dot product (docs/kv-cache.md): the same in every fidelity, exact
// attention on the dequantized cache, and bytes counted by hand.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "models/formats/ieee.h"
#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/engine/functional/functional_engine.h"
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
using workloads::CacheAxis;
using workloads::CacheFormat;

bool can_scale(formats::ActivationFormat format) {
  return format == formats::ActivationFormat::fp16 || formats::is_table(format);
}

/// A random format on the axis that the array cannot multiply along, if it has such formats.
CacheFormat random_cache(std::mt19937_64& random, const machine::ArrayParams& array, CacheAxis axis,
                         CacheAxis usual) {
  CacheFormat cache{fidelity::random_format(random, array), usual};
  for (int attempt = 0; attempt < 20; ++attempt) {
    if (formats::split_scales(formats::group_format(cache.format))) return {cache.format, axis};
    cache.format = fidelity::random_format(random, array);
  }
  return cache;
}

int64_t group_of(const CacheFormat& cache, CacheAxis split) {
  return cache.axis == split ? formats::group_format(cache.format).group_size : 1;
}

/// A decode step of a language model with a few heads on a random machine.
fidelity::RandomCase random_decode(std::mt19937_64& random, const machine::ArrayParams* array) {
  fidelity::RandomCase out;
  out.machine =
      array != nullptr ? fidelity::random_machine(random, *array) : fidelity::random_machine(random);
  workloads::LlmFormats formats;
  formats.weight = fidelity::random_format(random, out.machine.array);
  formats.activations.format = fidelity::random_activations(random, out.machine.array);
  const bool scales = can_scale(formats.activations.format);
  const bool keys = scales && pick(random, 0, 3) > 0;
  const bool values = scales && pick(random, 0, 3) > 0;
  formats.key =
      random_cache(random, out.machine.array, keys ? CacheAxis::channel : CacheAxis::token, CacheAxis::token);
  formats.value = random_cache(random, out.machine.array, values ? CacheAxis::token : CacheAxis::channel,
                               CacheAxis::channel);
  const int64_t unit = formats::is_table(formats.activations.format) ? 4 : 2;
  const int64_t kv_heads = pick(random, 1, 2);
  const int64_t heads = kv_heads * pick(random, 1, 3);
  int64_t head_dim = group_of(formats.value, CacheAxis::token) * pick(random, 1, 2);
  while (head_dim % unit != 0) head_dim *= 2;
  int64_t context = group_of(formats.key, CacheAxis::channel) * pick(random, 1, 3);
  while (context % unit != 0) context *= 2;
  const std::string text = fmt::format(
      "{{name: tiny, model_type: llama, num_hidden_layers: {}, hidden_size: {}, num_attention_heads: {}, "
      "num_key_value_heads: {}, head_dim: {}, intermediate_size: 8, vocab_size: 4}}",
      pick(random, 1, 2), heads * head_dim, heads, kv_heads, head_dim);
  workloads::LlmOptions options;
  options.context = context;
  options.batch = pick(random, 1, 2);
  out.network = workloads::build_network(workloads::parse_workload(text, "tiny.yaml"), options, formats);
  return out;
}

int count_parts(const workloads::Network& network) {
  int split = 0;
  for (const workloads::Tensor& tensor : network.tensors) split += tensor.scales >= 0 ? 1 : 0;
  return split;
}

TEST(KvCache, random_decode_steps) {
  const uint64_t first = fidelity::environment("VERNIER_SEED", 1);
  const uint64_t cases =
      fidelity::environment("VERNIER_CASES", fidelity::environment("VERNIER_LONG", 0) != 0 ? 400 : 40);
  std::array<int, 3> hits{};
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    std::mt19937_64 random(seed);
    fidelity::RandomCase decode = random_decode(random, nullptr);
    SCOPED_TRACE(fmt::format("seed {0}; reproduce: VERNIER_SEED={0} VERNIER_CASES=1 build/release/bin/"
                             "test_fidelity --gtest_filter=KvCache.random_decode_steps\n",
                             seed) +
                 fidelity::describe(decode));
    const mapper::MappedProgram mapped = fidelity::map_with_growth(decode);
    fidelity::check_all(mapped, decode.machine, decode.network, seed, false);
    if (HasFailure()) return;
    ++hits[static_cast<size_t>(count_parts(decode.network))];
  }
  if (cases < 40) return;
  for (const int count : hits) EXPECT_GT(count, 4);  // no side, one side, both sides scaled
}

#if VERNIER_HAS_RTL
TEST(KvCache, built_rtl_arrays) {
  constexpr int kLargestArray = 64;  // PEs
  int split = 0;
  for (const machine::ArrayParams& array : rtl_adaptor::RtlPeArray::built()) {
    if (array.rows * array.cols > kLargestArray) continue;
    for (uint64_t seed = 1; seed <= 2; ++seed) {
      std::mt19937_64 random(seed);
      fidelity::RandomCase decode = random_decode(random, &array);
      SCOPED_TRACE(fmt::format("seed {}\n", seed) + fidelity::describe(decode));
      const mapper::MappedProgram mapped = fidelity::map_with_growth(decode);
      fidelity::check_all(mapped, decode.machine, decode.network, seed, true);
      if (HasFailure()) return;
      split += count_parts(decode.network);
    }
  }
  EXPECT_GT(split, 2);
}
#endif

uint16_t half_at(const std::vector<uint8_t>& image, uint64_t address) {
  return static_cast<uint16_t>(image[address] | image[address + 1] << 8U);
}

double fp16_at(const std::vector<uint8_t>& image, uint64_t base, int64_t element) {
  return formats::fp16_to_float(half_at(image, base + static_cast<uint64_t>(2 * element)));
}

/// One product of attention, alone: its activations are given, its results are those of the golden functions.
struct Product {
  workloads::Network network;
  mapper::MappedProgram mapped;
  std::vector<uint8_t> before;
  machine::MemoryImage after;

  [[nodiscard]] uint64_t address(int tensor) const {
    return mapped.map.regions[static_cast<size_t>(mapped.map.tensor_region(tensor))].address;
  }
};

Product run_product(const std::string& name, fidelity::RandomCase whole, uint64_t seed) {
  std::vector<workloads::Op> ops;
  for (const workloads::Op& op : whole.network.segments.front().ops) {
    if (op.name == name + "_scale" || op.name == name) ops.push_back(op);
  }
  whole.network.segments = {{"all", 1, ops}};
  mapper::MappedProgram mapped = fidelity::map_with_growth(whole);
  std::vector<uint8_t> before = run::random_image(mapped, whole.network, seed);
  machine::MemoryImage after(whole.machine, before);
  engine::run_functional(mapped.program, whole.machine, after);
  return {whole.network, std::move(mapped), std::move(before), std::move(after)};
}

// Codes are exact in every PE and their scales are rounded once, with the activation: of each term at most
// 2^-11, or half an fp16 subnormal times the code; the result is rounded once more. Sums of a few hundred
// terms in fp32 or wider lose less than 2^-11 of the terms.
void expect_exact(const Product& product, const workloads::Op& gemm, const workloads::Op& scale) {
  const workloads::Tensor& cached = product.network.tensors[static_cast<size_t>(gemm.weight)];
  const formats::GroupFormat format = formats::group_format(cached.format);
  const mapper::Region& region =
      product.mapped.map.regions[static_cast<size_t>(product.mapped.map.op_region(1))];
  const uint64_t scales = product.address(cached.scales);
  const uint64_t acts = product.address(scale.src1.tensor);
  const uint64_t results = product.address(gemm.out.tensor);
  double largest = 0;
  for (int64_t entry = 0; entry < gemm.batch; ++entry) {
    const int64_t run = entry / gemm.parts;
    const int64_t part = entry % gemm.parts;
    std::vector<double> codes(static_cast<size_t>(gemm.n * gemm.k));
    for (const mapper::PackedBlock& block : region.blocks) {
      const formats::QuantizedMatrix unpacked = formats::unpack_weight_block(
          format,
          &product.before[region.address + static_cast<uint64_t>(entry) * region.batch_stride + block.offset],
          block.shape);
      for (int64_t n = 0; n < block.shape.n; ++n) {
        for (int64_t k = 0; k < block.shape.k; ++k)
          codes[static_cast<size_t>((block.n0 + n) * gemm.k + block.k0 + k)] = unpacked.value(n, k);
      }
    }
    for (int64_t head = 0; head < gemm.m_outer; ++head) {
      for (int64_t n = 0; n < gemm.n; ++n) {
        double exact = 0, bound = std::ldexp(1, -24);
        for (int64_t k = 0; k < gemm.k; ++k) {
          const double code = codes[static_cast<size_t>(n * gemm.k + k)];
          const double term = code * fp16_at(product.before, scales, entry * gemm.k + k) *
                              fp16_at(product.before, acts,
                                      run * scale.src1.batch_stride + head * scale.src1.outer_stride + k);
          exact += term;
          bound += 2 * std::ldexp(std::fabs(term), -11) + std::ldexp(std::fabs(code), -25);
        }
        bound += std::ldexp(std::fabs(exact), -10);
        const double result =
            fp16_at(product.after.dram, results,
                    run * gemm.out.batch_stride + head * gemm.out.outer_stride + part * gemm.n + n);
        ASSERT_LE(std::fabs(result - exact), bound) << "entry " << entry << " head " << head << " row " << n
                                                    << ": " << result << ", exactly " << exact;
        largest = std::max(largest, std::fabs(exact) / bound);
      }
    }
  }
  EXPECT_GT(largest, 50) << "the bound says nothing";
}

TEST(KvCache, products_are_those_of_the_dequantized_cache) {
  const struct {
    machine::ArrayParams array;
    const char* format;
  } cases[] = {
      {{"fp16_mac", 5, 7, 1, machine::Delivery::systolic}, "int4_g8"},
      {{"bitmod", 3, 2, 4, machine::Delivery::broadcast}, "int4_s8_g8"},
      {{"lut", 6, 2, 4, machine::Delivery::broadcast}, "lut2_g8"},
  };
  for (const auto& one : cases) {
    std::mt19937_64 random(7);
    fidelity::RandomCase whole;
    whole.machine = fidelity::random_machine(random, one.array);
    workloads::LlmFormats formats(one.format, one.format);
    formats.key.axis = CacheAxis::channel;
    formats.value.axis = CacheAxis::token;
    workloads::LlmOptions options;
    options.context = 24;
    options.batch = 2;
    whole.network = workloads::build_network(
        workloads::parse_workload(
            "{name: tiny, model_type: llama, num_hidden_layers: 1, hidden_size: 64, num_attention_heads: 4, "
            "num_key_value_heads: 2, head_dim: 16, intermediate_size: 8, vocab_size: 4}",
            "tiny.yaml"),
        options, formats);
    for (const char* name : {"qk", "av"}) {
      SCOPED_TRACE(fmt::format("{} {} on {}", name, one.format, one.array.pe));
      const Product product = run_product(name, whole, 11);
      const std::vector<workloads::Op>& ops = product.network.segments.front().ops;
      ASSERT_EQ(ops.size(), 2U);
      expect_exact(product, ops[1], ops[0]);
    }
  }
}

/// A layer of Llama-2-7B at 4096 tokens: 32 heads of 128, so 2 x 4096 x 4096 cached numbers.
report::RunResult decode_llama(const std::string& accelerator, const std::vector<std::string>& sets) {
  const std::string root = VERNIER_SOURCE_DIR;
  config::ResolveOptions resolve;
  resolve.phase = "decode";
  resolve.sets = sets;
  const config::AcceleratorConfig loaded =
      config::load_accelerator(root + "/configs/accelerators/" + accelerator + ".yaml", resolve);
  workloads::LlmOptions options;
  options.context = 4096;
  const workloads::Network network =
      workloads::build_network(workloads::load_workload(root + "/workloads/llm/llama-2-7b.yaml",
                                                        {{"num_hidden_layers", "1"}, {"vocab_size", "64"}}),
                               options, config::network_formats(loaded));
  return run::simulate(loaded, network, {}).result;
}

TEST(KvCache, bytes_of_llama_2_7b_are_those_counted_by_hand) {
  // Read: 2 x 4096 x 4096 x bits / 8, scales in groups of 128. Written: 2 x 4096 new numbers likewise, those
  // of all 32 heads, whole bursts: fp16 32 x 256 bytes, int8 32 x (128 + 2), int4 32 x (64 + 2). Scales of
  // int2 are fp16 beside the codes, 2 x 4096 x 32 of them; its new keys are fp16, its new values 32 x (32 +
  // 2).
  constexpr uint64_t kNumbers = 2 * 4096 * 4096;
  constexpr uint64_t kHeads = 32;
  const struct {
    const char* accelerator;
    std::vector<std::string> sets;
    uint64_t read, written;
  } cases[] = {
      {"fp16_mac", {"formats.kv=fp16"}, kNumbers * 2, 2 * kHeads * 256},
      {"fp16_mac", {"formats.kv=int8_g128"}, kNumbers + kNumbers / 128 * 2, 2 * kHeads * 130},
      {"fp16_mac", {"formats.kv=int4_g128"}, kNumbers / 2 + kNumbers / 128 * 2, 2 * kHeads * 66},
      {"lut",
       {"formats.kv=lut2_g128", "formats.key_axis=channel", "formats.value_axis=token"},
       kNumbers / 4 + kNumbers / 128 * 2,
       kHeads * (256 + 34)},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.sets.front());
    uint64_t bytes = 0, scaling = 0;
    for (const report::LayerRow& row : decode_llama(one.accelerator, one.sets).layers) {
      bytes += row.kv_bytes;
      if (row.name == "qk_scale" || row.name == "av_scale") scaling += row.vector;
    }
    EXPECT_EQ(bytes, one.read + one.written);
    EXPECT_EQ(scaling > 0, one.sets.size() > 1);
  }
}

}  // namespace
}  // namespace vernier
