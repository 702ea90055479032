// SPDX-License-Identifier: Apache-2.0
// JSON as a tree that knows on which line each value stands, and that keeps keys given twice.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vernier::graph {

struct JsonTree {
  enum class Kind { null, boolean, natural, other_number, text, list, object };

  Kind kind = Kind::null;
  int line = 0;                    ///< where the value ends (a list or object: begins), from 1
  uint64_t natural = 0;            ///< a whole number >= 0; boolean: 0 or 1
  std::string text;                ///< a text; other_number: as it is written
  std::vector<JsonTree> elements;  ///< of a list
  std::vector<std::pair<std::string, JsonTree>> members;  ///< of an object, in order

  /// The first member of that name, or null.
  [[nodiscard]] const JsonTree* find(std::string_view key) const;
  /// "a text", "the number -3"..., for messages.
  [[nodiscard]] std::string described() const;
};

/// Throws InputError GRA001: not JSON, or nested more than 32 deep.
[[nodiscard]] JsonTree parse_json_tree(std::string_view text, const std::string& file);

}  // namespace vernier::graph
