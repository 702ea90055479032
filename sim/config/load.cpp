// SPDX-License-Identifier: Apache-2.0
#include "sim/config/load.h"

#include <algorithm>

#include "sim/config/resolver.h"

namespace vernier::config {
namespace {

/// Entries of the file in the order in which they override: outside the phase maps, then inside.
std::vector<Entry> by_precedence(std::vector<Entry> entries) {
  std::stable_partition(entries.begin(), entries.end(),
                        [](const Entry& entry) { return entry.phase.empty(); });
  return entries;
}

/// dram.kind decides what other keys mean and what they override.
std::vector<Entry> split_off_kind(std::vector<Entry>& entries) {
  const auto rest = std::stable_partition(
      entries.begin(), entries.end(), [](const Entry& entry) { return entry.key->type == KeyType::part; });
  std::vector<Entry> kind(entries.begin(), rest);
  entries.erase(entries.begin(), rest);
  return kind;
}

}  // namespace

AcceleratorConfig AcceleratorFile::resolve(const ResolveOptions& options) const {
  std::vector<Diagnostic> findings = declared_.findings;
  const bool unreadable = declared_.entries.empty() && !findings.empty();
  Declared sets;
  for (const std::string& assignment : options.sets) declare_set(assignment, sets);
  findings.insert(findings.end(), sets.findings.begin(), sets.findings.end());

  Resolver resolver(keys(), file_, options.phase);
  std::vector<Entry> entries = by_precedence(declared_.entries);
  entries.insert(entries.end(), sets.entries.begin(), sets.entries.end());
  resolver.apply(split_off_kind(entries));
  resolver.load_part_named();
  resolver.apply(entries);
  if (!unreadable) {
    resolver.fill_in(findings);
    resolver.cross_check(cross_checks());
  }
  findings.insert(findings.end(), resolver.findings.begin(), resolver.findings.end());
  if (!findings.empty()) throw_in_file_order(std::move(findings));
  return resolver.config();
}

AcceleratorConfig AcceleratorFile::values(const ResolveOptions& options) const {
  Declared sets;
  for (const std::string& assignment : options.sets) declare_set(assignment, sets);
  Resolver resolver(keys(), file_, options.phase);
  std::vector<Entry> entries = by_precedence(declared_.entries);
  entries.insert(entries.end(), sets.entries.begin(), sets.entries.end());
  resolver.apply(split_off_kind(entries));
  resolver.load_part_named();
  resolver.apply(entries);
  resolver.fill_in({});
  return resolver.config();
}

AcceleratorConfig parse_accelerator(std::string_view text, const std::string& file,
                                    const ResolveOptions& options) {
  return AcceleratorFile(text, file).resolve(options);
}

AcceleratorConfig load_accelerator(const std::string& path, const ResolveOptions& options) {
  return parse_accelerator(read_text(path), path, options);
}

bool is_key(std::string_view path) { return find_key(split_phase(path).path) != nullptr; }

}  // namespace vernier::config
