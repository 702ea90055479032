// SPDX-License-Identifier: Apache-2.0
// Tiny language models: their numbers, random, and the published layers written down in double precision.
// What GEMMs read is rounded to its format, nothing else.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/exact/product.h"

namespace vernier::exact {

using formats::ActivationFormat;
using Row = std::vector<double>;
using Rows = std::vector<Row>;

struct Model {
  std::string name, family;  ///< llama, opt, phi
  int64_t hidden = 0, heads = 0, kv_heads = 0, head_dim = 0, vocab = 0, rotary = 0, embed = 0, context = 0;
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
            matrices.push_back(random_matrix(random, tensor));
            append_values(matrices.back(), instances[static_cast<size_t>(i / region.batch)]);
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
    for (const auto& [key, instances] : values_) {
      if (key == name) return instances.at(static_cast<size_t>(instance));
      // "layers.2.NAME" or "layers.2-5.NAME": the instances from the first number on.
      const std::string tail = "." + name;
      if (key.rfind("layers.", 0) != 0 || key.size() < tail.size()) continue;
      if (key.compare(key.size() - tail.size(), tail.size(), tail) != 0) continue;
      const int64_t at = instance - std::stoll(key.substr(7));
      if (at >= 0 && at < static_cast<int64_t>(instances.size())) return instances[static_cast<size_t>(at)];
    }
    throw std::out_of_range(name);
  }

 private:
  /// Numbers up to 3 / sqrt(K), or half of them where scales are powers of two.
  static Weights random_matrix(std::mt19937_64& random, const workloads::Tensor& tensor) {
    const Real largest = 3 / std::sqrt(Real{1} * tensor.cols);
    Weights matrix = random_weights(random, spec_of(tensor.format), tensor.rows, tensor.cols, true);
    const int exponent = std::ilogb(largest / 64);
    const auto power = [&random, exponent] {
      return static_cast<uint16_t>((15 + exponent - static_cast<int>(random() % 2)) << 10);
    };
    if (matrix.spec.coding == Coding::fp16) {
      for (uint16_t& code : matrix.codes)
        code = half_of(largest * (static_cast<Real>(random() % 4097) / 2048 - 1));
    }
    for (uint16_t& scale : matrix.scales) scale = matrix.spec.integer_scale ? uint16_t{1} : power();
    for (uint16_t& scale : matrix.channel_scales) scale = power();
    return matrix;
  }

  static void append_values(const Weights& matrix, Row& values) {
    for (int64_t row = 0; row < matrix.n; ++row) {
      for (int64_t col = 0; col < matrix.k; ++col) {
        const Real units = (matrix.integer(row, col) - matrix.zero(row, col)) * matrix.spec.unit();
        values.push_back(
            static_cast<double>(units * matrix.scale(row, col) * half_value(matrix.channel(row))));
      }
    }
  }

  std::map<std::string, Rows> values_;
};

/// What of a run the values depend on.
struct How {
  ActivationFormat activations = ActivationFormat::fp16;
  bool flash = false;
};

/// The layers of LlamaForCausalLM, OPTForCausalLM and PhiForCausalLM for one token of one sequence.
class Token {
 public:
  Token(const Model& model, const Parameters& parameters, const How& how, int64_t token, int64_t sequence)
      : model_(model),
        parameters_(parameters),
        how_(how),
        token_(token),
        sequence_(sequence),
        context_(model.context) {}

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

  /// What GEMMs read of a value.
  [[nodiscard]] double read(double x, double int8_scale = 1.0 / 16) const {
    if (how_.activations == ActivationFormat::fp8_e4m3) return static_cast<double>(fp8_value(x));
    if (how_.activations != ActivationFormat::int8) return x;
    return static_cast<double>(int8_units(x, int8_scale)) * int8_scale;
  }

  Row product(const std::string& weight, int64_t layer, Row x) const {
    const Row& w = parameters_.of(weight, layer);
    for (double& v : x) v = read(v);
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
      for (double& v : q) v = read(v);
      attend(q, keys, values, attended);
    }
    return product("o_proj.weight", layer, attended);
  }

  void attend(const Row& q, const double* keys, const double* values, Row& attended) const {
    const auto dims = static_cast<int64_t>(q.size());
    Row weights;
    for (int64_t t = 0; t < context_; ++t) {
      double score = 0;
      for (int64_t d = 0; d < dims; ++d) score += q[static_cast<size_t>(d)] * keys[t * dims + d];
      weights.push_back(score / std::sqrt(static_cast<double>(dims)));
    }
    const double largest = *std::max_element(weights.begin(), weights.end());
    double total = 0;
    for (double& v : weights) total += v = std::exp(v - largest);
    // In one schedule probabilities are read before they are divided by their sum.
    const double before = how_.flash ? 1 : total, after = how_.flash ? total : 1;
    for (int64_t d = 0; d < dims; ++d) {
      double value = 0;
      for (int64_t t = 0; t < context_; ++t)
        value += read(weights[static_cast<size_t>(t)] / before, 1.0 / 128) / after * values[d * context_ + t];
      attended.push_back(value);
    }
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
  const How& how_;
  int64_t token_, sequence_, context_;
};

}  // namespace vernier::exact
