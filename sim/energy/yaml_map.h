// SPDX-License-Identifier: Apache-2.0
// Maps of the YAML files of energy data, read with messages that name file, line and key.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

namespace vernier::energy {

/// A YAML document. Throws InputError ENE001 (cannot be read), ENE002 (not YAML).
[[nodiscard]] YAML::Node load_yaml(const std::string& path);
[[nodiscard]] YAML::Node parse_yaml(const std::string& text, const std::string& file);

/// One map of a document. Throws InputError ENE002 for a key that is missing or of the wrong type.
class YamlMap {
 public:
  /// `place` is the path of the map in the document, "" for the document itself.
  YamlMap(YAML::Node node, std::string file, std::string place = "");

  [[nodiscard]] bool has(const char* key) const { return node_[key].IsDefined(); }
  [[nodiscard]] YAML::Node any(const char* key) const;
  [[nodiscard]] YamlMap map(const char* key) const;
  [[nodiscard]] std::vector<YamlMap> list(const char* key) const;
  [[nodiscard]] std::string text(const char* key) const;
  /// Finite and at least `least`.
  [[nodiscard]] double number(const char* key, double least = 0) const;
  [[nodiscard]] int integer(const char* key, int least = 0) const;
  [[nodiscard]] std::vector<std::string> keys() const;
  /// Refuses keys that are not in the list.
  void only(const std::vector<std::string>& known) const;
  [[noreturn]] void wrong(const std::string& key, const std::string& what) const;

 private:
  YAML::Node node_;
  std::string file_;
  std::string place_;
};

}  // namespace vernier::energy
