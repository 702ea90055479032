// SPDX-License-Identifier: Apache-2.0
// Results of the points of one task, a line each, appended as they finish. Any file system will do, as only
// one process writes a file. What a killed writer left of a line is cut off when the next one opens the file.
#pragma once

#include <string>

#include "sim/sweep/runner.h"

namespace vernier::sweep {

/// The rows in a file of a task; nothing if there is no such file.
[[nodiscard]] std::vector<Row> read_task_file(const std::string& path);

class TaskFile : public Store {
 public:
  /// `points` is the number of points of the whole sweep.
  TaskFile(const std::string& path, uint64_t points);
  ~TaskFile() override;

  [[nodiscard]] std::vector<bool> present() const override;
  [[nodiscard]] std::map<Identity, uint64_t> identities() const override;
  /// Throws InputError SWP033 if the disk is full; the row is then not there.
  void add(const Row& row, uint64_t grid_point) override;
  [[nodiscard]] Row row(uint64_t point) const override;

 private:
  std::string path_;
  int file_ = -1;
  uint64_t points_;
  std::map<uint64_t, Row> rows_;
};

}  // namespace vernier::sweep
