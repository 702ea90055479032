// SPDX-License-Identifier: Apache-2.0
// Logits of tiny language models of every family, both phases, against the published layers written down in
// double precision: heads, sequences, rotary embeddings, caches and repetitions are where they belong.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/exact/product.h"
#include "workloads/workload.h"

namespace vernier::exact {
namespace {

using Row = std::vector<double>;
using Rows = std::vector<Row>;

struct Model {
  std::string name, family;  ///< llama, opt, phi
  int64_t hidden = 0, heads = 0, kv_heads = 0, head_dim = 0, vocab = 0, rotary = 0, embed = 0;
  bool norm_before = true;
  std::string text;
};

/// Numbers of the network by tensor name, instance by instance: row-major matrices, batch after batch.
class Parameters {
 public:
  void fill(const mapper::MappedProgram& mapped, const workloads::Network& network,
            std::vector<uint8_t>& image) {
    std::mt19937_64 random(1);
    const auto uniform = [&random](Real size) {
      return half_of(size * (static_cast<Real>(random() % 4097) / 2048 - 1));
    };
    for (size_t t = 0; t < network.tensors.size(); ++t) {
      const workloads::Tensor& tensor = network.tensors[t];
      const bool norm = tensor.name.find("norm") != std::string::npos;
      for (const mapper::Region& region : mapped.map.regions) {
        if (region.tensor != static_cast<int>(t) || region.kind == mapper::RegionKind::append) continue;
        Rows& instances = values_[tensor.name];
        instances.resize(static_cast<size_t>(region.repeat));
        if (region.kind == mapper::RegionKind::packed) {
          std::vector<Weights> matrices;
          for (int64_t i = 0; i < region.repeat * region.batch; ++i) {
            matrices.push_back({spec_of("fp16"), tensor.rows, tensor.cols, {}, {}, {}, {}, {}});
            for (int64_t e = 0; e < tensor.rows * tensor.cols; ++e) {
              matrices.back().codes.push_back(uniform(3 / std::sqrt(Real{1} * tensor.cols)));
              instances[static_cast<size_t>(i / region.batch)].push_back(
                  static_cast<double>(half_value(matrices.back().codes.back())));
            }
          }
          place(
              mapped.map, region.tensor,
              [&](int64_t repeat, int64_t batch) -> const Weights& {
                return matrices[static_cast<size_t>(repeat * region.batch + batch)];
              },
              image);
          continue;
        }
        if (tensor.kind == workloads::TensorKind::activation || tensor.kind == workloads::TensorKind::output)
          continue;
        for (int64_t i = 0; i < region.repeat; ++i) {
          for (int64_t e = 0; e < tensor.rows * tensor.cols; ++e) {
            const uint16_t bits = norm ? half_of(1 + half_value(uniform(0.5L))) : uniform(1);
            put_half(image,
                     region.address + static_cast<uint64_t>(i) * region.repeat_stride +
                         static_cast<uint64_t>(2 * e),
                     bits);
            instances[static_cast<size_t>(i)].push_back(static_cast<double>(half_value(bits)));
          }
        }
      }
    }
  }

  [[nodiscard]] const Row& of(const std::string& name, int64_t instance = 0) const {
    return values_.at(name).at(static_cast<size_t>(instance));
  }

 private:
  std::map<std::string, Rows> values_;
};

/// The layers of LlamaForCausalLM, OPTForCausalLM and PhiForCausalLM for one token of one sequence.
class Token {
 public:
  Token(const Model& model, const Parameters& parameters, int64_t token, int64_t sequence, int64_t context)
      : model_(model), parameters_(parameters), token_(token), sequence_(sequence), context_(context) {}

  Row logits(Row x, int64_t layers) const {
    if (model_.embed != model_.hidden) x = product("project_in.weight", 0, x);
    for (int64_t layer = 0; layer < layers; ++layer) x = after_layer(x, layer);
    if (model_.norm_before) x = norm("final_norm.weight", 0, x);
    if (model_.embed != model_.hidden) x = product("project_out.weight", 0, x);
    return product("lm_head.weight", 0, x);
  }

