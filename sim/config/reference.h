// SPDX-License-Identifier: Apache-2.0
// The configuration keys and error codes for people: `vernier list keys` and docs/configuration.md.
#pragma once

#include <string>
#include <vector>

#include "sim/config/keys.h"

namespace vernier::config {

/// What an error code of this folder means.
struct CodeSummary {
  std::string code;
  std::string sentence;
};
[[nodiscard]] const std::vector<CodeSummary>& error_codes();

/// One aligned line per key: path, type, unit, default, allowed values.
[[nodiscard]] std::string keys_as_text();

/// {"schema": 1, "keys": [{"path", "type", "unit", "default", "lower", "upper", "allowed", "description"}]};
/// what does not apply to a key is null. Quantities are text with unit.
[[nodiscard]] std::string keys_as_json();

/// One Markdown table per section, under headings of the level ("##").
[[nodiscard]] std::string key_tables(const std::vector<Key>& table, const std::string& level);

/// The whole page docs/configuration.md.
[[nodiscard]] std::string reference_page();

}  // namespace vernier::config
