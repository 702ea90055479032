// SPDX-License-Identifier: Apache-2.0
// The accelerators, workloads and sweeps that come with Vernier, by name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace vernier::cli {

enum class FileKind { accelerator, workload, sweep };  // DRAM parts: sim/config/part_file.h

/// A YAML file below configs/, workloads/ or configs/sweeps/.
struct ShippedFile {
  std::string name;  ///< file name without its ending
  std::filesystem::path path;
};

/// The folder that holds configs/ and workloads/: the working folder if it has either, else share/vernier of
/// the installation that this executable belongs to, else the source tree that it was built in; empty if
/// there is none.
[[nodiscard]] std::filesystem::path shipped_root();

/// Files of a kind below `root`, in order of their paths; paths are relative if `root` is the working folder.
[[nodiscard]] std::vector<ShippedFile> shipped_files(const std::filesystem::path& root, FileKind kind);

/// What the user's `text` stands for: itself if there is such a file or if it looks like a path to one (it
/// ends in .yaml, .yml or .json or has a slash; its reader says what is wrong with it), else the shipped file
/// of that name. Throws InputError CLI006 with the nearest name, or the list if several files have the name.
[[nodiscard]] std::string resolve_file(const std::string& text, FileKind kind);

}  // namespace vernier::cli
