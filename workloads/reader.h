// SPDX-License-Identifier: Apache-2.0
// Typed reading of one YAML map, one key record at a time. Findings are collected, not thrown, so that one
// pass reports them all.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "workloads/key.h"

namespace vernier::workloads {

/// (key path, value text), as `--set path=text` gives them; later ones win.
using Overrides = std::vector<std::pair<std::string, std::string>>;

/// Parses YAML or JSON text whose root is a map and applies the overrides. Throws InputError: WKL001 not
/// YAML or not a map, WKL009 an override whose path leads nowhere.
[[nodiscard]] YAML::Node parse_document(const std::string& text, const std::string& file,
                                        const Overrides& overrides);

/// Where a node stands in `file`; nodes that an override made are at "--set".
[[nodiscard]] SourceLocation location_of(const YAML::Node& node, const std::string& file);

/// What a message repeats of a text in the file: its start, fit for a terminal.
[[nodiscard]] std::string shown(const std::string& text);

class MapReader {
 public:
  /// `prefix` is what stands before a key in messages: "" or "gemms.0.".
  MapReader(const YAML::Node& map, std::string file, std::string prefix, std::vector<Diagnostic>& findings);

  /// Value of a key, or nothing if it is absent, null or wrong (then a finding says so: WKL004 missing,
  /// WKL005 wrong type, WKL006 outside the range or list).
  [[nodiscard]] std::optional<int64_t> integer(const KeyRecord& key);
  [[nodiscard]] std::optional<double> real(const KeyRecord& key);
  [[nodiscard]] std::optional<bool> boolean(const KeyRecord& key);
  [[nodiscard]] std::optional<std::string> text(const KeyRecord& key);

  /// Reports keys outside `known` (WKL002).
  void reject_unknown(const std::vector<std::string>& known);
  /// Reports keys given twice (WKL003) and keys that are no plain text (WKL005).
  void reject_duplicates();

  /// Adds a finding about a key, located at its value if it has one, else at the map.
  void complain(const std::string& code, const std::string& key, const std::string& message,
                const std::string& help = {});
  /// The node of a key; undefined if absent.
  [[nodiscard]] YAML::Node node(const std::string& key) const;

 private:
  [[nodiscard]] std::optional<std::string> scalar(const KeyRecord& key, bool quoted_is_fine,
                                                  const char* type);

  YAML::Node map_;
  std::string file_;
  std::string prefix_;
  std::vector<Diagnostic>& findings_;
};

}  // namespace vernier::workloads
