// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/atomic_file.h"
#include "base/error.h"

namespace vernier::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw InputError("OUT002", fmt::format("--out: results cannot be written to '{}': {}", path.string(), why),
                   {}, "choose a folder that you may write to, or whose name is free");
}

}  // namespace

ResultFolder::ResultFolder(const std::string& path) : path_(path) {
  if (path_.empty()) return;
  staging_ = path_ / fmt::format(".partial-{}", ::getpid());
  std::error_code error;
  for (fs::path folder = staging_; !folder.empty() && !fs::exists(folder, error);
       folder = folder.parent_path()) {
    made_.insert(made_.begin(), folder);
  }
  for (const fs::path& folder : made_) {
    if (fs::create_directory(folder, error) || !error) continue;
    const std::string why = error.message();
    // The destructor of an object that was never complete does not run.
    for (auto made = made_.rbegin(); made != made_.rend(); ++made) fs::remove(*made, error);
    refuse(path_, why);
  }
}

ResultFolder::~ResultFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(staging_, ignored);
  // What holds results by now is not empty and stays.
  for (auto made = made_.rbegin(); made != made_.rend(); ++made) fs::remove(*made, ignored);
}

void ResultFolder::write(const std::string& name, std::string_view content) const {
  VERNIER_INVARIANT(wanted(), "no folder for '{}'", name);
  write_atomically(staged(name), content);
}

void ResultFolder::commit() {
  std::vector<fs::path> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(staging_))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  std::error_code error;
  for (const fs::path& name : names) {
    const fs::file_status status = fs::status(path_ / name, error);
    if (fs::exists(status) && !fs::is_regular_file(status)) refuse(path_ / name, "it is not a regular file");
  }
  for (const fs::path& name : names) {
    fs::rename(staging_ / name, path_ / name, error);
    if (error) refuse(path_ / name, error.message());
  }
}

void print_out(std::string_view text) {
  errno = 0;
  const bool complete =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (complete) return;
  throw InputError("OUT003", fmt::format("standard output cannot be written: {}", std::strerror(errno)));
}

}  // namespace vernier::cli
