// SPDX-License-Identifier: Apache-2.0
#include "sim/config/declared.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

namespace vernier::config {
namespace {

constexpr const char* kSetLocation = "--set";

std::string join_path(const std::string& section, const std::string& name) {
  return section.empty() ? name : section + "." + name;
}

bool is_section(const std::string& path, const std::vector<Key>& table = keys()) {
  return find_key(path, table) == nullptr && !names_below(path, table).empty();
}

std::string keys_of(const std::string& section, const std::vector<Key>& table) {
  return fmt::format("{}", fmt::join(names_below(section, table), ", "));
}

/// The nearest valid key to an unknown `name` in `section`, with `phase` in front where it belongs.
std::string help_for_unknown(const std::string& phase, const std::string& section, const std::string& name,
                             const std::vector<Key>& table = keys()) {
  std::vector<std::string> siblings = names_below(section, table);
  const std::vector<std::string>& maps = phases(table);
  if (phase.empty() && section.empty()) siblings.insert(siblings.end(), maps.begin(), maps.end());
  const std::string nearest = nearest_name(name, siblings);
  const auto full = [&](const std::string& path) {
    return fmt::format("did you mean '{}'?", join_path(phase, path));
  };
  if (!nearest.empty()) return full(join_path(section, nearest));
  for (const Key& key : table) {  // the right name in the wrong place
    if (key.path.substr(key.path.rfind('.') + 1) == name) return full(key.path);
  }
  return fmt::format("allowed{}: {}", section.empty() ? "" : " below " + join_path(phase, section),
                     fmt::join(siblings, ", "));
}

/// The same when the section is unknown too.
std::string help_for_path(const PhasedPath& split) {
  std::vector<std::string> paths;
  for (const Key& key : keys()) paths.push_back(key.path);
  const std::string nearest = nearest_name(split.path, paths);
  if (!nearest.empty()) return fmt::format("did you mean '{}'?", join_path(split.phase, nearest));
  return help_for_unknown(split.phase, "", split.path.substr(0, split.path.find('.')));
}

class TreeReader {
 public:
  TreeReader(const std::string& file, const std::vector<Key>& table, Declared& declared)
      : file_(file), table_(table), declared_(declared) {}

  void read_root(const YAML::Node& root) {
    if (!root.IsMap()) {
      add("CFG003", location(root), fmt::format("{}, a map of keys is due", found(root)),
          "allowed: " + keys_of("", table_));
      return;
    }
    read_section(root, "", "");
  }

 private:
  void read_section(const YAML::Node& map, const std::string& phase, const std::string& section) {
    std::map<std::string, int> first_line;
    for (const auto& pair : map) {
      const SourceLocation place = location(pair.first);
      if (!pair.first.IsScalar()) {
        add("CFG004", place, fmt::format("{}: a key must be a name", join_path(phase, section)), "");
        continue;
      }
      const std::string& name = pair.first.Scalar();
      const std::string shown = join_path(phase, join_path(section, name));
      const auto [earlier, fresh] = first_line.emplace(name, place.line);
      if (!fresh) {
        add("CFG005", place, fmt::format("{}: key given twice, first in line {}", shown, earlier->second),
            "");
        continue;
      }
      read_pair(pair.second, phase, section, name, place);
    }
  }

  void read_pair(const YAML::Node& value, const std::string& phase, const std::string& section,
                 const std::string& name, const SourceLocation& place) {
    const std::string path = join_path(section, name);
    const std::string shown = join_path(phase, path);
    const std::vector<std::string>& maps = phases(table_);
    const bool is_phase =
        phase.empty() && section.empty() && std::find(maps.begin(), maps.end(), name) != maps.end();
    if (is_phase || is_section(path, table_)) {
      const std::string below = is_phase ? "" : path;
      if (value.IsMap()) {
        read_section(value, is_phase ? name : phase, below);
      } else {
        add("CFG003", place, fmt::format("{}: {}, a map of keys is due", shown, found(value)),
            "allowed: " + keys_of(below, table_));
      }
      return;
    }
    const Key* key = find_key(path, table_);
    if (key == nullptr) {
      add("CFG004", place, fmt::format("{}: unknown key", shown),
          help_for_unknown(phase, section, name, table_));
    } else if (key->type == KeyType::order && value.IsSequence()) {
      declared_.entries.push_back({key, phase, joined(value), location(value)});
    } else if (!value.IsScalar()) {
      add("CFG007", place,
          fmt::format("{}: {}, one value is due ({})", shown, found(value), allowed_text(*key)), "");
    } else {
      declared_.entries.push_back({key, phase, value.Scalar(), location(value)});
    }
  }

