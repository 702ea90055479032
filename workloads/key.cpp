// SPDX-License-Identifier: Apache-2.0
#include "workloads/key.h"

#include <fmt/format.h>

#include <algorithm>

#include "workloads/llm_formats.h"

namespace vernier::workloads {
namespace {

constexpr double kMaxDim = 1 << 24;  // widest matrix side a model file may ask for
constexpr double kMaxLayers = 4096;
constexpr double kMaxHeads = 4096;
constexpr double kMaxGemmDim = 1 << 30;

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool has_key(const std::vector<KeyRecord>& keys, std::string_view name) {
  return std::any_of(keys.begin(), keys.end(), [&](const KeyRecord& key) { return key.name == name; });
}

}  // namespace

const std::vector<KeyRecord>& llm_keys() {
  static const std::vector<KeyRecord> keys = {
      {"name", family_all, KeyType::text, false, "name of the file", 0, 0, {}, "Name in reports."},
      {"origin", family_all, KeyType::text, false, "", 0, 0, {}, "Where the numbers come from."},
      {"model_type",
       family_all,
       KeyType::text,
       true,
       "",
       0,
       0,
       {"llama", "mistral", "qwen2", "opt", "phi"},
       "Architecture: decides keys and layer structure."},
      {"num_hidden_layers", family_all, KeyType::integer, true, "", 1, kMaxLayers, {}, "Layers."},
      {"hidden_size",
       family_all,
       KeyType::integer,
       true,
       "",
       1,
       kMaxDim,
       {},
       "Width of the residual stream."},
      {"num_attention_heads", family_all, KeyType::integer, true, "", 1, kMaxHeads, {}, "Query heads."},
      {"num_key_value_heads",
       family_llama | family_phi,
       KeyType::integer,
       false,
       "num_attention_heads",
       1,
       kMaxHeads,
       {},
       "Key/value heads: equal to the query heads is MHA, 1 is MQA, between is GQA."},
      {"head_dim",
       family_llama,
       KeyType::integer,
       false,
       "hidden_size / num_attention_heads",
       1,
       kMaxDim,
       {},
       "Width of one head."},
      {"intermediate_size",
       family_llama | family_phi,
       KeyType::integer,
       true,
       "",
       1,
       kMaxDim,
       {},
       "Width inside the MLP."},
      {"ffn_dim", family_opt, KeyType::integer, true, "", 1, kMaxDim, {}, "Width inside the MLP."},
      {"vocab_size", family_all, KeyType::integer, true, "", 1, kMaxDim, {}, "Output channels of lm_head."},
      {"hidden_act",
       family_llama,
       KeyType::text,
       false,
       "silu",
       0,
       0,
       {"silu"},
       "Gate activation of the MLP."},
      {"hidden_act",
       family_phi,
       KeyType::text,
       false,
       "gelu_new",
       0,
       0,
       {"gelu_new", "gelu", "relu"},
       "Activation of the MLP."},
      {"activation_function",
       family_opt,
       KeyType::text,
       false,
       "relu",
       0,
       0,
       {"relu", "gelu"},
       "Activation of the MLP."},
      {"do_layer_norm_before",
       family_opt,
       KeyType::boolean,
       false,
       "true",
       0,
       0,
       {},
       "Norm before attention and MLP and once more at the end; else after each and not at the end."},
      {"_remove_final_layer_norm",
       family_opt,
       KeyType::boolean,
       false,
       "false",
       0,
       0,
       {},
       "No norm at the end."},
      {"word_embed_proj_dim",
       family_opt,
       KeyType::integer,
       false,
       "hidden_size",
       1,
       kMaxDim,
       {},
       "Width of the embeddings; if not hidden_size, project_in and project_out connect them."},
      {"partial_rotary_factor",
       family_phi,
       KeyType::real,
       false,
       "0.5",
       0.0,
       1.0,
       {},
       "Share of each head that the rotary embedding turns."},
      {"qk_layernorm",
       family_phi,
       KeyType::boolean,
       false,
       "false",
       0,
       0,
       {"false"},
       "Norms on queries and keys."},
      {"sliding_window",
       family_llama,
       KeyType::integer,
       false,
       "none",
       1,
       1 << 30,
       {},
       "Attention window; a longer context than it is an error, since only full attention is modelled."},
      {"use_sliding_window",
       family_llama,
       KeyType::boolean,
       false,
       "true",
       0,
       0,
       {},
       "Whether sliding_window holds."},
      {"tie_word_embeddings",
       family_all,
       KeyType::boolean,
       false,
       "opt: true, else false",
       0,
       0,
       {},
       "lm_head shares the embedding matrix; changes the parameter count, not the work."},
  };
  return keys;
}

const std::vector<std::string>& llm_ignored_keys() {
  static const std::vector<std::string> keys = {"_name_or_path",
                                                "activation_dropout",
                                                "attention_bias",
                                                "attention_dropout",
                                                "bos_token_id",
                                                "dropout",
                                                "embd_pdrop",
                                                "enable_bias",
                                                "eos_token_id",
                                                "init_std",
                                                "initializer_range",
                                                "layer_norm_elementwise_affine",
                                                "layer_norm_eps",
                                                "layerdrop",
                                                "max_position_embeddings",
                                                "max_window_layers",
                                                "mlp_bias",
                                                "pad_token_id",
                                                "prefix",
                                                "pretraining_tp",
                                                "resid_pdrop",
                                                "rms_norm_eps",
                                                "rope_scaling",
                                                "rope_theta",
                                                "torch_dtype",
                                                "transformers_version",
                                                "use_cache"};
  return keys;
}

const std::vector<KeyRecord>& gemm_keys() {
  static const std::vector<KeyRecord> keys = {
      {"name", family_all, KeyType::text, true, "", 0, 0, {}, "Name in reports; unique in the list."},
      {"m",
       family_all,
       KeyType::integer,
       true,
       "",
       1,
       kMaxGemmDim,
       {},
       "Tokens: rows of activations and results."},
      {"n",
       family_all,
       KeyType::integer,
       true,
       "",
       1,
       kMaxGemmDim,
       {},
       "Output channels: rows of the weights."},
      {"k", family_all, KeyType::integer, true, "", 1, kMaxGemmDim, {}, "Length of the dot products."},
      {"weight_format",
       family_all,
       KeyType::text,
       false,
       "formats.weight of the accelerator",
       0,
       0,
       {},
       "Group format of the weights."},
      {"repeat",
       family_all,
       KeyType::integer,
       false,
       "1",
       1,
       1 << 20,
       {},
       "Executions, each with its own weights."},
  };
  return keys;
}

std::string keys_as_markdown(const std::vector<KeyRecord>& keys) {
  std::string out =
      "| key | of | type | default | allowed | meaning |\n| --- | --- | --- | --- | --- | --- |\n";
  for (const KeyRecord& key : keys) {
    std::vector<std::string> families;
    if (key.families == family_all) families.emplace_back("all");
    if (families.empty() && (key.families & family_llama) != 0) families.emplace_back("llama");
    if (families.empty() && (key.families & family_opt) != 0) families.emplace_back("opt");
    if (key.families != family_all && (key.families & family_phi) != 0) families.emplace_back("phi");
    std::string allowed = fmt::format("{}", fmt::join(key.allowed, ", "));
    if (key.type == KeyType::integer || key.type == KeyType::real) {
      allowed = fmt::format("{}..{}", static_cast<int64_t>(key.minimum), static_cast<int64_t>(key.maximum));
    } else if (allowed.empty() && key.type == KeyType::boolean) {
      allowed = "true, false";
    }
    static const char* const types[] = {"integer", "number", "boolean", "text"};
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", key.name, fmt::join(families, ", "),
                       types[static_cast<size_t>(key.type)], key.required ? "required" : key.fallback,
                       allowed, key.sentence);
  }
  return out;
}

bool is_workload_key(std::string_view path) {
  constexpr std::string_view kFormats = "formats.", kLayers = "formats.layers.";
  if (path.rfind(kLayers, 0) == 0) {
    const size_t dot = path.find('.', kLayers.size());
    return dot != std::string_view::npos &&
           layer_range(path.substr(kLayers.size(), dot - kLayers.size())).has_value() &&
           contains(layer_format_keys(), path.substr(dot + 1));
  }
  if (path.rfind(kFormats, 0) == 0) return contains(format_keys(), path.substr(kFormats.size()));
  if (path.rfind("gemms.", 0) == 0) {
    const size_t dot = path.find('.', 6);
    if (dot == std::string_view::npos || dot == 6) return false;
    const std::string_view index = path.substr(6, dot - 6);
    return index.find_first_not_of("0123456789") == std::string_view::npos &&
           has_key(gemm_keys(), path.substr(dot + 1));
  }
  return has_key(llm_keys(), path) || contains(llm_ignored_keys(), path);
}

}  // namespace vernier::workloads
