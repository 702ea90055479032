// SPDX-License-Identifier: Apache-2.0
// One record per key of a workload file. The records drive the parser, the messages, the key table of
// docs/workloads.md and the tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vernier::workloads {

enum class KeyType { integer, real, boolean, text };

/// Model families with the same layer structure; a set of them is a bit mask.
enum Family : unsigned { family_llama = 1U, family_opt = 2U, family_phi = 4U, family_all = 7U };

struct KeyRecord {
  std::string name;   ///< as in a Hugging Face config.json
  unsigned families;  ///< which families have the key
  KeyType type;
  bool required;         ///< if not, `fallback` holds
  std::string fallback;  ///< what holds if absent or null, in words or as a value
  double minimum;        ///< integer, real
  double maximum;
  std::vector<std::string> allowed;  ///< text: the values known; boolean: those that can be modelled
  std::string sentence;
};

/// Keys of a language model that have a meaning here.
[[nodiscard]] const std::vector<KeyRecord>& llm_keys();

/// Keys of a config.json that change no shape and no operator: read over without a word.
[[nodiscard]] const std::vector<std::string>& llm_ignored_keys();

/// Keys of one entry of a GEMM list.
[[nodiscard]] const std::vector<KeyRecord>& gemm_keys();

/// A Markdown table of keys, as in docs/workloads.md.
[[nodiscard]] std::string keys_as_markdown(const std::vector<KeyRecord>& keys);

/// True if `path` can name a key of some workload ("hidden_size", "formats.mlp", "formats.layers.0-3.mlp",
/// "gemms.0.m"): how `--set`
/// tells keys of the workload from keys of the accelerator.
[[nodiscard]] bool is_workload_key(std::string_view path);

}  // namespace vernier::workloads
