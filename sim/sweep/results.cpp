// SPDX-License-Identifier: Apache-2.0
// Reading databases.
#include <filesystem>

#include "sim/sweep/database.h"

namespace vernier::sweep {

Results::Results(const std::string& path) : sqlite_(path, Sqlite::Mode::read) {
  check_kind(sqlite_);
  meta_ = read_meta(sqlite_);
  Statement axes(sqlite_, "SELECT DISTINCT axis, name FROM axes ORDER BY axis");
  while (axes.step()) axes_.push_back(axes.text(1));
  Statement metrics(sqlite_, "SELECT name, unit FROM metrics ORDER BY position");
  while (metrics.step()) metrics_.push_back({metrics.text(0), metrics.text(1)});
  Statement objectives(sqlite_,
                       "SELECT \"column\", expression, unit, direction FROM objectives ORDER BY position");
  while (objectives.step()) {
    objectives_.push_back(
        {objectives.text(0), objectives.text(1), objectives.text(2), objectives.text(3) == "minimize"});
  }
}

const std::string& Results::meta(const std::string& key) const { return meta_.at(key); }

uint64_t Results::points() const { return std::stoull(meta("points")); }

std::map<std::string, uint64_t> Results::counts() const {
  std::map<std::string, uint64_t> counts;
  Statement statement(sqlite_, "SELECT status, count(*) FROM points GROUP BY status");
  while (statement.step()) counts[statement.text(0)] = statement.whole(1);
  return counts;
}

void Results::for_each(const std::vector<std::string>& columns,
                       const std::function<void(const Statement&)>& take) const {
  std::string names;
  for (const std::string& column : columns) names += (names.empty() ? "" : ", ") + quoted(column);
  Statement statement(sqlite_, fmt::format("SELECT {} FROM points ORDER BY point", names));
  while (statement.step()) take(statement);
}

std::string database_of(const std::string& folder_or_file) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path path = folder_or_file;
  const fs::path file = fs::is_directory(path, ignored) ? path / kDatabaseFile : path;
  if (fs::is_regular_file(file, ignored)) return file.string();
  throw InputError("SWP030", fmt::format("there is no '{}'", file.string()), {},
                   "give the folder, or the results.sqlite, that `vernier sweep --out` wrote");
}

}  // namespace vernier::sweep
