// SPDX-License-Identifier: Apache-2.0
// What a language model's file can choose formats for: its linear layers, their classes and the cache,
// everywhere or in single repeated layers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/key.h"

namespace vernier::workloads {

/// A linear layer, by the name of its operator.
struct LinearLayer {
  std::string name;         ///< "q_proj"
  std::string layer_class;  ///< "attention_proj"
  unsigned families;
  bool repeated;  ///< in every repeated layer; false: once in the network
};
[[nodiscard]] const std::vector<LinearLayer>& linear_layers();

/// Keys of `formats` that each repeated layer has: layer classes, "kv_cache", and the linear layers of these
/// families.
[[nodiscard]] std::vector<std::string> layer_format_keys(unsigned families = family_all);
/// Those, and what the network has once.
[[nodiscard]] std::vector<std::string> format_keys(unsigned families = family_all);

/// Consecutive repeated layers, both ends included.
struct LayerRange {
  int64_t first = 0;
  int64_t last = 0;
};
/// "5" or "0-3"; nothing for any other text. A number beyond 63 bits is the largest there.
[[nodiscard]] std::optional<LayerRange> layer_range(std::string_view text);
[[nodiscard]] std::string text_of(const LayerRange& range);

}  // namespace vernier::workloads
