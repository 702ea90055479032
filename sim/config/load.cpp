// SPDX-License-Identifier: Apache-2.0
#include "sim/config/load.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/error.h"
#include "sim/config/checks.h"
#include "sim/config/declared.h"
#include "sim/config/keys.h"

namespace vernier::config {
namespace {

constexpr size_t kLargestFileBytes = size_t{1} << 20;  // no configuration is longer than 1 MiB

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

/// Second stage: values in the order in which they override each other, then the rules across keys.
class Resolver {
 public:
  Resolver(std::string file, std::string phase) : file_(std::move(file)), phase_(std::move(phase)) {}

  void apply(const std::vector<Entry>& entries) {
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
      if (!problem) entry.key->set(config_, value);
    }
  }

  void fill_in(const std::vector<Diagnostic>& found_before) {
    for (const Key& key : keys()) {
      if (placed_.count(key.path) != 0) continue;
      if (key.fallback) {
        key.set(config_, *key.fallback);
      } else {
        unusable_.insert(key.path);
        if (!mentioned(found_before, key.path)) {
          add({"CFG006", fmt::format("key is missing ({})", allowed_text(key)), key.sentence}, key.path,
              {file_, 0, 0});
        }
      }
    }
  }

  void cross_check() {
    for (const Key& key : keys()) {
      const auto written = placed_.find(key.path);
      if (written == placed_.end() || !key.applies || unusable_.count("array.pe") != 0) continue;
      if (key.applies(config_)) continue;
      add({"CFG028", fmt::format("needs {}; array.pe is {}", key.needs, config_.machine.array.pe), {}},
          key.path, written->second);
    }
    for (const CrossCheck& rule : cross_checks()) {
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

  [[nodiscard]] const AcceleratorConfig& config() const { return config_; }
  std::vector<Diagnostic> findings;

 private:
  /// A required key whose value was refused as a whole (a list, a duplicate) is not missing as well.
  static bool mentioned(const std::vector<Diagnostic>& found_before, const std::string& path) {
    const auto starts = [&path](const Diagnostic& finding) {
      if (finding.code == "CFG004" || finding.code == "CFG012") return false;
      const std::string named = finding.message.substr(0, finding.message.find(": "));
      return named == path || path.compare(0, named.size() + 1, named + ".") == 0;
    };
    return std::any_of(found_before.begin(), found_before.end(), starts);
  }

  void add(const Problem& problem, const std::string& path, SourceLocation place) {
    findings.push_back({problem.code, std::move(place), path + ": " + problem.message, problem.help});
  }

  std::string file_;
  std::string phase_;
  AcceleratorConfig config_;
  std::map<std::string, SourceLocation> placed_;
  std::set<std::string> unusable_;
};

/// Entries of the file in the order in which they override: outside the phase maps, then inside.
std::vector<Entry> by_precedence(std::vector<Entry> entries) {
  std::stable_partition(entries.begin(), entries.end(),
                        [](const Entry& entry) { return entry.phase.empty(); });
  return entries;
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

}  // namespace

AcceleratorConfig parse_accelerator(std::string_view text, const std::string& file,
                                    const ResolveOptions& options) {
  Declared declared = declare_text(text, file);
  std::vector<Diagnostic> findings = declared.findings;
  const bool unreadable = declared.entries.empty() && !findings.empty();
  Declared sets;
  for (const std::string& assignment : options.sets) declare_set(assignment, sets);
  findings.insert(findings.end(), sets.findings.begin(), sets.findings.end());

  Resolver resolver(file, options.phase);
  resolver.apply(by_precedence(std::move(declared.entries)));
  resolver.apply(sets.entries);
  if (!unreadable) {
    resolver.fill_in(findings);
    resolver.cross_check();
  }
  findings.insert(findings.end(), resolver.findings.begin(), resolver.findings.end());
  if (!findings.empty()) throw_in_file_order(std::move(findings));
  return resolver.config();
}

AcceleratorConfig load_accelerator(const std::string& path, const ResolveOptions& options) {
  return parse_accelerator(read_text(path), path, options);
}

bool is_key(std::string_view path) { return find_key(split_phase(path).path) != nullptr; }

}  // namespace vernier::config