 private:
  static Row sum(Row a, const Row& b) {
    for (size_t i = 0; i < a.size(); ++i) a[i] += b[i];
    return a;
  }

  Row after_layer(const Row& x, int64_t layer) const {
    if (model_.family == "phi") {
      const Row normed = norm("input_norm.weight", layer, x);
      return sum(x, sum(attention(normed, layer), mlp(normed, layer)));
    }
    if (!model_.norm_before) {
      const Row attended = norm("attention_norm.weight", layer, sum(x, attention(x, layer)));
      return norm("mlp_norm.weight", layer, sum(attended, mlp(attended, layer)));
    }
    const Row attended = sum(x, attention(norm("input_norm.weight", layer, x), layer));
    return sum(attended, mlp(norm("mlp_norm.weight", layer, attended), layer));
  }

  Row product(const std::string& weight, int64_t layer, const Row& x) const {
    const Row& w = parameters_.of(weight, layer);
    Row y(w.size() / x.size(), 0);
    for (size_t n = 0; n < y.size(); ++n) {
      for (size_t k = 0; k < x.size(); ++k) y[n] += w[n * x.size() + k] * x[k];
    }
    return y;
  }

  Row norm(const std::string& weight, int64_t layer, Row x) const {
    const Row& w = parameters_.of(weight, layer);
    const auto count = static_cast<double>(x.size());
    double mean = 0, squares = 0;
    if (model_.family != "llama") {
      for (const double v : x) mean += v / count;
    }
    for (const double v : x) squares += (v - mean) * (v - mean) / count;
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = (x[i] - mean) / std::sqrt(squares + 1e-5) * w[i];
      if (model_.family != "llama") x[i] += w[x.size() + i];
    }
    return x;
  }

  Row mlp(const Row& x, int64_t layer) const {
    if (model_.family == "llama") {
      Row gate = product("gate_proj.weight", layer, x);
      const Row up = product("up_proj.weight", layer, x);
      for (size_t i = 0; i < gate.size(); ++i) gate[i] *= up[i] / (1 + std::exp(-gate[i]));
      return product("down_proj.weight", layer, gate);
    }
    Row inner = product("fc1.weight", layer, x);
    for (double& v : inner) {
      const double gelu = v / 2 * (1 + std::tanh(0.7978845608 * (v + 0.044715 * v * v * v)));
      v = model_.family == "phi" ? gelu : std::max(v, 0.0);
    }
    return product("fc2.weight", layer, inner);
  }

  Row attention(const Row& x, int64_t layer) const {
    const Row queries = product("q_proj.weight", layer, x);
    Row attended;
    for (int64_t head = 0; head < model_.heads; ++head) {
      Row q(queries.begin() + head * model_.head_dim, queries.begin() + (head + 1) * model_.head_dim);
      if (model_.rotary > 0) turn(q);
      const int64_t cache = sequence_ * model_.kv_heads + head / (model_.heads / model_.kv_heads);
      const auto at = static_cast<size_t>(cache * context_ * model_.head_dim);
      const double* keys = &parameters_.of("k_cache", layer)[at];
      const double* values = &parameters_.of("v_cache", layer)[at];
      Row weights;
      double total = 0;
      for (int64_t t = 0; t < context_; ++t) {
        double score = 0;
        for (int64_t d = 0; d < model_.head_dim; ++d)
          score += q[static_cast<size_t>(d)] * keys[t * model_.head_dim + d];
        weights.push_back(std::exp(score / std::sqrt(static_cast<double>(model_.head_dim))));
        total += weights.back();
      }
      for (int64_t d = 0; d < model_.head_dim; ++d) {
        double value = 0;
        for (int64_t t = 0; t < context_; ++t)
          value += weights[static_cast<size_t>(t)] / total * values[d * context_ + t];
        attended.push_back(value);
      }
    }
    return product("o_proj.weight", layer, attended);
  }

