// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace vernier::sweep {

FileLock::FileLock(const std::string& path)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (file_ < 0)
    throw InputError("SWP030", fmt::format("'{}' cannot be made: {}", path, std::strerror(errno)));
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    char owner[64] = {};
    const ssize_t count = ::pread(file_, owner, sizeof owner - 1, 0);
    ::close(file_);
    throw InputError("SWP032",
                     fmt::format("another `vernier sweep` is writing here{}",
                                 count > 0 ? fmt::format(": process {}", owner) : std::string()),
                     {path, 0, 0}, "wait for it, or choose another folder");
  }
  // For the message above only; who cannot write it has the lock nevertheless.
  char host[256] = "?";
  (void)::gethostname(host, sizeof host - 1);
  const std::string owner = fmt::format("{} on {}", ::getpid(), host);
  if (::ftruncate(file_, 0) == 0 && ::pwrite(file_, owner.data(), owner.size(), 0) < 0) errno = 0;
}

FileLock::~FileLock() { ::close(file_); }

}  // namespace vernier::sweep
