// SPDX-License-Identifier: Apache-2.0
#include "workloads/llm_formats.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace vernier::workloads {

const std::vector<LinearLayer>& linear_layers() {
  static const std::vector<LinearLayer> layers = {
      {"q_proj", "attention_proj", family_all, true},
      {"k_proj", "attention_proj", family_all, true},
      {"v_proj", "attention_proj", family_all, true},
      {"o_proj", "attention_proj", family_all, true},
      {"gate_proj", "mlp", family_llama, true},
      {"up_proj", "mlp", family_llama, true},
      {"down_proj", "mlp", family_llama, true},
      {"fc1", "mlp", family_opt | family_phi, true},
      {"fc2", "mlp", family_opt | family_phi, true},
      {"lm_head", "lm_head", family_all, false},
      {"project_in", "embedding_proj", family_opt, false},
      {"project_out", "embedding_proj", family_opt, false},
  };
  return layers;
}

std::vector<std::string> layer_format_keys(unsigned families) {
  std::vector<std::string> keys = {"attention_proj", "mlp", "kv_cache"};
  for (const LinearLayer& layer : linear_layers()) {
    if (layer.repeated && (layer.families & families) != 0) keys.push_back(layer.name);
  }
  return keys;
}

std::vector<std::string> format_keys(unsigned families) {
  std::vector<std::string> keys = layer_format_keys(families);
  for (const LinearLayer& layer : linear_layers()) {
    if (!layer.repeated && (layer.families & families) != 0) keys.push_back(layer.name);
  }
  return keys;
}

std::optional<LayerRange> layer_range(std::string_view text) {
  const auto number = [](std::string_view digits) -> std::optional<int64_t> {
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
      return std::nullopt;
    int64_t value = std::numeric_limits<int64_t>::max();
    std::from_chars(digits.data(), digits.data() + digits.size(), value);  // leaves it where it is too large
    return value;
  };
  const size_t dash = text.find('-');
  const auto first = number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : number(text.substr(dash + 1));
  if (!first || !last) return std::nullopt;
  return LayerRange{*first, *last};
}

std::string text_of(const LayerRange& range) {
  return range.first == range.last ? fmt::format("{}", range.first)
                                   : fmt::format("{}-{}", range.first, range.last);
}

}  // namespace vernier::workloads
