// SPDX-License-Identifier: Apache-2.0
// First stage of reading a configuration: which key has which text, and where it was written. Knows
// which keys exist, not what their values mean.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sim/config/keys.h"

namespace vernier::config {

/// One key that was given a value.
struct Entry {
  const Key* key = nullptr;
  std::string phase;  ///< "prefill" or "decode" inside that map, else empty
  std::string text;
  SourceLocation location;

  /// Path as the user writes it: "decode.array.rows".
  [[nodiscard]] std::string path() const { return phase.empty() ? key->path : phase + "." + key->path; }
};

struct Declared {
  std::vector<Entry> entries;
  std::vector<Diagnostic> findings;
};

/// Reads YAML text. Malformed YAML is the only finding then; unknown and duplicate keys, values where a
/// section is due and the reverse are findings beside the entries that could be read.
[[nodiscard]] Declared declare_text(std::string_view text, const std::string& file,
                                    const std::vector<Key>& table = keys());

/// Reads one `key.path=value` of the command line into `declared`.
void declare_set(const std::string& assignment, Declared& declared);

/// Splits "decode.array.rows" into phase and path; phase is empty if there is none.
struct PhasedPath {
  std::string phase;
  std::string path;
};
[[nodiscard]] PhasedPath split_phase(std::string_view path);

}  // namespace vernier::config
