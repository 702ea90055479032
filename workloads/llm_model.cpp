// SPDX-License-Identifier: Apache-2.0
#include "workloads/llm_model.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "workloads/read_formats.h"

namespace vernier::workloads {
namespace {

constexpr int64_t kMaxTokens = 1 << 20;
constexpr int64_t kMaxBatch = 1 << 16;
constexpr double kMaxMacs = 4e18;  // keeps 63-bit counters of bits and MACs safe

// The record of a key for one family; a key may have one record per family.
const KeyRecord& record(const std::string& name, unsigned family) {
  for (const KeyRecord& key : llm_keys()) {
    if (key.name == name && (key.families & family) != 0) return key;
  }
  fail_invariant(__FILE__, __LINE__, "key has a record", name);
}

std::string default_name(const std::string& file) {
  const std::filesystem::path path(file);
  if (path.filename() == "config.json" && path.has_parent_path()) {
    return path.parent_path().filename().string();
  }
  return path.stem().string();
}

// model_type, or for a config.json without it the class in `architectures`.
std::string read_type(MapReader& reader, const KeyRecord& key) {
  static const std::map<std::string, std::string> classes = {{"LlamaForCausalLM", "llama"},
                                                             {"MistralForCausalLM", "mistral"},
                                                             {"Qwen2ForCausalLM", "qwen2"},
                                                             {"OPTForCausalLM", "opt"},
                                                             {"PhiForCausalLM", "phi"}};
  std::string named;
  const YAML::Node list = reader.node("architectures");
  if (list.IsDefined() && list.IsSequence() && list.size() == 1 && list[0].IsScalar()) {
    named = list[0].Scalar();
    if (classes.count(named) == 0) {
      std::vector<std::string> known;
      known.reserve(classes.size());
      for (const auto& entry : classes) known.push_back(entry.first);
      reader.complain("WKL007", "architectures",
                      fmt::format("'{}' is unknown, allowed: {}", named, fmt::join(known, ", ")),
                      suggestion(named, known));
      return {};
    }
    if (!reader.node("model_type").IsDefined()) return classes.at(named);
  } else if (list.IsDefined() && !list.IsNull()) {
    reader.complain("WKL005", "architectures", "allowed: a list of one class name");
    return {};
  }
  const auto type = reader.text(key);
  if (type && !named.empty() && classes.at(named) != *type) {
    reader.complain("WKL008", "architectures", fmt::format("'{}' is not of model_type '{}'", named, *type));
    return {};
  }
  return type.value_or("");
}

class LlmReader {
 public:
  LlmReader(MapReader& reader, Family family) : reader_(reader), family_(family) {}

  int64_t integer(const char* key, int64_t fallback) {
    return reader_.integer(record(key, family_)).value_or(fallback);
  }
  bool boolean(const char* key, bool fallback) {
    return reader_.boolean(record(key, family_)).value_or(fallback);
  }
  double real(const char* key, double fallback) {
    return reader_.real(record(key, family_)).value_or(fallback);
  }
  std::string text(const char* key, const std::string& fallback) {
    return reader_.text(record(key, family_)).value_or(fallback);
  }

  void fill(LlmModel& m) {
    m.layers = integer("num_hidden_layers", 0);
    m.hidden = integer("hidden_size", 0);
    m.heads = integer("num_attention_heads", 0);
    m.vocab = integer("vocab_size", 0);
    m.ffn = integer(family_ == family_opt ? "ffn_dim" : "intermediate_size", 0);
    m.kv_heads = family_ == family_opt ? m.heads : integer("num_key_value_heads", m.heads);
    m.embed_dim = family_ == family_opt ? integer("word_embed_proj_dim", m.hidden) : m.hidden;
    m.tied = boolean("tie_word_embeddings", family_ == family_opt);
    if (family_ == family_llama) {
      m.head_dim = integer("head_dim", 0);
      m.window = integer("sliding_window", 0);
      if (!boolean("use_sliding_window", true)) m.window = 0;
      text("hidden_act", "silu");
      m.activation = VectorKind::silu_multiply;
    } else {
      const std::string act =
          family_ == family_opt ? text("activation_function", "relu") : text("hidden_act", "gelu_new");
      m.activation = act == "relu" ? VectorKind::relu : VectorKind::gelu;
    }
    if (family_ == family_opt) {
      m.norm_before = boolean("do_layer_norm_before", true);
      m.final_norm = m.norm_before && !boolean("_remove_final_layer_norm", false);
    }
  }

