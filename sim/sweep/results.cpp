// SPDX-License-Identifier: Apache-2.0
// Reading databases.
#include <filesystem>
#include <fstream>

#include "sim/sweep/database.h"

namespace vernier::sweep {

Results::Results(const std::string& path) : sqlite_(path, Sqlite::Mode::read) {
  check_kind(sqlite_);
  meta_ = read_meta(sqlite_);
  Statement axes(sqlite_, "SELECT axis, name, unit, label, number, settings FROM axes ORDER BY axis, value");
  while (axes.step()) {
    if (axes.whole(0) >= axes_.size()) axes_.push_back({axes.text(1), axes.text(2), {}});
    axes_.back().values.push_back(
        {axes.text(3), axes.is_null(4) ? std::nullopt : std::optional<double>(axes.real(4)), axes.text(5)});
  }
  Statement constraints(sqlite_, "SELECT expression FROM constraints ORDER BY position");
  while (constraints.step()) constraints_.push_back(constraints.text(0));
  Statement metrics(sqlite_, "SELECT name, unit, label, sentence, formula FROM metrics ORDER BY position");
  while (metrics.step()) {
    metrics_.push_back({metrics.text(0), metrics.text(1), metrics.text(2), metrics.text(3), metrics.text(4)});
  }
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

std::map<std::string, std::map<std::string, std::string>> Results::configurations() const {
  std::map<std::string, std::map<std::string, std::string>> all;
  read_configurations(sqlite_, [&all](const std::string& digest, std::map<std::string, std::string> keys) {
    all[digest] = std::move(keys);
  });
  return all;
}

void Results::for_each(const std::vector<std::string>& columns,
                       const std::function<void(const Statement&)>& take) const {
  std::string names;
  for (const std::string& column : columns) names += (names.empty() ? "" : ", ") + quoted(column);
  Statement statement(sqlite_, fmt::format("SELECT {} FROM points ORDER BY point", names));
  while (statement.step()) take(statement);
}

std::optional<std::string> find_database(const std::string& folder_or_file) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path path = folder_or_file;
  const fs::path file = fs::is_directory(path, ignored) ? path / kDatabaseFile : path;
  constexpr std::string_view kSqlite = "SQLite format 3";
  std::string start(kSqlite.size(), '\0');
  std::ifstream(file, std::ios::binary).read(start.data(), static_cast<std::streamsize>(start.size()));
  return start == kSqlite ? std::optional(file.string()) : std::nullopt;
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