  [[nodiscard]] SourceLocation location(const YAML::Node& node) const {
    const YAML::Mark mark = node.Mark();
    if (mark.is_null()) return {file_, 0, 0};
    return {file_, mark.line + 1, mark.column + 1};
  }

  static std::string joined(const YAML::Node& list) {
    std::string text;
    for (const YAML::Node& item : list) {
      if (!text.empty()) text += ", ";
      text += item.IsScalar() ? item.Scalar() : found(item);
    }
    return text;
  }

  static std::string found(const YAML::Node& node) {
    if (node.IsMap()) return "found a map";
    if (node.IsSequence()) return "found a list";
    if (node.IsScalar()) return fmt::format("found '{}'", node.Scalar());
    return "found nothing";
  }

  void add(std::string code, SourceLocation place, std::string message, std::string help) {
    declared_.findings.push_back({std::move(code), std::move(place), std::move(message), std::move(help)});
  }

  const std::string& file_;
  const std::vector<Key>& table_;
  Declared& declared_;
};

/// Notes where a document starts, takes nothing else.
class DocumentStart : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { mark_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}
  [[nodiscard]] const YAML::Mark& mark() const { return mark_; }

 private:
  YAML::Mark mark_;
};

/// Where a second document starts. YAML::LoadAll would do, but it never returns from a text that starts with
/// a comma: it reads empty documents without end.
std::optional<YAML::Mark> second_document(const std::string& text) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  DocumentStart start;
  if (!parser.HandleNextDocument(start) || !parser.HandleNextDocument(start)) return std::nullopt;
  return start.mark();
}

}  // namespace

Declared declare_text(std::string_view text, const std::string& file, const std::vector<Key>& table) {
  Declared declared;
  try {
    const std::string whole(text);
    if (const std::optional<YAML::Mark> second = second_document(whole)) {
      declared.findings.push_back({"CFG002",
                                   {file, second->line + 1, second->column + 1},
                                   "the text goes on after the end of its YAML document",
                                   "one map of keys is due; remove the rest"});
      return declared;
    }
    TreeReader(file, table, declared).read_root(YAML::Load(whole));
  } catch (const YAML::Exception& error) {
    const bool placed = !error.mark.is_null();
    declared = {};
    declared.findings.push_back({"CFG002",
                                 {file, placed ? error.mark.line + 1 : 0, placed ? error.mark.column + 1 : 0},
                                 fmt::format("not readable as YAML: {}", error.msg),
                                 ""});
  }
  return declared;
}

PhasedPath split_phase(std::string_view path) {
  for (const std::string& phase : phases()) {
    if (path.size() > phase.size() && path.substr(0, phase.size()) == phase && path[phase.size()] == '.') {
      return {phase, std::string(path.substr(phase.size() + 1))};
    }
  }
  return {"", std::string(path)};
}

void declare_set(const std::string& assignment, Declared& declared) {
  const SourceLocation place = {kSetLocation, 0, 0};
  const size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    declared.findings.push_back({"CFG012", place,
                                 fmt::format("found '{}', key.path=value is due", assignment),
                                 "write for example --set array.rows=16"});
    return;
  }
  const PhasedPath split = split_phase(std::string_view(assignment).substr(0, equals));
  const Key* key = find_key(split.path);
  if (key == nullptr) {
    const size_t dot = split.path.rfind('.');
    const std::string section = dot == std::string::npos ? "" : split.path.substr(0, dot);
    const bool known_section = section.empty() || is_section(section);
    const std::string help = known_section
                                 ? help_for_unknown(split.phase, section, split.path.substr(dot + 1))
                                 : help_for_path(split);
    declared.findings.push_back(
        {"CFG004", place, fmt::format("{}: unknown key", assignment.substr(0, equals)), help});
    return;
  }
  declared.entries.push_back({key, split.phase, assignment.substr(equals + 1), place});
}

}  // namespace vernier::config
