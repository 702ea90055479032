// SPDX-License-Identifier: Apache-2.0
#include "sim/config/resolver.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "sim/config/part_file.h"

namespace vernier::config {
namespace {

constexpr size_t kLargestFileBytes = size_t{1} << 20;  // no configuration is longer than 1 MiB

/// A required key whose value was refused as a whole (a list, a duplicate) is not missing as well.
bool mentioned(const std::vector<Diagnostic>& found_before, const std::string& path) {
  const auto starts = [&path](const Diagnostic& finding) {
    if (finding.code == "CFG004" || finding.code == "CFG012") return false;
    const std::string named = finding.message.substr(0, finding.message.find(": "));
    return named == path || path.compare(0, named.size() + 1, named + ".") == 0;
  };
  return std::any_of(found_before.begin(), found_before.end(), starts);
}

}  // namespace

void Resolver::apply(const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    Value value;
    const std::optional<Problem> problem = parse_value(*entry.key, entry.text, value);
    const bool counts = entry.phase.empty() || entry.phase == phase_;
    if (problem) {
      add(*problem, entry.path(), entry.location);
      if (counts) unusable_.insert(entry.key->path);
    }
    if (!counts) continue;
    placed_[entry.key->path] = entry.location;
    if (!problem && (means_something(*entry.key) || !entry.key->ignored)) entry.key->set(config_, value);
  }
}

void Resolver::load_part_named() {
  if (config_.dram_kind == kIdealDram) return;
  machine::DramParams& dram = config_.machine.dram;
  dram.kind = machine::DramKind::part;
  try {
    dram.memory.part = load_part(config_.dram_kind);
    dram.burst_bytes = dram.memory.part.organisation.burst_bytes;
  } catch (const InputError& error) {
    findings.insert(findings.end(), error.diagnostics().begin(), error.diagnostics().end());
    unusable_.insert("dram.kind");
  }
}

void Resolver::fill_in(const std::vector<Diagnostic>& found_before) {
  for (const Key& key : table_) {
    if (placed_.count(key.path) != 0 || key.inherited) continue;
    if (unusable_.count(key.depends_on) != 0) {  // nobody knows whether it means anything
      unusable_.insert(key.path);
      continue;
    }
    if (key.ignored && !means_something(key)) continue;
    if (key.fallback) {
      key.set(config_, *key.fallback);
      continue;
    }
    if (!key.inherits.empty()) {
      key.set(config_, find_key(key.inherits, table_)->get(config_));
      if (unusable_.count(key.inherits) != 0) unusable_.insert(key.path);
      continue;
    }
    unusable_.insert(key.path);
    if (mentioned(found_before, key.path)) continue;
    add({"CFG006", fmt::format("key is missing ({})", allowed_text(key)), key.sentence}, key.path,
        {file_, 0, 0});
  }
}

void Resolver::refuse_meaningless() {
  for (const Key& key : table_) {
    const auto written = placed_.find(key.path);
    if (written == placed_.end() || key.ignored || means_something(key)) continue;
    if (unusable_.count(key.depends_on) != 0) continue;
    const Key& decides = *find_key(key.depends_on, table_);
    add({"CFG028",
         fmt::format("needs {}; {} is {}", key.needs, decides.path,
                     format_value(decides, decides.get(config_))),
         {}},
        key.path, written->second);
  }
}

void Resolver::cross_check(const std::vector<CrossCheck>& rules) {
  refuse_meaningless();
  for (const CrossCheck& rule : rules) {
    bool usable = true;
    for (const std::string& path : rule.paths) usable &= unusable_.count(path) == 0;
    if (!usable) continue;
    const std::optional<Problem> problem = rule.check(config_);
    if (!problem) continue;
    // The first key that somebody wrote is the one to look at.
    SourceLocation place = {file_, 0, 0};
    for (auto path = rule.paths.rbegin(); path != rule.paths.rend(); ++path) {
      const auto written = placed_.find(*path);
      if (written != placed_.end()) place = written->second;
    }
    add(*problem, rule.paths.front(), place);
  }
}

void Resolver::add(const Problem& problem, const std::string& path, SourceLocation place) {
  findings.push_back({problem.code, std::move(place), path + ": " + problem.message, problem.help});
}

std::string read_text(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw InputError("CFG001", "is a folder, a configuration file is due", {path, 0, 0});
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw InputError("CFG001", fmt::format("cannot open configuration file: {}", std::strerror(errno)),
                     {path, 0, 0});
  }
  std::string text(kLargestFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) throw InputError("CFG001", "cannot read configuration file", {path, 0, 0});
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > kLargestFileBytes) {
    throw InputError("CFG001", "longer than 1 MiB, not a configuration file", {path, 0, 0});
  }
  return text;
}

void throw_in_file_order(std::vector<Diagnostic> findings) {
  const auto rank = [](const Diagnostic& finding) {
    const int line = finding.location.line;
    return std::make_pair(line == 0 ? 1 : 0, std::make_pair(line, finding.location.column));
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return rank(a) < rank(b); });
  throw InputError(std::move(findings));
}

}  // namespace vernier::config
