// SPDX-License-Identifier: Apache-2.0
#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/error.h"

namespace vernier {
namespace {

// The temporary file: closed and removed unless it was renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string target) : target_(std::move(target)) {
    const std::filesystem::path whole(target_);
    const std::string prefix = fmt::format(".{}.{}.", whole.filename().string(), ::getpid());
    for (int attempt = 0; descriptor_ < 0; ++attempt) {
      path_ = (whole.parent_path() / (prefix + std::to_string(attempt) + ".tmp")).string();
      descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (descriptor_ < 0 && errno != EEXIST) fail("cannot create a file in its folder");
    }
  }
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!renamed_ && created()) ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("cannot write");
      bytes.remove_prefix(static_cast<size_t>(written));
    }
  }

  void copy_mode_of(const struct stat& existing) {
    if (::fchmod(descriptor_, existing.st_mode & 07777) != 0) fail("cannot set permissions");
  }

  void rename_to_target() {
    if (::fsync(descriptor_) != 0) fail("cannot reach the disk");
    const int descriptor = descriptor_;
    descriptor_ = kClosed;
    if (::close(descriptor) != 0) fail("cannot close");
    if (std::rename(path_.c_str(), target_.c_str()) != 0) fail("cannot replace it");
    renamed_ = true;
  }

 private:
  static constexpr int kClosed = -2;
  [[nodiscard]] bool created() const { return descriptor_ >= 0 || descriptor_ == kClosed; }

  [[noreturn]] void fail(const char* step) const {
    throw InputError("OUT001",
                     fmt::format("'{}' is not writable: {}: {}", target_, step, std::strerror(errno)), {},
                     "choose a folder that exists and that you may write to, with free space");
  }

  std::string target_;
  std::string path_;
  int descriptor_ = -1;
  bool renamed_ = false;
};

// The rename itself reaches the disk with the folder; a file system that cannot sync folders is no error.
void sync_folder_of(const std::string& path) {
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

/// Whether there is a file at `path` already, and its status in `existing`; refuses what cannot be replaced.
bool find_replaceable(const std::string& path, struct stat& existing) {
  const auto refuse = [&](const char* reason) {
    throw InputError("OUT001", fmt::format("'{}' is not writable: {}", path, reason), {},
                     "give the name of a file");
  };
  const bool exists = ::stat(path.c_str(), &existing) == 0;
  if (path.empty()) refuse("it has no name");
  if (exists && S_ISDIR(existing.st_mode)) refuse("it is a folder");
  if (exists && !S_ISREG(existing.st_mode)) refuse("it is not a regular file");
  if (exists && ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) refuse(std::strerror(errno));
  return exists;
}

}  // namespace

void check_writable(const std::string& path) {
  struct stat existing {};
  (void)find_replaceable(path, existing);
  const TemporaryFile probe(path);
}

void write_atomically(const std::string& path, std::string_view bytes) {
  struct stat existing {};
  const bool exists = find_replaceable(path, existing);
  TemporaryFile temporary(path);
  temporary.write(bytes);
  if (exists) temporary.copy_mode_of(existing);
  temporary.rename_to_target();
  sync_folder_of(path);
}

}  // namespace vernier
