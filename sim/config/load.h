// SPDX-License-Identifier: Apache-2.0
// Reads accelerator configurations: YAML text (declared) -> AcceleratorConfig (resolved).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/config/accelerator_config.h"
#include "sim/config/declared.h"
#include "sim/config/keys.h"

namespace vernier::config {

/// What decides how a declared configuration resolves.
struct ResolveOptions {
  /// "prefill" or "decode": that map of the file overrides the rest. Anything else ("gemm", ""): neither.
  std::string phase;
  /// `key.path=value` from the command line, later ones win. They win over the file, phase maps included;
  /// `decode.array.rows=8` applies in that phase only.
  std::vector<std::string> sets;
};

/// A configuration that is read once and resolved many times.
class AcceleratorFile {
 public:
  /// `file` is the name shown in messages. What is wrong with the text is said when it is resolved.
  AcceleratorFile(std::string_view text, std::string file)
      : file_(std::move(file)), declared_(declare_text(text, file_)) {}

  /// Throws InputError (CFG...) carrying every finding of the pass.
  [[nodiscard]] AcceleratorConfig resolve(const ResolveOptions& options) const;
  /// The value of every key, whether or not they fit together: no rule across keys is applied and nothing
  /// thrown.
  [[nodiscard]] AcceleratorConfig values(const ResolveOptions& options) const;

 private:
  std::string file_;
  Declared declared_;
};

/// Reads and resolves a file. Throws InputError (CFG...) carrying every finding of the pass.
[[nodiscard]] AcceleratorConfig load_accelerator(const std::string& path, const ResolveOptions& options = {});

/// The same from text; `file` is the name shown in messages.
[[nodiscard]] AcceleratorConfig parse_accelerator(std::string_view text, const std::string& file,
                                                  const ResolveOptions& options = {});

/// The complete canonical YAML text of the keys that apply, units included: parses back to the same struct in
/// any phase, and writing that again gives the same bytes.
[[nodiscard]] std::string write_resolved(const AcceleratorConfig& config);

/// The keys of a table that apply, as YAML text.
[[nodiscard]] std::string write_keys(const std::vector<Key>& table, const AcceleratorConfig& config);

/// FNV-1a of write_resolved() and the numbers of the DRAM part, as 16 hexadecimal digits.
[[nodiscard]] std::string digest(const AcceleratorConfig& config);

/// True if `path` ("array.rows", "decode.array.rows") names a configuration key: how `--set` tells keys
/// of the accelerator from keys of the workload.
[[nodiscard]] bool is_key(std::string_view path);

}  // namespace vernier::config
