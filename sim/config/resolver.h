// SPDX-License-Identifier: Apache-2.0
// Second stage of reading a configuration: values in the order in which they override each other, then the
// rules across keys.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "sim/config/accelerator_config.h"
#include "sim/config/checks.h"
#include "sim/config/declared.h"
#include "sim/config/keys.h"

namespace vernier::config {

class Resolver {
 public:
  /// `file` is named where a key is missing; entries of phases other than `phase` are checked, not applied.
  Resolver(const std::vector<Key>& table, std::string file, std::string phase)
      : table_(table), file_(std::move(file)), phase_(std::move(phase)) {}

  void apply(const std::vector<Entry>& entries);
  /// Reads the part that dram.kind names, after that key and before those that override the part.
  void load_part_named();
  /// Defaults of the keys that nobody wrote. What was found before keeps a key from being missing as well.
  void fill_in(const std::vector<Diagnostic>& found_before);
  void cross_check(const std::vector<CrossCheck>& rules);

  [[nodiscard]] const AcceleratorConfig& config() const { return config_; }
  std::vector<Diagnostic> findings;

 private:
  [[nodiscard]] bool means_something(const Key& key) const { return !key.applies || key.applies(config_); }
  void refuse_meaningless();
  void add(const Problem& problem, const std::string& path, SourceLocation place);

  const std::vector<Key>& table_;
  std::string file_;
  std::string phase_;
  AcceleratorConfig config_;
  std::map<std::string, SourceLocation> placed_;
  std::set<std::string> unusable_;
};

/// The text of a configuration file. Throws InputError CFG001.
[[nodiscard]] std::string read_text(const std::string& path);

/// Throws InputError with the findings by line and column, those without a place last.
[[noreturn]] void throw_in_file_order(std::vector<Diagnostic> findings);

}  // namespace vernier::config