  /// The first `rotary` elements of a head, halves against each other; the table has cosines, then sines.
  void turn(Row& q) const {
    const auto half = static_cast<size_t>(model_.rotary / 2);
    const Row& table = parameters_.of("rotary_table");
    for (size_t i = 0; i < half; ++i) {
      const auto row = static_cast<size_t>(token_ * model_.rotary);
      const double a = q[i], b = q[half + i], cosine = table[row + i], sine = table[row + half + i];
      q[i] = a * cosine - b * sine;
      q[half + i] = b * cosine + a * sine;
    }
  }

  const Model& model_;
  const Parameters& parameters_;
  int64_t token_, sequence_, context_;
};

void check(const Model& model, bool prefill, bool flash) {
  SCOPED_TRACE(fmt::format("{} {}{}", model.name, prefill ? "prefill" : "decode", flash ? " flash" : ""));
  constexpr int64_t kLayers = 2, kBatch = 2, kContext = 7;
  const std::string common =
      fmt::format("name: {}, num_hidden_layers: {}, hidden_size: {}, num_attention_heads: {}, vocab_size: {}",
                  model.name, kLayers, model.hidden, model.heads, model.vocab);
  workloads::LlmOptions options;
  options.phase = prefill ? workloads::Phase::prefill : workloads::Phase::decode;
  options.tokens = options.context = kContext;
  options.batch = kBatch;
  const workloads::Network network = workloads::build_network(
      workloads::parse_workload("{" + common + ", " + model.text + "}", "tiny.yaml"), options, {});
  machine::Machine machine = machine_around({"fp16_mac", 3, 4, 1, machine::Delivery::broadcast});
  const mapper::MappedProgram mapped = map(network, machine, true, {flash});
  std::vector<uint8_t> image(mapped.map.bytes);
  Parameters parameters;
  parameters.fill(mapped, network, image);
  const Images after = run_engines(mapped, machine, image, true);

  const int64_t tokens = prefill ? kContext : 1;
  const workloads::View out = network.segments.back().ops.back().out;
  const Row& inputs = parameters.of(model.embed != model.hidden ? "embedding" : "hidden");
  Shape rows;
  rows.m = tokens * kBatch;  // token by token, sequences side by side
  double error = 0, size = 0;
  for (int64_t row = 0; row < rows.m; ++row) {
    const Row x(inputs.begin() + row * model.embed, inputs.begin() + (row + 1) * model.embed);
    const Token token(model, parameters, row / kBatch, row % kBatch, kContext);
    const Row due = token.logits(x, kLayers);
    for (int64_t n = 0; n < model.vocab; ++n) {
      const uint64_t at = address_of(mapped.map, {out.tensor, 0, 0, 0, model.vocab, 1}, rows, row, n);
      EXPECT_EQ(half_at(after.functional, at), half_at(after.systemc, at)) << row << " " << n;
      const double found = static_cast<double>(half_value(half_at(after.functional, at)));
      error = std::max(error, std::fabs(found - due[static_cast<size_t>(n)]));
      size = std::max(size, std::fabs(due[static_cast<size_t>(n)]));
    }
  }
  EXPECT_GT(size, 0.5);
  EXPECT_LT(error, size / 100) << "of logits up to " << size;
}

TEST(LanguageModels, logits_are_those_of_the_published_layers) {
  const Model models[] = {
      {"llama", "llama", 12, 6, 2, 4, 5, 4, 12, true,
       "model_type: llama, num_key_value_heads: 2, head_dim: 4, intermediate_size: 10"},
      {"opt", "opt", 12, 3, 3, 4, 5, 0, 12, true, "model_type: opt, ffn_dim: 10"},
      {"opt_after", "opt", 12, 3, 3, 4, 5, 0, 6, false,
       "model_type: opt, ffn_dim: 10, do_layer_norm_before: false, word_embed_proj_dim: 6"},
      {"phi", "phi", 12, 3, 1, 4, 5, 2, 12, true,
       "model_type: phi, num_key_value_heads: 1, intermediate_size: 10, partial_rotary_factor: 0.5"},
  };
  for (const Model& model : models) {
    check(model, false, false);
    check(model, true, false);
    check(model, true, true);
  }
}

}  // namespace
}  // namespace vernier::exact
