// SPDX-License-Identifier: Apache-2.0
#include "sim/config/part_file.h"

#include <algorithm>

#include "base/error.h"
#include "sim/config/load.h"
#include "sim/config/resolver.h"

namespace vernier::config {
namespace {

namespace fs = std::filesystem;

bool has_ending(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending;
}

}  // namespace

std::vector<fs::path> shipped_roots() {
  std::vector<fs::path> roots{"."};
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (error) return roots;
  roots.push_back(executable.parent_path().parent_path() / "share" / "vernier");
  for (fs::path folder = executable.parent_path(); folder != folder.parent_path();
       folder = folder.parent_path()) {
    if (!fs::is_directory(folder / "configs", error) || !fs::is_directory(folder / "workloads", error))
      continue;
    roots.push_back(folder);
    break;
  }
  return roots;
}

std::vector<ShippedPart> shipped_parts() {
  std::vector<ShippedPart> parts;
  for (const fs::path& root : shipped_roots()) {
    std::error_code error;
    for (fs::directory_iterator it(root / "configs" / "dram", error), end; !error && it != end;
         it.increment(error)) {
      if (it->path().extension() != ".yaml") continue;
      parts.push_back({it->path().stem().string(), it->path().lexically_normal()});
    }
  }
  // Stable: of one name the first place stays in front.
  std::stable_sort(parts.begin(), parts.end(),
                   [](const ShippedPart& a, const ShippedPart& b) { return a.name < b.name; });
  parts.erase(std::unique(parts.begin(), parts.end(),
                          [](const ShippedPart& a, const ShippedPart& b) { return a.name == b.name; }),
              parts.end());
  return parts;
}

bool is_part_path(std::string_view text) {
  return text.find('/') != std::string_view::npos || has_ending(text, ".yaml") || has_ending(text, ".yml");
}

std::optional<Problem> unknown_part(std::string_view text, bool ideal_allowed) {
  if ((ideal_allowed && text == kIdealDram) || is_part_path(text)) return std::nullopt;
  std::vector<std::string> names;
  if (ideal_allowed) names.emplace_back(kIdealDram);
  for (const ShippedPart& part : shipped_parts()) names.push_back(part.name);
  if (std::find(names.begin(), names.end(), text) != names.end()) return std::nullopt;
  return Problem{"CFG011",
                 fmt::format("{}, one of {} or the path of a part file is due",
                             text.empty() ? std::string("found nothing") : fmt::format("found '{}'", text),
                             fmt::join(names, ", ")),
                 nearest_name(text, names).empty() ? "" : suggestion(text, names)};
}

dram::Part load_part(const std::string& name_or_path, const std::vector<PartOverride>& overrides) {
  std::string path = name_or_path;
  if (!is_part_path(name_or_path)) {
    if (const auto problem = unknown_part(name_or_path, false)) {
      throw InputError(problem->code, problem->message, {}, problem->help);
    }
    for (const ShippedPart& part : shipped_parts()) {
      if (part.name == name_or_path) path = part.path.string();
    }
  }
  return parse_part(read_text(path), path, overrides);
}

dram::Part parse_part(std::string_view text, const std::string& file,
                      const std::vector<PartOverride>& overrides) {
  const Declared declared = declare_text(text, file, part_keys());
  std::vector<Diagnostic> findings = declared.findings;
  Resolver resolver(part_keys(), file, "");
  resolver.apply(declared.entries);
  for (const PartOverride& change : overrides) {
    resolver.apply({{find_key(change.path, part_keys()), "", change.text, {change.option, 0, 0}}});
  }
  if (!declared.entries.empty() || findings.empty()) {
    resolver.fill_in(findings);
    resolver.cross_check(part_checks());
  }
  findings.insert(findings.end(), resolver.findings.begin(), resolver.findings.end());
  if (!findings.empty()) throw_in_file_order(std::move(findings));
  return resolver.config().machine.dram.memory.part;
}

std::string write_part(const dram::Part& part) {
  AcceleratorConfig config;
  config.machine.dram.memory.part = part;
  return write_keys(part_keys(), config);
}

}  // namespace vernier::config
