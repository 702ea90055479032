// SPDX-License-Identifier: Apache-2.0
// The rules every source file of the tree obeys, as plain functions of a path and a text, so that they can
// be shown to fail. docs: CONTRIBUTING.md, "Boundaries".
//
// Paths are relative to the root, with '/'. A rule that is broken gives one Violation per place.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace vernier::structure {

constexpr int kMaxLines = 400;
constexpr int kLicenceWithinLines = 3;

struct Violation {
  std::string path;
  int line = 0;
  std::string rule;  ///< "licence", "length", "layer", "rooted", "systemc", "verilated", "unfinished"
  std::string detail;

  [[nodiscard]] std::string text() const {
    return path + ":" + std::to_string(line) + ": [" + rule + "] " + detail;
  }
};

struct Include {
  int line = 0;
  std::string path;
  bool quoted = false;
};

inline bool starts_with(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

inline bool ends_with(const std::string& text, const std::string& suffix) {
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

inline bool is_cpp(const std::string& path) { return ends_with(path, ".cpp") || ends_with(path, ".h"); }

/// The #include lines of a C++ text.
inline std::vector<Include> includes_of(const std::string& text) {
  static const std::regex directive(R"re(^\s*#\s*include\s*(["<])([^">]+)[">])re");
  std::vector<Include> found;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::smatch match;
    if (std::regex_search(line, match, directive)) found.push_back({number, match[2], match[1] == "\""});
  }
  return found;
}

/// The folders a file may include from; empty = no restriction. The longest matching folder decides.
inline std::vector<std::string> allowed_folders(const std::string& path) {
  static const std::vector<std::pair<std::string, std::vector<std::string>>> layers = {
      {"models/formats/", {"base/", "models/formats/"}},
      {"models/", {"base/", "models/"}},
      {"base/", {"base/"}},
      {"workloads/", {"base/", "models/formats/", "workloads/"}},
      {"sim/", {"base/", "models/", "workloads/", "sim/"}},
  };
  for (const auto& [folder, allowed] : layers) {
    if (starts_with(path, folder)) return allowed;
  }
  return {};
}

inline bool is_systemc_header(const std::string& include) {
  return include == "systemc" || include == "systemc.h" || include == "tlm" || starts_with(include, "tlm.") ||
         starts_with(include, "tlm_") || starts_with(include, "sysc/");
}

/// Verilator's runtime and the classes it generates (a V and the name of the RTL top).
inline bool is_verilated_header(const std::string& include) {
  static const std::regex generated(R"(^V[A-Za-z0-9_]+\.h$)");
  const std::string name = include.substr(include.rfind('/') + 1);
  return starts_with(name, "verilated") || std::regex_match(name, generated);
}

inline bool may_include_systemc(const std::string& path) {
  static const std::regex module(R"(^models/.*_module\.(h|cpp)$)");
  return std::regex_match(path, module) || starts_with(path, "sim/engine/systemc/") ||
         starts_with(path, "sim/rtl_adaptor/") || starts_with(path, "tests/") ||
         starts_with(path, "benchmarks/");
}

inline bool may_include_verilated(const std::string& path) {
  return starts_with(path, "sim/rtl_adaptor/") || starts_with(path, "tests/") ||
         starts_with(path, "benchmarks/");
}

inline void check_includes(const std::string& path, const std::string& text, std::vector<Violation>& found) {
  static const std::set<std::string> roots = {"base", "models", "workloads", "sim", "tests", "benchmarks"};
  const std::vector<std::string> allowed = allowed_folders(path);
  for (const Include& include : includes_of(text)) {
    const std::string top = include.path.substr(0, include.path.find('/'));
    const bool ours = roots.count(top) != 0 && top != include.path;
    if (ours && !allowed.empty() &&
        std::none_of(allowed.begin(), allowed.end(),
                     [&](const std::string& folder) { return starts_with(include.path, folder); })) {
      found.push_back({path, include.line, "layer", "must not include " + include.path});
    }
    if (starts_with(include.path, "../") || starts_with(include.path, "./")) {
      found.push_back({path, include.line, "rooted", include.path + " is not relative to the root"});
    }
    if (is_systemc_header(include.path) && !may_include_systemc(path)) {
      found.push_back({path, include.line, "systemc",
                       "<" + include.path +
                           "> belongs in *_module files, "
                           "sim/engine/systemc or sim/rtl_adaptor"});
    }
    if (is_verilated_header(include.path) && !may_include_verilated(path)) {
      found.push_back({path, include.line, "verilated", include.path + " belongs in sim/rtl_adaptor"});
    }
  }
}

/// Every rule that needs one file only.
inline std::vector<Violation> check_source(const std::string& path, const std::string& text) {
  // Written in two halves: this file obeys the rule too.
  static const std::regex unfinished(
      "\\b(TO"
      "DO|FIX"
      "ME)\\b");
  std::vector<Violation> found;
  bool licensed = false;
  int number = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (number <= kLicenceWithinLines &&
        line.find("SPDX-License-Identifier: Apache-2.0") != std::string::npos) {
      licensed = true;
    }
    if (std::regex_search(line, unfinished)) found.push_back({path, number, "unfinished", line});
  }
  if (!licensed) found.push_back({path, 1, "licence", "no SPDX line in the first 3 lines"});
  if (number > kMaxLines) {
    found.push_back(
        {path, number, "length", std::to_string(number) + " lines, more than " + std::to_string(kMaxLines)});
  }
  if (is_cpp(path)) check_includes(path, text, found);
  return found;
}

/// Follows project includes from `path` through `tree` (path -> text). The chain that leads to a SystemC
/// header, e.g. "sim/a.h > models/b_module.h > systemc", if there is one.
inline std::optional<std::string> systemc_chain(const std::map<std::string, std::string>& tree,
                                                const std::string& path, std::set<std::string>& visited) {
  const auto file = tree.find(path);
  if (file == tree.end() || !visited.insert(path).second) return std::nullopt;
  for (const Include& include : includes_of(file->second)) {
    if (is_systemc_header(include.path)) return path + " > " + include.path;
    if (const auto rest = systemc_chain(tree, include.path, visited)) return path + " > " + *rest;
  }
  return std::nullopt;
}

/// Files the fast engine is made of must not reach SystemC through any chain of includes: it links without
/// the kernel. Only the program itself (sim/cli) and the places named above may.
inline std::vector<Violation> check_systemc_reach(const std::map<std::string, std::string>& tree) {
  std::vector<Violation> found;
  for (const auto& [path, text] : tree) {
    if (!is_cpp(path) || may_include_systemc(path) || starts_with(path, "sim/cli/")) continue;
    std::set<std::string> visited;
    if (const auto chain = systemc_chain(tree, path, visited)) found.push_back({path, 1, "systemc", *chain});
  }
  return found;
}

}  // namespace vernier::structure
