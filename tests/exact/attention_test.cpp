// SPDX-License-Identifier: Apache-2.0
// Attention whose answer needs no exponential: a query is one-hot, and in its channel one key is so much
// larger than the others that its probability is 1 and theirs are 0. The result is the value of that key, one
// rounding: for every PE type and format, in one schedule and in three operators, caches with scales inside
// and outside.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/pe/registry.h"
#include "tests/exact/reference.h"
#include "tests/exact/sweep.h"
#include "tests/mapper/attention_case.h"
#include "workloads/activation_formats.h"
#include "workloads/workload.h"

namespace vernier::exact {
namespace {

using formats::ActivationFormat;

constexpr uint16_t kQuery = 0x4400;  // 4
constexpr uint16_t kOne = 0x3c00;

/// The codes of the largest value and of the one nearest to 0, where nothing but the code says which.
struct Levels {
  uint16_t high = 0, low = 0;
  Real step = 0;  ///< between them, in real units without scales
};

Levels levels_of(const Weights& like) {
  if (like.spec.coding == Coding::fp16) return {kOne, 0, 1};
  Weights one = like;
  one.n = one.k = 1;
  Levels levels;
  Real highest = -1000, least = 1000;
  for (int code = 0; code < 1 << like.spec.bits; ++code) {
    one.codes = {static_cast<uint16_t>(code)};
    const Real value = (one.integer(0, 0) - one.zero(0, 0)) * like.spec.unit();
    if (value > highest) levels.high = static_cast<uint16_t>(code);
    if (std::fabs(value) < least) levels.low = static_cast<uint16_t>(code);
    highest = std::max(highest, value);
    least = std::min(least, std::fabs(value));
    levels.step = highest - (least == highest ? 0 : least);
  }
  return levels;
}

/// 2^e with step * 2^e in 256..511.
int exponent_for(Real step) { return 8 - std::ilogb(step); }

uint16_t power(int exponent) { return static_cast<uint16_t>((15 + exponent) << 10); }

/// The key that a query in this channel finds.
int64_t winner(int64_t channel, int64_t keys) { return (7 * channel + 3) % keys; }

Weights key_weights(const Spec& spec, int64_t keys, int64_t key_dim) {
  std::mt19937_64 random(1);
  Weights weights = random_weights(random, spec, keys, key_dim, true);
  std::fill(weights.selectors.begin(), weights.selectors.end(), uint16_t{2});
  std::fill(weights.zero_points.begin(), weights.zero_points.end(), uint16_t{0});
  const Levels levels = levels_of(weights);
  const int exponent = exponent_for(levels.step);
  if (spec.coding == Coding::fp16) {
    std::fill(weights.codes.begin(), weights.codes.end(), uint16_t{0});
    for (int64_t d = 0; d < key_dim; ++d)
      weights.codes[static_cast<size_t>(winner(d, keys) * key_dim + d)] = power(exponent);
    return weights;
  }
  std::fill(weights.codes.begin(), weights.codes.end(), levels.low);
  for (int64_t d = 0; d < key_dim; ++d)
    weights.codes[static_cast<size_t>(winner(d, keys) * key_dim + d)] = levels.high;
  const uint16_t scale = spec.integer_scale ? uint16_t{1} : power(exponent);
  std::fill(weights.scales.begin(), weights.scales.end(), scale);
  std::fill(weights.channel_scales.begin(), weights.channel_scales.end(), power(exponent));
  return weights;
}

class ExactAttention : public testing::TestWithParam<const pe::PeDescriptor*> {};

bool check_prefill(const machine::ArrayParams& array, const std::string& format, ActivationFormat activations,
                   bool flash, uint64_t seed, int& cut) {
  std::mt19937_64 random(seed);
  const bool fused = random() % 4 > 0;
  SCOPED_TRACE(fmt::format("{} {} x {} {}{} seed {}", array.pe, format, formats::name_of(activations),
                           flash ? "in one schedule" : "in three operators", fused ? "" : ", separate",
                           seed));
  const int64_t unit = group_unit(array);
  const mapper::testing::AttentionSize size{2,        2, 9,      formats::is_table(activations) ? 24 : 23,
                                            2 * unit, 5, format, format};
  workloads::Network network = mapper::testing::attention_network(size);
  workloads::convert_activations(network, {activations, fused});
  Product product;
  product.machine = machine_around(array);
  product.activations = activations;
  product.int8_scale = Real{1} / 128;  // of probabilities
  product.weight_format = format;
  product.clocked = random() % 4 == 0;
  product.shape = {size.batch, size.group, size.tokens, size.value_dim, size.keys, 1};
  const Spec spec = spec_of(format);
  for (int64_t b = 0; b < size.batch; ++b)
    product.weights.push_back(random_weights(random, spec, size.value_dim, size.keys, true));
  const mapper::MappedProgram mapped = map(network, product.machine, random() % 3 == 0, {flash});
  const mapper::AttentionBlocks* blocks = nullptr;
  for (const mapper::OpExpectation& op : mapped.ops) blocks = op.attention ? &*op.attention : blocks;
  EXPECT_EQ(blocks != nullptr, flash && (fused || activations == ActivationFormat::fp16));
  cut += blocks != nullptr && blocks->keys < size.keys ? 1 : 0;
  std::vector<uint16_t> queries;
  for (int64_t row = 0; row < product.shape.tokens(); ++row) {
    const int64_t channel = row % size.key_dim;
    for (int64_t d = 0; d < size.key_dim; ++d) queries.push_back(d == channel ? kQuery : 0);
    for (int64_t key = 0; key < size.keys; ++key)
      product.inputs.push_back(key == winner(channel, size.keys) ? kOne : 0);
  }
  const Weights keys = key_weights(spec, size.keys, size.key_dim);
  const workloads::Network plain = mapper::testing::attention_network(size);
  const std::vector<workloads::Op>& ops = plain.segments.front().ops;
  const Results results = run_program(product, mapped, ops[2].out, [&](std::vector<uint8_t>& image) {
    place_rows(mapped.map, ops[0].act, product.shape, size.key_dim, queries, image);
    place(
        mapped.map, ops[0].weight, [&](int64_t, int64_t) -> const Weights& { return keys; }, image);
    place(
        mapped.map, ops[2].weight,
        [&](int64_t, int64_t b) -> const Weights& { return product.weights[static_cast<size_t>(b)]; }, image);
  });
  return holds(product, results, [](int64_t) { return Due::exact; });
}

TEST_P(ExactAttention, of_a_prefill_finds_values) {
  uint64_t seed = 0;
  int cut = 0;  // schedules in which keys come in several blocks
  for (const machine::ArrayParams& array : arrays_of(*GetParam())) {
    for (const std::string& format : formats_of(*GetParam(), array, group_unit(array))) {
      if (format.find("_unit") != std::string::npos) continue;
      for (const ActivationFormat activations : GetParam()->activations) {
        for (const bool flash : {true, false}) {
          if (!check_prefill(array, format, activations, flash, ++seed, cut)) return;
        }
      }
    }
  }
  EXPECT_GT(cut, 1);
}

/// The caches of a decode step whose scales lie outside: part p of run r is matrix r * parts + p.
struct SplitCaches {
  std::vector<Weights> keys, values;
  std::vector<uint16_t> key_scales, value_scales;  ///< [run][part][column]
};

/// Two keys have the same code in a query's channel, and the scale decides which is found.
SplitCaches random_caches(std::mt19937_64& random, const Spec& spec, int64_t runs, int64_t head_dim,
                          int64_t context, ActivationFormat activations) {
  SplitCaches caches;
  const int64_t group = spec.group_size;
  for (int64_t r = 0; r < runs; ++r) {
    std::vector<Weights> keys;
    for (int64_t part = 0; part < context / group; ++part) {
      keys.push_back(random_weights(random, spec, group, head_dim, true));
      const Levels levels = levels_of(keys.back());
      std::fill(keys.back().codes.begin(), keys.back().codes.end(), levels.low);
      for (int64_t d = 0; d < head_dim; ++d) {
        const int64_t key = winner(d, context);
        const bool wins = key / group == part;
        const bool is_second = (key / group + 1) % (context / group) == part;
        if (wins || is_second)
          keys.back().codes[static_cast<size_t>((wins ? key : key + 1) % group * head_dim + d)] = levels.high;
        caches.key_scales.push_back(power(exponent_for(levels.step) + (wins ? 1 : 0)));
      }
    }
    caches.keys.insert(caches.keys.end(), keys.begin(), keys.end());
    for (int64_t part = 0; part < head_dim / group; ++part)
      caches.values.push_back(random_weights(random, spec, group, context, true));
    for (int64_t i = 0; i < head_dim / group * context; ++i) {
      // Few bits: exact in tables of int8.
      const int fraction = static_cast<int>(random() % 1024);
      const int kept = activations == ActivationFormat::table_int8 ? fraction & 0x300 : fraction;
      caches.value_scales.push_back(static_cast<uint16_t>(power(-static_cast<int>(random() % 5)) | kept));
    }
  }
  return caches;
}

bool check_decode(const machine::ArrayParams& array, const std::string& format, ActivationFormat activations,
                  uint64_t seed) {
  std::mt19937_64 random(seed);
  const int64_t group = group_unit(array);
  const int64_t head_dim = 2 * group, context = 3 * group, runs = 4;
  SCOPED_TRACE(fmt::format("{} {} x {} seed {}", array.pe, format, formats::name_of(activations), seed));
  workloads::LlmFormats wanted("fp16", format, {activations, random() % 3 > 0});
  wanted.weight = format;
  wanted.key.axis = workloads::CacheAxis::channel;
  wanted.value.axis = workloads::CacheAxis::token;
  workloads::LlmOptions options;
  options.context = context;
  options.batch = 2;
  const std::string model = fmt::format(
      "{{name: tiny, model_type: llama, num_hidden_layers: 1, hidden_size: 8, num_attention_heads: 4, "
      "num_key_value_heads: 2, head_dim: {}, intermediate_size: 8, vocab_size: 4}}",
      head_dim);
  workloads::Network network =
      workloads::build_network(workloads::parse_workload(model, "tiny.yaml"), options, wanted);
  std::vector<workloads::Op> ops;
  for (const workloads::Op& op : network.segments.front().ops) {
    if (op.name == "qk_scale" || !ops.empty()) ops.push_back(op);
    if (op.name == "av") break;
  }
  network.segments = {{"layers", 1, ops}};
  const auto op_of = [&ops](const std::string& name) {
    return *std::find_if(ops.begin(), ops.end(), [&](const workloads::Op& op) { return op.name == name; });
  };
  const workloads::Op qk = op_of("qk"), av = op_of("av");
  const auto codes = network.tensors[static_cast<size_t>(qk.weight)].format;
  const SplitCaches caches = random_caches(random, spec_of(codes), runs, head_dim, context, activations);

  Product product;
  product.machine = machine_around(array);
  product.clocked = random() % 3 == 0;
  product.shape = {runs, 2, 1, head_dim, context, 1};
  const mapper::MappedProgram mapped = map(network, product.machine, random() % 2 == 0);
  std::vector<uint16_t> queries;
  for (int64_t row = 0; row < product.shape.tokens(); ++row) {
    for (int64_t d = 0; d < head_dim; ++d) queries.push_back(d == (3 * row + 1) % head_dim ? kQuery : 0);
  }
  const auto place_scales = [&](int cache, const std::vector<uint16_t>& scales, std::vector<uint8_t>& image) {
    const int tensor = network.tensors[static_cast<size_t>(cache)].scales;
    const uint64_t at = mapped.map.regions[static_cast<size_t>(mapped.map.tensor_region(tensor))].address;
    for (size_t i = 0; i < scales.size(); ++i) put_half(image, at + 2 * i, scales[i]);
  };
  const Results results = run_program(product, mapped, av.out, [&](std::vector<uint8_t>& image) {
    place_rows(mapped.map, op_of("qk_scale").src1, product.shape, head_dim, queries, image);
    place_scales(qk.weight, caches.key_scales, image);
    place_scales(av.weight, caches.value_scales, image);
    place(
        mapped.map, qk.weight,
        [&](int64_t, int64_t i) -> const Weights& { return caches.keys[static_cast<size_t>(i)]; }, image);
    place(
        mapped.map, av.weight,
        [&](int64_t, int64_t i) -> const Weights& { return caches.values[static_cast<size_t>(i)]; }, image);
  });
  for (int64_t row = 0; row < product.shape.tokens(); ++row) {
    const int64_t run = row / product.shape.outer, key = winner((3 * row + 1) % head_dim, context);
    for (int64_t n = 0; n < head_dim; ++n) {
      const int64_t part = run * (head_dim / group) + n / group;
      const Weights& values = caches.values[static_cast<size_t>(part)];
      const Real code = (values.integer(n % group, key) - values.zero(n % group, key)) * values.spec.unit();
      const uint16_t due =
          half_of(code * half_value(caches.value_scales[static_cast<size_t>(part * context + key)]));
      const auto at = static_cast<size_t>(row * head_dim + n);
      if (!is_due("functional", row, n, results.functional[at], due)) return false;
      if (product.clocked && !is_due("systemc", row, n, results.systemc[at], due)) return false;
    }
  }
  return true;
}

TEST_P(ExactAttention, of_a_decode_step_finds_values_by_scales_outside) {
  uint64_t seed = 0;
  for (const machine::ArrayParams& array : arrays_of(*GetParam())) {
    if (array.weight_stationary()) continue;  // takes no groups
    for (const std::string& format : formats_of(*GetParam(), array, group_unit(array))) {
      const auto split = formats::split_scales(formats::group_format(format));
      if (!split || GetParam()->reject(formats::group_format(split->codes))) continue;
      for (const ActivationFormat activations : GetParam()->activations) {
        const bool scaled = activations == ActivationFormat::fp16 || formats::is_table(activations);
        if (scaled && !check_decode(array, format, activations, ++seed)) return;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Pe, ExactAttention, testing::ValuesIn(pe::all()),
                         [](const auto& pe) { return pe.param->name; });

}  // namespace
}  // namespace vernier::exact