  // Relations between keys; only where the keys themselves were fine.
  void check(LlmModel& m) {
    if (m.heads > 0 && m.kv_heads > 0 && m.heads % m.kv_heads != 0) {
      reader_.complain("WKL008", "num_key_value_heads",
                       fmt::format("{} does not divide num_attention_heads = {}", m.kv_heads, m.heads),
                       "every key/value head serves the same number of query heads");
    }
    if (m.head_dim == 0 && m.heads > 0 && m.hidden > 0) {
      if (m.hidden % m.heads != 0) {
        reader_.complain(
            "WKL008", "num_attention_heads",
            fmt::format("{} does not divide hidden_size = {}", m.heads, m.hidden),
            family_ == family_llama ? "give head_dim if the heads do not fill the hidden size" : "");
      }
      m.head_dim = m.hidden / m.heads;
    }
    if (family_ == family_llama) m.rotary_dim = m.head_dim;
    if (family_ == family_phi) {
      boolean("qk_layernorm", false);
      m.rotary_dim = static_cast<int64_t>(
          std::floor(real("partial_rotary_factor", 0.5) * static_cast<double>(m.head_dim)));
    }
    if (m.rotary_dim % 2 != 0) {
      reader_.complain("WKL008", family_ == family_phi ? "partial_rotary_factor" : "head_dim",
                       fmt::format("the rotary embedding turns pairs, but would turn {} elements of a head",
                                   m.rotary_dim));
    }
  }

 private:
  MapReader& reader_;
  Family family_;
};

}  // namespace

LlmModel read_llm(const YAML::Node& root, const std::string& file, bool strict) {
  std::vector<Diagnostic> findings;
  MapReader reader(root, file, "", findings);
  reader.reject_duplicates();
  LlmModel model;
  const std::string type = read_type(reader, record("model_type", family_all));
  model.family = type == "opt" ? family_opt : type == "phi" ? family_phi : family_llama;
  if (strict) {
    std::vector<std::string> known = {"formats", "architectures"};
    for (const KeyRecord& key : llm_keys()) {
      if (type.empty() || (key.families & model.family) != 0) known.push_back(key.name);
    }
    known.insert(known.end(), llm_ignored_keys().begin(), llm_ignored_keys().end());
    reader.reject_unknown(known);
  }
  LlmReader keys(reader, model.family);
  if (strict) keys.text("origin", "");
  model.name = keys.text("name", default_name(file));
  if (!type.empty()) {
    keys.fill(model);
    keys.check(model);
  }
  read_formats(reader, file, type.empty() ? family_all : model.family, findings, model);
  if (!findings.empty()) throw InputError(std::move(findings));
  return model;
}

int64_t LlmModel::linear_count() const {
  const int64_t per_layer = family == family_llama ? 7 : 6;
  return layers * per_layer + 1 + (embed_dim == hidden ? 0 : 2);
}

int64_t LlmModel::linear_weights() const {
  const int64_t attention = 2 * hidden * head_dim * (heads + kv_heads);
  const int64_t mlp = (family == family_llama ? 3 : 2) * hidden * ffn;
  const int64_t projections = embed_dim == hidden ? 0 : 2 * embed_dim * hidden;
  return layers * (attention + mlp) + projections + vocab * embed_dim;
}

void check_options(const LlmModel& model, const LlmOptions& options) {
  const auto check = [](const char* what, int64_t value, int64_t high) {
    if (value < 1 || value > high)
      throw InputError("WKL010", fmt::format("{}: {} is not in 1..{}", what, value, high));
  };
  check("--tokens", options.tokens, kMaxTokens);
  check("--context", options.context, kMaxTokens);
  check("--batch", options.batch, kMaxBatch);
  const bool prefill = options.phase == Phase::prefill;
  const int64_t context = prefill ? options.tokens : options.context;
  if (model.window > 0 && context > model.window) {
    throw InputError("WKL010",
                     fmt::format("{}: {} tokens are more than the sliding_window of {} that {} attends to; "
                                 "only full attention is modelled",
                                 prefill ? "--tokens" : "--context", context, model.window, model.name),
                     {}, fmt::format("use at most {}", model.window));
  }
  const double rows = static_cast<double>(prefill ? options.tokens : 1) * static_cast<double>(options.batch);
  const double width = static_cast<double>(model.heads) * static_cast<double>(model.head_dim);
  const double hidden = static_cast<double>(model.hidden);
  const double per_row =
      static_cast<double>(model.layers) *
          (4.0 * width * hidden + 3.0 * hidden * static_cast<double>(model.ffn) +
           2.0 * width * static_cast<double>(context)) +
      static_cast<double>(model.vocab + 2 * model.hidden) * static_cast<double>(model.embed_dim);
  if (rows * per_row > kMaxMacs) {
    throw InputError("WKL010",
                     fmt::format("{} with {} rows of {} tokens is about {:.2g} multiply-accumulates; at most "
                                 "{:.0e} are counted",
                                 model.name, rows, context, rows * per_row, kMaxMacs));
  }
}

std::string LlmModel::chosen_format(const std::string& linear, const std::string& layer_class,
                                    int64_t layer) const {
  const auto own = layer_formats.find(layer);
  for (const auto* chosen : {own == layer_formats.end() ? nullptr : &own->second, &formats}) {
    if (chosen == nullptr) continue;
    for (const std::string& key : {linear, layer_class}) {
      if (const auto found = chosen->find(key); found != chosen->end()) return found->second;
    }
  }
  return {};
}

}  // namespace vernier::workloads
