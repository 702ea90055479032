// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/task_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace vernier::sweep {
namespace {

/// Rows up to the first line that is none, and where that line begins.
std::pair<std::vector<Row>, size_t> complete_rows(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  std::vector<Row> rows;
  size_t begin = 0;
  for (size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    std::optional<Row> row = from_line(std::string_view(text).substr(begin, end - begin));
    if (!row) break;
    rows.push_back(std::move(*row));
  }
  return {std::move(rows), begin};
}

[[noreturn]] void fail(const std::string& path) {
  throw InputError("SWP033", fmt::format("'{}' cannot be written: {}", path, std::strerror(errno)), {},
                   "is the disk full? What was written is intact; make room and submit the sweep again");
}

}  // namespace

std::vector<Row> read_task_file(const std::string& path) { return complete_rows(path).first; }

TaskFile::TaskFile(const std::string& path, uint64_t points) : path_(path), points_(points) {
  auto [rows, length] = complete_rows(path);
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0)
    throw InputError("SWP030", fmt::format("'{}' cannot be made: {}", path, std::strerror(errno)));
  const auto end = static_cast<off_t>(length);
  if (::ftruncate(file_, end) != 0 || ::lseek(file_, end, SEEK_SET) != end) fail(path);
  for (Row& row : rows) rows_.emplace(row.point, std::move(row));
}

TaskFile::~TaskFile() { ::close(file_); }

std::vector<bool> TaskFile::present() const {
  std::vector<bool> present(points_);
  for (const auto& [point, row] : rows_) present.at(point) = true;
  return present;
}

std::map<Identity, uint64_t> TaskFile::identities() const {
  std::map<Identity, uint64_t> known;
  for (const auto& [point, row] : rows_) {
    if (!row.identity.work.empty()) known.emplace(row.identity, point);
  }
  return known;
}

void TaskFile::add(const Row& row, uint64_t) {
  const std::string line = to_line(row) + "\n";
  const off_t begin = ::lseek(file_, 0, SEEK_CUR);
  for (size_t done = 0; done < line.size();) {
    const ssize_t count = ::write(file_, line.data() + done, line.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const int why = errno;
      if (::ftruncate(file_, begin) != 0) errno = why;  // the next writer cuts it off
      errno = why;
      fail(path_);
    }
    done += static_cast<size_t>(count);
  }
  rows_.emplace(row.point, row);
}

Row TaskFile::row(uint64_t point) const { return rows_.at(point); }

}  // namespace vernier::sweep
