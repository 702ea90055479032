// SPDX-License-Identifier: Apache-2.0
#include "workloads/reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/printable.h"

namespace vernier::workloads {
namespace {

constexpr size_t kMaxShown = 60;  // characters of a wrong value that a message repeats

/// The name of a key of some workload.
bool is_known(const std::string& name) {
  const auto same = [&](const KeyRecord& known) { return known.name == name; };
  const auto& ignored = llm_ignored_keys();
  return std::any_of(llm_keys().begin(), llm_keys().end(), same) ||
         std::any_of(gemm_keys().begin(), gemm_keys().end(), same) ||
         std::find(ignored.begin(), ignored.end(), name) != ignored.end();
}

const char* kind_of(const YAML::Node& node) {
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  if (node.IsNull()) return "nothing";
  return "a plain value";
}

void apply_override(const YAML::Node& root, const std::string& path, const std::string& value) {
  const auto lost = [&](const std::string& part) {
    throw InputError("WKL009", fmt::format("{}: there is no '{}' here to set", path, part), {"--set", 0, 0},
                     "a path is key, formats.key, formats.layers.range.key or gemms.index.key");
  };
  YAML::Node node;
  node.reset(root);
  size_t begin = 0;
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', begin)) {
    const std::string part = path.substr(begin, dot - begin);
    YAML::Node child;
    if (node.IsSequence()) {
      size_t index = 0;
      const auto parsed = std::from_chars(part.data(), part.data() + part.size(), index);
      if (parsed.ec != std::errc() || parsed.ptr != part.data() + part.size() || index >= node.size())
        lost(part);
      child.reset(node[index]);
    } else if (node.IsMap() && node[part].IsDefined() && !node[part].IsScalar()) {
      child.reset(node[part]);
    } else if (node.IsMap() && (part == "formats" || path.rfind("formats.layers.", 0) == 0)) {
      node[part] = YAML::Node(YAML::NodeType::Map);
      child.reset(node[part]);
    } else {
      lost(part);
    }
    node.reset(child);
    begin = dot + 1;
  }
  const std::string last = path.substr(begin);
  if (last.empty() || !node.IsMap()) lost(last);
  node[last] = value == "null" ? YAML::Node(YAML::NodeType::Null) : YAML::Node(value);
}

}  // namespace

YAML::Node parse_document(const std::string& text, const std::string& file, const Overrides& overrides) {
  YAML::Node root;
  try {
    // JSON allows tabs between tokens, YAML does not; inside a JSON string a tab is always escaped.
    std::string clean = text;
    const size_t start = clean.find_first_not_of(" \t\r\n");
    if (start != std::string::npos && clean[start] == '{')
      std::replace(clean.begin(), clean.end(), '\t', ' ');
    root = YAML::Load(clean);
    if (!root.IsMap()) {
      throw InputError("WKL001", fmt::format("a workload is a map of keys, found {}", kind_of(root)),
                       {file, 1, 1});
    }
    for (const auto& [path, value] : overrides) apply_override(root, path, value);
  } catch (const YAML::Exception& error) {
    const SourceLocation where{file, error.mark.is_null() ? 0 : error.mark.line + 1,
                               error.mark.is_null() ? 0 : error.mark.column + 1};
    throw InputError("WKL001", "not valid YAML: " + error.msg, where);
  }
  return root;
}

std::string shown(const std::string& text) {
  const std::string out = printable(text.substr(0, kMaxShown));
  return text.size() > kMaxShown ? out + "..." : out;
}

SourceLocation location_of(const YAML::Node& node, const std::string& file) {
  if (!node.IsDefined() || node.Mark().is_null()) return {"--set", 0, 0};
  return {file, node.Mark().line + 1, node.Mark().column + 1};
}

MapReader::MapReader(const YAML::Node& map, std::string file, std::string prefix,
                     std::vector<Diagnostic>& findings)
    : map_(map), file_(std::move(file)), prefix_(std::move(prefix)), findings_(findings) {}

YAML::Node MapReader::node(const std::string& key) const {
  const YAML::Node& map = map_;  // the const operator[] does not insert
  return map[key];
}

void MapReader::complain(const std::string& code, const std::string& key, const std::string& message,
                         const std::string& help) {
  const YAML::Node value = node(key);
  const SourceLocation where = value.IsDefined() ? location_of(value, file_) : location_of(map_, file_);
  findings_.push_back({code, where, prefix_ + key + ": " + message, help});
}

