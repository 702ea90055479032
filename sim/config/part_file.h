// SPDX-License-Identifier: Apache-2.0
// DRAM parts as files: those shipped with Vernier in configs/dram/, by name, and the user's own, by path.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/dram/part.h"
#include "sim/config/checks.h"

namespace vernier::config {

/// dram.kind of the memory without part.
inline constexpr const char* kIdealDram = "ideal";

/// Places that may hold configs/ and workloads/, best first: the working folder, share/vernier of the
/// installation that this executable belongs to, the source tree that it was built in.
[[nodiscard]] std::vector<std::filesystem::path> shipped_roots();

/// A part that comes with Vernier.
struct ShippedPart {
  std::string name;
  std::filesystem::path path;
};
/// In order of their names; of several with one name, that of the first place.
[[nodiscard]] std::vector<ShippedPart> shipped_parts();

/// True if the text of dram.kind means a file: it has a slash or ends in .yaml or .yml.
[[nodiscard]] bool is_part_path(std::string_view text);

/// What is wrong with a name of a part that is neither `ideal`, if that is allowed, nor shipped, nor a path.
[[nodiscard]] std::optional<Problem> unknown_part(std::string_view text, bool ideal_allowed);

/// A key of a part that an option overrides.
struct PartOverride {
  std::string option;  ///< named in messages: "--refresh"
  std::string path;    ///< of part_keys()
  std::string text;
};

/// Reads a part by name or path. Throws InputError (CFG...) with every finding.
[[nodiscard]] dram::Part load_part(const std::string& name_or_path,
                                   const std::vector<PartOverride>& overrides = {});

/// The same from text; `file` is the name shown in messages.
[[nodiscard]] dram::Part parse_part(std::string_view text, const std::string& file,
                                    const std::vector<PartOverride>& overrides = {});

/// Complete text of a part file; reads back to the same part.
[[nodiscard]] std::string write_part(const dram::Part& part);

/// Refresh of single banks that the part does not have; also where dram.refresh overrides the part's.
[[nodiscard]] std::optional<Problem> refused_refresh(const AcceleratorConfig& config);

/// An interleave that does not fit the bursts and rows of the part.
[[nodiscard]] std::optional<Problem> refused_interleave(const dram::Memory& memory);

/// Rules that tie the keys of a part together.
[[nodiscard]] const std::vector<CrossCheck>& part_checks();

}  // namespace vernier::config
