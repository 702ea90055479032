// SPDX-License-Identifier: Apache-2.0
#include "sim/energy/yaml_map.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "base/error.h"

namespace vernier::energy {
namespace {

constexpr size_t kMostKnown = 8;  // documents kept

}  // namespace

YAML::Node parse_yaml(const std::string& text, const std::string& file) {
  // Every point of a sweep reads the same table.
  thread_local std::map<std::string, YAML::Node> known;
  const auto found = known.find(text);
  if (found != known.end()) return found->second;
  try {
    if (known.size() == kMostKnown) known.clear();
    return known.emplace(text, YAML::Load(text)).first->second;
  } catch (const YAML::Exception& error) {
    throw InputError("ENE002", fmt::format("not a YAML file: {}", error.what()), {file});
  }
}

YAML::Node load_yaml(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw InputError("ENE001", "cannot be read", {path});
  std::stringstream text;
  text << in.rdbuf();
  return parse_yaml(text.str(), path);
}

YamlMap::YamlMap(YAML::Node node, std::string file, std::string place)
    : node_(std::move(node)), file_(std::move(file)), place_(std::move(place)) {
  if (!node_.IsMap()) {
    throw InputError("ENE002", fmt::format("{}: a map is due", place_.empty() ? "the file" : place_),
                     {file_});
  }
}

void YamlMap::wrong(const std::string& key, const std::string& what) const {
  const YAML::Node at = node_[key];
  const YAML::Mark mark = at.IsDefined() ? at.Mark() : node_.Mark();
  throw InputError("ENE002", fmt::format("{}{}: {}", place_.empty() ? "" : place_ + ".", key, what),
                   {file_, mark.is_null() ? 0 : mark.line + 1, 0});
}

YAML::Node YamlMap::any(const char* key) const {
  if (!has(key)) wrong(key, "missing");
  return node_[key];
}

YamlMap YamlMap::map(const char* key) const {
  if (!any(key).IsMap()) wrong(key, "a map is due");
  return {any(key), file_, place_.empty() ? key : place_ + "." + key};
}

std::vector<YamlMap> YamlMap::list(const char* key) const {
  if (!any(key).IsSequence()) wrong(key, "a list is due");
  std::vector<YamlMap> maps;
  for (const YAML::Node& node : any(key)) {
    maps.emplace_back(node, file_,
                      fmt::format("{}{}[{}]", place_.empty() ? "" : place_ + ".", key, maps.size()));
  }
  return maps;
}

std::string YamlMap::text(const char* key) const {
  if (!any(key).IsScalar()) wrong(key, "a text is due");
  return any(key).Scalar();
}

double YamlMap::number(const char* key, double least) const {
  double value = 0;
  if (!any(key).IsScalar() || !YAML::convert<double>::decode(any(key), value) || !std::isfinite(value) ||
      value < least) {
    wrong(key, fmt::format("a number of at least {} is due", least));
  }
  return value;
}

int YamlMap::integer(const char* key, int least) const {
  int value = 0;
  if (!any(key).IsScalar() || !YAML::convert<int>::decode(any(key), value) || value < least) {
    wrong(key, fmt::format("a whole number of at least {} is due", least));
  }
  return value;
}

std::vector<std::string> YamlMap::keys() const {
  std::vector<std::string> keys;
  for (const auto& entry : node_) keys.push_back(entry.first.Scalar());
  return keys;
}

void YamlMap::only(const std::vector<std::string>& known) const {
  for (const std::string& key : keys()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      wrong(key, fmt::format("unknown key; {}", suggestion(key, known)));
    }
  }
}

}  // namespace vernier::energy
