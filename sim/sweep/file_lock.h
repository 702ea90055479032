// SPDX-License-Identifier: Apache-2.0
// One writer per results file: the lock goes with the process, however that ends.
#pragma once

#include <string>

namespace vernier::sweep {

class FileLock {
 public:
  /// Makes the file `path` and locks it. Throws InputError SWP032, naming the process that has it, if another
  /// program does; SWP030 if the file cannot be made.
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int file_ = -1;
};

}  // namespace vernier::sweep
