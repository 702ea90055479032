// SPDX-License-Identifier: Apache-2.0
// A decoder-only language model as numbers, and how it becomes a Network.
//
// Published sizes and layer structure: the Hugging Face model classes LlamaForCausalLM (also Mistral and
// Qwen2), OPTForCausalLM and PhiForCausalLM. docs/workloads.md lists the operators of a layer.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <map>
#include <string>

#include "workloads/activation_formats.h"
#include "workloads/cache_format.h"
#include "workloads/key.h"
#include "workloads/llm_formats.h"
#include "workloads/network.h"
#include "workloads/reader.h"

namespace vernier::workloads {

struct LlmModel {
  std::string name;
  Family family = family_llama;
  int64_t layers = 0;
  int64_t hidden = 0;
  int64_t heads = 0;
  int64_t kv_heads = 0;  ///< divides heads
  int64_t head_dim = 0;
  int64_t ffn = 0;  ///< width inside the MLP
  int64_t vocab = 0;
  int64_t embed_dim = 0;   ///< width of the embeddings; hidden except in some OPT models
  int64_t rotary_dim = 0;  ///< elements of a head that the rotary embedding turns; even, 0 = none
  int64_t window = 0;      ///< sliding attention window, 0 = none
  VectorKind activation = VectorKind::silu_multiply;
  bool norm_before = true;  ///< OPT: false puts the norms after attention and MLP
  bool final_norm = true;
  bool tied = false;  ///< lm_head shares the embedding matrix
  std::map<std::string, std::string>
      formats;  ///< layer, layer class or "kv_cache" -> format; what is absent is free
  /// The same of single repeated layers by their index; what is absent is as in `formats`.
  std::map<int64_t, std::map<std::string, std::string>> layer_formats;

  /// Matrices that are multiplied by activations, lm_head among them, and the weights in them.
  [[nodiscard]] int64_t linear_count() const;
  [[nodiscard]] int64_t linear_weights() const;

  /// The format chosen for a linear layer, or for "kv_cache" without a class, of repeated layer `layer` (-1:
  /// of none): a layer's own formats come before those of all, a name before its class. Empty if it is free.
  [[nodiscard]] std::string chosen_format(const std::string& linear, const std::string& layer_class,
                                          int64_t layer) const;
};

enum class Phase { prefill, decode };

struct LlmOptions {
  Phase phase = Phase::decode;
  int64_t tokens = 256;   ///< prefill: prompt length, 1..2^20
  int64_t context = 256;  ///< decode: tokens attended to, the current one included, 1..2^20
  int64_t batch = 1;      ///< sequences, each with its own cache, 1..2^16
};

/// Group format names for what the workload file leaves free; build_network() then converts the activations.
struct LlmFormats {
  LlmFormats() = default;
  /// One format for keys and values, the axes along which they are multiplied.
  LlmFormats(std::string weights, const std::string& cache, ActivationChoice choice = {})
      : weight(std::move(weights)),
        key{cache, CacheAxis::token},
        value{cache, CacheAxis::channel},
        activations(choice) {}

  std::string weight = "fp16";
  CacheFormat key = {};
  CacheFormat value = {"fp16", CacheAxis::channel};
  ActivationChoice activations = {};
};

/// Reads a model from a parsed file. `strict`: keys without meaning are errors (a workload file); otherwise
/// they are read over (a config.json). Throws InputError WKL002..WKL008, every finding of the pass.
[[nodiscard]] LlmModel read_llm(const YAML::Node& root, const std::string& file, bool strict);

/// Throws InputError WKL010 on options out of range, a context beyond a sliding window, or work that does not
/// fit 63-bit counters.
void check_options(const LlmModel& model, const LlmOptions& options);

/// The operators of one forward pass over all layers. Rows of activations are ordered token by token, the
/// sequences of one token side by side. Consecutive layers with the same formats are one segment "layers".
/// Throws what check_options throws, WKL010 on groups of a cache that do not fit it, and WKL008 on a cache
/// whose format or axis cannot be.
[[nodiscard]] Network build_llm(const LlmModel& model, const LlmOptions& options, const LlmFormats& formats);

}  // namespace vernier::workloads
