// SPDX-License-Identifier: Apache-2.0
// The syntax of Liberty files: groups with attributes and groups inside them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vernier::ppa {

struct LibertyGroup {
  std::string type;                    ///< "cell"
  std::vector<std::string> arguments;  ///< "INVX1"
  int line = 0;
  /// area : 16; has one value, index_1 ("1, 2"); those in parentheses. Quotes are gone.
  std::vector<std::pair<std::string, std::vector<std::string>>> attributes;
  std::vector<LibertyGroup> groups;

  /// First value of the attribute, or empty.
  [[nodiscard]] std::string value(std::string_view name) const;
  /// All values of the attribute, or none.
  [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
  [[nodiscard]] const LibertyGroup* find(std::string_view group_type) const;
};

/// The outermost group. Throws InputError PPA003 with the line of what is not Liberty.
[[nodiscard]] LibertyGroup parse_liberty(std::string_view text, const std::string& path);

}  // namespace vernier::ppa
