// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/shipped.h"

#include <algorithm>

#include "base/error.h"
#include "sim/config/part_file.h"

namespace vernier::cli {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(FileKind kind) {
  switch (kind) {
    case FileKind::accelerator:
      return "configs";
    case FileKind::workload:
      return "workloads";
    case FileKind::sweep:
      break;
  }
  return fs::path("configs") / "sweeps";
}

const char* name_of(FileKind kind) {
  return kind == FileKind::accelerator ? "accelerator" : kind == FileKind::workload ? "workload" : "sweep";
}

/// Folders of configs/ that hold no accelerators.
bool holds_others(const fs::path& folder, const fs::path& configs) {
  return folder == configs / "dram" || folder == configs / "energy" || folder == configs / "sweeps";
}

bool has_either(const fs::path& root) {
  std::error_code ignored;
  return fs::is_directory(root / "configs", ignored) || fs::is_directory(root / "workloads", ignored);
}

bool ends_like_a_file(const std::string& text) {
  const std::string extension = fs::path(text).extension().string();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

}  // namespace

fs::path shipped_root() {
  for (const fs::path& root : config::shipped_roots()) {
    if (has_either(root)) return root;
  }
  return {};
}

std::vector<ShippedFile> shipped_files(const fs::path& root, FileKind kind) {
  std::vector<ShippedFile> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root / folder_of(kind), error), end; !error && it != end;
       it.increment(error)) {
    std::error_code ignored;
    if (kind == FileKind::accelerator && holds_others(it->path(), root / "configs")) {
      it.disable_recursion_pending();
      continue;
    }
    if (!it->is_regular_file(ignored) || !ends_like_a_file(it->path().string())) continue;
    files.push_back({it->path().stem().string(), it->path().lexically_normal()});
  }
  std::sort(files.begin(), files.end(),
            [](const ShippedFile& a, const ShippedFile& b) { return a.path < b.path; });
  return files;
}

std::string resolve_file(const std::string& text, FileKind kind) {
  std::error_code ignored;
  const bool is_path = ends_like_a_file(text) || text.find('/') != std::string::npos;
  if (is_path || text.empty() || fs::exists(text, ignored)) return text;
  std::vector<std::string> found;
  std::vector<std::string> names;
  for (const ShippedFile& file : shipped_files(shipped_root(), kind)) {
    names.push_back(file.name);
    if (file.name == text) found.push_back(file.path.string());
  }
  if (found.size() == 1) return found.front();
  const char* what = name_of(kind);
  if (found.empty()) {
    throw InputError("CLI006", fmt::format("'{}' is neither a file nor the name of a shipped {}", text, what),
                     {},
                     names.empty() ? std::string("no shipped files were found; give the path of a file")
                                   : suggestion(text, names));
  }
  throw InputError("CLI006", fmt::format("several shipped {}s are named '{}'", what, text), {},
                   fmt::format("give one of the paths: {}", fmt::join(found, ", ")));
}

}  // namespace vernier::cli