std::optional<std::string> MapReader::scalar(const KeyRecord& key, bool quoted_is_fine, const char* type) {
  const YAML::Node value = node(key.name);
  if (!value.IsDefined() || value.IsNull()) {
    if (key.required) {
      std::vector<std::string> strangers;
      for (const auto& entry : map_) {
        const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
        if (!is_known(name) && name != key.name)
          strangers.push_back(name);  // it may be there without a value
      }
      const std::string near = nearest_name(key.name, strangers);
      complain("WKL004", key.name, fmt::format("missing; it is {}", key.sentence),
               near.empty() ? fmt::format("add '{}: <{}>'", key.name, type)
                            : fmt::format("is '{}' meant to be '{}'?", near, key.name));
    }
    return std::nullopt;
  }
  if (!value.IsScalar()) {
    complain("WKL005", key.name, fmt::format("found {}, allowed: {}", kind_of(value), type));
    return std::nullopt;
  }
  const bool quoted = value.Tag() == "!";
  if (quoted && !quoted_is_fine) {
    complain("WKL005", key.name,
             fmt::format("found the text \"{}\", allowed: {}", shown(value.Scalar()), type));
    return std::nullopt;
  }
  return value.Scalar();
}

std::optional<int64_t> MapReader::integer(const KeyRecord& key) {
  const auto text = scalar(key, false, "a whole number");
  if (!text) return std::nullopt;
  int64_t value = 0;
  const char* end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, value);
  if (parsed.ptr != end || (parsed.ec != std::errc() && parsed.ec != std::errc::result_out_of_range)) {
    complain("WKL005", key.name, fmt::format("found '{}', allowed: a whole number", shown(*text)));
    return std::nullopt;
  }
  const auto low = static_cast<int64_t>(key.minimum);
  const auto high = static_cast<int64_t>(key.maximum);
  if (parsed.ec == std::errc::result_out_of_range || value < low || value > high) {
    complain("WKL006", key.name, fmt::format("{} is not in {}..{}", shown(*text), low, high));
    return std::nullopt;
  }
  return value;
}

std::optional<double> MapReader::real(const KeyRecord& key) {
  const auto text = scalar(key, false, "a number");
  if (!text) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text->c_str(), &end);
  if (text->empty() || end != text->c_str() + text->size() || !std::isfinite(value)) {
    complain("WKL005", key.name, fmt::format("found '{}', allowed: a number", shown(*text)));
    return std::nullopt;
  }
  if (value < key.minimum || value > key.maximum) {
    complain("WKL006", key.name, fmt::format("{} is not in {}..{}", value, key.minimum, key.maximum));
    return std::nullopt;
  }
  return value;
}

std::optional<bool> MapReader::boolean(const KeyRecord& key) {
  const auto text = scalar(key, false, "true or false");
  if (!text) return std::nullopt;
  const bool yes = *text == "true" || *text == "True";
  const bool no = *text == "false" || *text == "False";
  if (!yes && !no) {
    complain("WKL005", key.name, fmt::format("found '{}', allowed: true, false", shown(*text)));
    return std::nullopt;
  }
  const char* plain = yes ? "true" : "false";
  if (!key.allowed.empty() && key.allowed.front() != plain) {
    complain("WKL006", key.name, fmt::format("{} is not modelled, allowed: {}", plain, key.allowed.front()));
    return std::nullopt;
  }
  return yes;
}

std::optional<std::string> MapReader::text(const KeyRecord& key) {
  auto value = scalar(key, true, "a text");
  if (!value) return std::nullopt;
  if (!key.allowed.empty() &&
      std::find(key.allowed.begin(), key.allowed.end(), *value) == key.allowed.end()) {
    const char* code = key.name == "model_type" ? "WKL007" : "WKL006";
    complain(code, key.name,
             fmt::format("'{}' is unknown, allowed: {}", shown(*value), fmt::join(key.allowed, ", ")),
             suggestion(*value, key.allowed));
    return std::nullopt;
  }
  return value;
}

void MapReader::reject_unknown(const std::vector<std::string>& known) {
  for (const auto& entry : map_) {
    if (!entry.first.IsScalar()) continue;
    const std::string& name = entry.first.Scalar();
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    findings_.push_back({"WKL002", location_of(entry.first, file_),
                         fmt::format("{}{}: unknown key", prefix_, shown(name)), suggestion(name, known)});
  }
}

void MapReader::reject_duplicates() {
  std::vector<std::string> seen;
  for (const auto& entry : map_) {
    if (!entry.first.IsScalar()) {
      findings_.push_back({"WKL005", location_of(entry.first, file_),
                           fmt::format("a key is {}, allowed: a plain name", kind_of(entry.first)), ""});
      continue;
    }
    const std::string& name = entry.first.Scalar();
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      findings_.push_back({"WKL003", location_of(entry.first, file_),
                           fmt::format("{}{}: given twice", prefix_, shown(name)), "keep one of them"});
    }
    seen.push_back(name);
  }
}

}  // namespace vernier::workloads
