// SPDX-License-Identifier: Apache-2.0
// Attention in one schedule: the same cycles and values in every fidelity for random small language models,
// and values that are those of exact attention within a bound.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/error.h"
#include "models/formats/ieee.h"
#include "sim/engine/functional/functional_engine.h"
#include "sim/run/image.h"
#include "tests/fidelity/compare.h"
#include "tests/fidelity/random_case.h"
#include "tests/mapper/attention_case.h"
#include "workloads/workload.h"
#if VERNIER_HAS_RTL
#include "sim/rtl_adaptor/rtl_pe_array.h"
#include "sim/rtl_adaptor/rtl_ws_array.h"
#endif

namespace vernier {
namespace {

constexpr mapper::MappingOptions kFlash{true};

/// A prefill of a language model with a few heads on a random machine.
fidelity::RandomCase random_prefill(std::mt19937_64& random, const machine::ArrayParams* array) {
  using fidelity::pick;
  fidelity::RandomCase out;
  out.machine =
      array != nullptr ? fidelity::random_machine(random, *array) : fidelity::random_machine(random);
  workloads::LlmFormats formats;
  formats.weight = fidelity::random_format(random, out.machine.array);
  formats.key.format = fidelity::random_format(random, out.machine.array);
  formats.value.format = fidelity::random_format(random, out.machine.array);
  formats.activations.format = fidelity::random_activations(random, out.machine.array);
  const bool tables = formats::is_table(formats.activations.format);
  const int64_t kv_heads = pick(random, 1, 2);
  const int64_t heads = kv_heads * pick(random, 1, 4);
  const int64_t head_dim = tables ? 4 * pick(random, 1, 2) : 2 * pick(random, 1, 6);
  const std::string text = fmt::format(
      "{{name: tiny, model_type: llama, num_hidden_layers: {}, hidden_size: {}, num_attention_heads: {}, "
      "num_key_value_heads: {}, head_dim: {}, intermediate_size: 8, vocab_size: 4}}",
      pick(random, 1, 2), heads * head_dim, heads, kv_heads, head_dim);
  workloads::LlmOptions options;
  options.phase = workloads::Phase::prefill;
  options.tokens = tables ? 4 * pick(random, 1, 8) : pick(random, 1, 34);
  options.batch = pick(random, 1, 2);
  out.network = workloads::build_network(workloads::parse_workload(text, "tiny.yaml"), options, formats);
  return out;
}

const mapper::AttentionBlocks* attention_of(const mapper::MappedProgram& mapped) {
  for (const mapper::OpExpectation& op : mapped.ops) {
    if (op.attention) return &*op.attention;
  }
  return nullptr;
}

TEST(Attention, random_prefills) {
  const uint64_t first = fidelity::environment("VERNIER_SEED", 1);
  const uint64_t cases =
      fidelity::environment("VERNIER_CASES", fidelity::environment("VERNIER_LONG", 0) != 0 ? 1000 : 100);
  std::map<std::string, uint64_t> hits;
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    std::mt19937_64 random(seed);
    fidelity::RandomCase prefill = random_prefill(random, nullptr);
    SCOPED_TRACE(fmt::format("seed {0}; reproduce: VERNIER_SEED={0} VERNIER_CASES=1 build/release/bin/"
                             "test_fidelity --gtest_filter=Attention.random_prefills\n",
                             seed) +
                 fidelity::describe(prefill));
    const mapper::MappedProgram mapped = fidelity::map_with_growth(prefill, kFlash);
    const mapper::AttentionBlocks* blocks = attention_of(mapped);
    ASSERT_NE(blocks, nullptr);
    fidelity::check_all(mapped, prefill.machine, prefill.network, seed, false);
    if (HasFailure()) return;
    workloads::Op scores, product;
    for (const workloads::Op& op : prefill.network.segments.front().ops) {
      if (op.name == "qk") scores = op;
      if (op.name == "av") product = op;
    }
    const int64_t steps = (scores.n + blocks->keys - 1) / blocks->keys;
    const std::string format = prefill.network.tensors[static_cast<size_t>(product.act.tensor)].format;
    hits["several tiles stay"] += blocks->tiles > 1 ? 1 : 0;
    hits["several heads stay"] += blocks->heads > 1 ? 1 : 0;
    hits["one tile stays, several blocks of keys"] += blocks->tiles * blocks->heads == 1 && steps > 1 ? 1 : 0;
    hits["keys and values stream several times"] += blocks->tiles * blocks->rows < scores.m ? 1 : 0;
    hits["a loop over blocks of keys"] += steps > 2 ? 1 : 0;
    hits["a smaller last block of keys"] += steps > 1 && scores.n % blocks->keys != 0 ? 1 : 0;
    hits["a smaller last tile"] += scores.m > blocks->rows && scores.m % blocks->rows != 0 ? 1 : 0;
    hits["weight-stationary"] += prefill.machine.array.weight_stationary() ? 1 : 0;
    for (const char* name : {"fp16", "int8"})
      hits[std::string("probabilities in ") + name] += format == name ? 1 : 0;
    hits["probabilities in tables"] += format.rfind("table", 0) == 0 ? 1 : 0;
  }
  if (cases < 100) return;
  for (const auto& [name, count] : hits) {
    EXPECT_GT(count, 0U) << "no case of the class '" << name << "'";
    fmt::print("  {:<45} {:>4}\n", name, count);
  }
}

#if VERNIER_HAS_RTL
TEST(Attention, built_rtl_arrays) {
  constexpr int kLargestArray = 64;  // PEs
  const uint64_t first = fidelity::environment("VERNIER_SEED", 1);
  const uint64_t cases =
      fidelity::environment("VERNIER_CASES", fidelity::environment("VERNIER_LONG", 0) != 0 ? 20 : 2);
  std::vector<machine::ArrayParams> built = rtl_adaptor::RtlPeArray::built();
  for (const machine::ArrayParams& array : rtl_adaptor::RtlWsArray::built()) built.push_back(array);
  for (const machine::ArrayParams& array : built) {
    if (array.rows * array.cols > kLargestArray) continue;
    for (uint64_t seed = first; seed < first + cases; ++seed) {
      std::mt19937_64 random(seed);
      fidelity::RandomCase prefill = random_prefill(random, &array);
      SCOPED_TRACE(fmt::format("seed {}\n", seed) + fidelity::describe(prefill));
      const mapper::MappedProgram mapped = fidelity::map_with_growth(prefill, kFlash);
      ASSERT_NE(attention_of(mapped), nullptr);
      fidelity::check_all(mapped, prefill.machine, prefill.network, seed, true);
      if (HasFailure()) return;
    }
  }
}
#endif

using Matrix = std::vector<std::vector<long double>>;

/// A matrix of an fp16 cache as the program loads it.
Matrix cache_of(const mapper::MappedProgram& mapped, int op, int64_t batch,
                const std::vector<uint8_t>& dram) {
  const mapper::Region& region = mapped.map.regions[static_cast<size_t>(mapped.map.op_region(op))];
  Matrix values;
  for (const mapper::PackedBlock& block : region.blocks) {
    const uint64_t at = region.address + static_cast<uint64_t>(batch) * region.batch_stride + block.offset;
    const formats::QuantizedMatrix matrix =
        formats::unpack_weight_block(formats::group_format("fp16"), &dram[at], block.shape);
    const auto rows = static_cast<size_t>(block.n0 + block.shape.n);
    if (values.size() < rows) values.resize(rows);
    for (int64_t n = 0; n < block.shape.n; ++n) {
      for (int64_t k = 0; k < block.shape.k; ++k)
        values[static_cast<size_t>(block.n0 + n)].push_back(
            formats::fp16_to_float(matrix.codes[static_cast<size_t>(n * block.shape.k + k)]));
    }
  }
  return values;
}

/// The bound of docs/attention.md for one row: `scores` and `values` in exact arithmetic, `reach` the largest
/// sum of |query * key|, `blocks` how many blocks of keys there were.
long double bound_of(const std::vector<long double>& scores, long double scalar, long double reach,
                     long double largest_value, int64_t key_dim, int64_t keys_per_block, int64_t blocks) {
  const long double half = std::ldexp(1.0L, -11), fp32 = std::ldexp(1.0L, -24);
  long double largest = 0;
  for (const long double score : scores) largest = std::max(largest, std::fabs(score));
  const long double delta = scalar * (half * largest + 2 * static_cast<long double>(key_dim) * fp32 * reach) +
                            4 * fp32 * scalar * largest + std::ldexp(1.0L, -22);
  const auto keys = static_cast<long double>(keys_per_block * blocks);
  const long double sums = 2 * (keys + 4 * static_cast<long double>(blocks)) * fp32;
  const long double tiny = std::ldexp(keys + static_cast<long double>(blocks), -25);  // subnormal fp16
  return largest_value * (std::expm1(2 * delta) + 3 * half + sums + tiny) + std::ldexp(1.0L, -25);
}

TEST(Attention, is_exact_attention_within_its_roundings) {
  machine::Machine machine;
  std::mt19937_64 random(3);
  machine = fidelity::random_machine(random, {"fp16_mac", 4, 4, 1, machine::Delivery::broadcast});
  machine.array.dataflow = machine::Dataflow::output_stationary;
  machine.weight_spad.capacity_bytes = 2 * 8 * (8 + 6) * 2;  // 8 keys and values at a time
  machine.activation_spad.capacity_bytes = machine.output_spad.capacity_bytes = 1 << 12;
  mapper::testing::AttentionSize size{2, 3, 9, 50, 8, 6, "fp16", "fp16"};
  workloads::Network network = mapper::testing::attention_network(size);
  network.segments[0].ops[1].scalar = 2;
  const mapper::MappedProgram mapped = mapper::map_network(network, machine, kFlash);
  const mapper::AttentionBlocks* blocks = attention_of(mapped);
  ASSERT_NE(blocks, nullptr);
  const int64_t steps = (size.keys + blocks->keys - 1) / blocks->keys;
  ASSERT_GE(steps, 5);
  machine::MemoryImage image(machine, run::random_image(mapped, network, 5));
  const std::vector<uint8_t> before = image.dram;
  engine::run_functional(mapped.program, machine, image);
  const auto fp16_at = [](const std::vector<uint8_t>& dram, uint64_t at) {
    return formats::fp16_to_float(static_cast<uint16_t>(dram[at] | dram[at + 1] << 8));
  };
  const uint64_t queries = mapped.map.regions[static_cast<size_t>(mapped.map.tensor_region(0))].address;
  const uint64_t attended = mapped.map.regions[static_cast<size_t>(mapped.map.tensor_region(4))].address;
  int rises = 0, falls = 0;
  long double worst = 0;
  for (int64_t b = 0; b < size.batch; ++b) {
    const Matrix keys = cache_of(mapped, 0, b, before);
    const Matrix values = cache_of(mapped, 2, b, before);  // [value_dim][keys]
    ASSERT_EQ(keys.size(), static_cast<size_t>(size.keys));
    ASSERT_EQ(values.front().size(), static_cast<size_t>(size.keys));
    for (int64_t head = b * size.group; head < (b + 1) * size.group; ++head) {
      for (int64_t token = 0; token < size.tokens; ++token) {
        const int64_t row = token * size.batch * size.group + head;
        std::vector<long double> scores;
        long double reach = 0;
        for (const std::vector<long double>& key : keys) {
          long double sum = 0, absolute = 0;
          for (int64_t d = 0; d < size.key_dim; ++d) {
            const long double term =
                key[static_cast<size_t>(d)] *
                fp16_at(before, queries + static_cast<uint64_t>(2 * (row * size.key_dim + d)));
            sum += term;
            absolute += std::fabs(term);
          }
          scores.push_back(sum);
          reach = std::max(reach, absolute);
        }
        const long double largest = *std::max_element(scores.begin(), scores.end());
        long double total = 0;
        for (const long double score : scores) total += std::exp(2 * (score - largest));
        long double running = -INFINITY;
        for (size_t from = 0; from < scores.size(); from += static_cast<size_t>(blocks->keys)) {
          const auto to = std::min(scores.size(), from + static_cast<size_t>(blocks->keys));
          const long double here = *std::max_element(scores.begin() + static_cast<std::ptrdiff_t>(from),
                                                     scores.begin() + static_cast<std::ptrdiff_t>(to));
          if (from > 0) (here > running ? rises : falls) += 1;
          running = std::max(running, here);
        }
        for (int64_t d = 0; d < size.value_dim; ++d) {
          long double exact = 0, reach_v = 0;
          for (size_t k = 0; k < scores.size(); ++k) {
            exact += std::exp(2 * (scores[k] - largest)) / total * values[static_cast<size_t>(d)][k];
            reach_v = std::max(reach_v, std::fabs(values[static_cast<size_t>(d)][k]));
          }
          const long double bound = bound_of(scores, 2, reach, reach_v, size.key_dim, blocks->keys, steps);
          const long double error = std::fabs(
              exact - fp16_at(image.dram, attended + static_cast<uint64_t>(2 * (row * size.value_dim + d))));
          ASSERT_LE(error, bound) << "golden values and exact attention, first difference: head " << head
                                  << " token " << token << " element " << d;
          worst = std::max(worst, error / bound);
        }
      }
    }
  }
  EXPECT_GT(rises, 10);
  EXPECT_GT(falls, 10);
  EXPECT_GT(worst, 0.01) << "the bound says nothing";
  fmt::print("largest error: {:.2f} of the bound\n", static_cast<double>(worst));
}

}  // namespace
}  // namespace vernier
