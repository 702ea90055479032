// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/database.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "sim/sweep/names.h"

namespace vernier::sweep {
namespace {

/// "VSWP": tells a database of ours from others.
constexpr uint64_t kApplicationId = 0x56535750;

// point, status, error, configuration_digest, work_digest, session, wall_seconds, peak_bytes
constexpr int kFixedColumns = 8;

std::string objective_column(size_t index) { return fmt::format("objective_{}", index + 1); }

std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "?";
  return name;
}

std::string settings_json(const std::vector<Setting>& settings) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const Setting& setting : settings) json[setting.key] = setting.text;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void bind_value(Statement& statement, int at, const report::Value& value) {
  if (const auto* whole = std::get_if<uint64_t>(&value)) {
    statement.bind(at, *whole);
  } else if (const auto* real = std::get_if<double>(&value)) {
    statement.bind(at, *real);
  } else {
    statement.bind_null(at);
  }
}

constexpr const char* kTables = R"(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE axes(axis INTEGER, name TEXT NOT NULL, unit TEXT NOT NULL, value INTEGER, label TEXT NOT NULL,
                  number REAL, settings TEXT NOT NULL, PRIMARY KEY(axis, value));
CREATE TABLE constraints(position INTEGER PRIMARY KEY, expression TEXT NOT NULL);
CREATE TABLE metrics(position INTEGER PRIMARY KEY, name TEXT NOT NULL, unit TEXT NOT NULL, label TEXT NOT NULL,
                     sentence TEXT NOT NULL, formula TEXT NOT NULL);
CREATE TABLE objectives(position INTEGER PRIMARY KEY, "column" TEXT NOT NULL, expression TEXT NOT NULL,
                        unit TEXT NOT NULL, direction TEXT NOT NULL);
CREATE TABLE configurations(position INTEGER PRIMARY KEY, digest TEXT NOT NULL, keys TEXT NOT NULL);
CREATE TABLE sessions(session INTEGER PRIMARY KEY, started TEXT NOT NULL, host TEXT NOT NULL);
)";

/// The unit of an expression that is one metric or key; else none is known.
std::string unit_text(const Expression& expression) {
  if (expression.names().size() == 1 && expression.names().front() == expression.text()) {
    const size_t column = find_column(expression.text());
    if (column < columns().size()) return std::string(report::symbol(columns()[column].unit));
  }
  return expression.unit() == config::Unit::none ? "" : config::name_of(expression.unit());
}

uint64_t pragma(Sqlite& sqlite, const std::string& name) {
  Statement statement(sqlite, "PRAGMA " + name);
  return statement.step() ? statement.whole(0) : 0;
}

bool is_empty(Sqlite& sqlite) {
  Statement statement(sqlite, "SELECT count(*) FROM sqlite_master");
  return statement.step() && statement.whole(0) == 0;
}

}  // namespace

void read_configurations(
    Sqlite& sqlite, const std::function<void(const std::string&, std::map<std::string, std::string>)>& take) {
  std::map<std::string, std::string> first;
  Statement rows(sqlite, "SELECT digest, keys FROM configurations ORDER BY position");
  while (rows.step()) {
    std::map<std::string, std::string> keys = first;
    const nlohmann::json different = nlohmann::json::parse(rows.text(1));
    for (const auto& [key, text] : different.items()) {
      if (text.is_null()) {
        keys.erase(key);
      } else {
        keys[key] = text.get<std::string>();
      }
    }
    if (first.empty()) first = keys;
    take(rows.text(0), std::move(keys));
  }
}

void check_kind(Sqlite& sqlite) {
  if (pragma(sqlite, "application_id") != kApplicationId) {
    throw InputError("SWP031", fmt::format("'{}' holds no results of a sweep", sqlite.path()), {},
                     "choose the folder, or the results.sqlite, that `vernier sweep --out` wrote");
  }
  const uint64_t schema = pragma(sqlite, "user_version");
  if (schema != kDatabaseSchema) {
    throw InputError("SWP035",
                     fmt::format("'{}' has schema {}; this program reads schema {}", sqlite.path(), schema,
                                 kDatabaseSchema),
                     {}, "use the version of Vernier that wrote it, or another folder");
  }
}

std::map<std::string, std::string> read_meta(Sqlite& sqlite) {
  std::map<std::string, std::string> meta;
  Statement statement(sqlite, "SELECT key, value FROM meta");
  while (statement.step()) meta[statement.text(0)] = statement.text(1);
  return meta;
}

Database::Database(const std::string& path, const Space& space, uint64_t points, const Writer& writer)
    : space_(space), sqlite_(path, Sqlite::Mode::write) {
  // NORMAL: a power failure may cost the last rows, never the file; a killed process costs nothing.
  sqlite_.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
  if (is_empty(sqlite_)) create(points, writer);
  check(writer);
  Statement(sqlite_, "INSERT INTO sessions(started, host) VALUES(strftime('%Y-%m-%dT%H:%M:%SZ'), ?)")
      .bind(1, host_name())
      .run();
  Statement last(sqlite_, "SELECT max(session) FROM sessions");
  (void)last.step();
  session_ = last.whole(0);
  read_configurations(sqlite_, [this](const std::string& digest, std::map<std::string, std::string> keys) {
    if (configurations_.empty()) first_configuration_ = std::move(keys);
    configurations_.insert(digest);
  });
  std::string marks = "?";
  const size_t count =
      kFixedColumns + space.sweep().axes.size() + columns().size() + space.sweep().objectives.size();
  for (size_t i = 1; i < count; ++i) marks += ",?";
  insert_ = std::make_unique<Statement>(sqlite_, fmt::format("INSERT INTO points VALUES({})", marks));
}

void Database::create(uint64_t points, const Writer& writer) {
  const Sweep& sweep = space_.sweep();
  Transaction transaction(sqlite_);
  sqlite_.execute(
      fmt::format("PRAGMA application_id={}; PRAGMA user_version={}", kApplicationId, kDatabaseSchema));
  sqlite_.execute(kTables);
  const auto put = [this](const char* key, const std::string& value) {
    Statement(sqlite_, "INSERT INTO meta VALUES(?,?)").bind(1, std::string(key)).bind(2, value).run();
  };
  put("name", sweep.name);
  put("sweep_digest", space_.digest());
  put("version", writer.version);
  put("build", writer.build);
  put("points", std::to_string(points));
  put("grid_points", std::to_string(space_.grid_size()));
  put("definition", sweep.canonical_text());
  put("fixed", settings_json(sweep.fixed));
  std::string table =
      "CREATE TABLE points(point INTEGER PRIMARY KEY, status TEXT NOT NULL, error TEXT, configuration_digest "
      "TEXT, "
      "work_digest TEXT, session INTEGER, wall_seconds REAL, peak_bytes INTEGER";
  for (size_t axis = 0; axis < sweep.axes.size(); ++axis) {
    table += fmt::format(", {} TEXT", quoted(sweep.axes[axis].name));
    for (size_t value = 0; value < sweep.axes[axis].values.size(); ++value) {
      const AxisValue& one = sweep.axes[axis].values[value];
      Statement row(sqlite_, "INSERT INTO axes VALUES(?,?,?,?,?,?,?)");
      row.bind(1, uint64_t{axis}).bind(2, sweep.axes[axis].name);
      row.bind(3, std::string(sweep.axes[axis].unit == config::Unit::none
                                  ? ""
                                  : config::name_of(sweep.axes[axis].unit)));
      row.bind(4, uint64_t{value}).bind(5, one.label).bind(7, settings_json(one.settings));
      one.number ? row.bind(6, *one.number) : row.bind_null(6);
      row.run();
    }
  }
  for (size_t i = 0; i < sweep.constraints.size(); ++i) {
    Statement(sqlite_, "INSERT INTO constraints VALUES(?,?)")
        .bind(1, uint64_t{i})
        .bind(2, sweep.constraints[i].expression.text())
        .run();
  }
  for (size_t i = 0; i < columns().size(); ++i) {
    const Column& column = columns()[i];
    table += fmt::format(", {}", quoted(std::string(column.name)));
    Statement row(sqlite_, "INSERT INTO metrics VALUES(?,?,?,?,?,?)");
    row.bind(1, uint64_t{i}).bind(2, std::string(column.name));
    row.bind(3, std::string(report::symbol(column.unit))).bind(4, std::string(column.label));
    row.bind(5, std::string(column.sentence)).bind(6, std::string(column.formula)).run();
  }
  for (size_t i = 0; i < sweep.objectives.size(); ++i) {
    const Objective& objective = sweep.objectives[i];
    table += fmt::format(", {} REAL", objective_column(i));
    Statement row(sqlite_, "INSERT INTO objectives VALUES(?,?,?,?,?)");
    row.bind(1, uint64_t{i}).bind(2, objective_column(i)).bind(3, objective.expression.text());
    row.bind(4, unit_text(objective.expression));
    row.bind(5, std::string(objective.minimize ? "minimize" : "maximize")).run();
  }
  sqlite_.execute(table + ")");
  transaction.commit();
}

void Database::check(const Writer& writer) {
  check_kind(sqlite_);
  const std::map<std::string, std::string> meta = read_meta(sqlite_);
  const std::string& path = sqlite_.path();
  if (meta.at("sweep_digest") != space_.digest()) {
    throw InputError(
        "SWP034",
        fmt::format("'{}' holds results of another sweep: '{}', digest {}; this one is '{}', digest {}", path,
                    meta.at("name"), meta.at("sweep_digest"), space_.sweep().name, space_.digest()),
        {}, "choose another folder; the digest covers the sweep and every file that it names");
  }
  if (meta.at("version") != writer.version || meta.at("build") != writer.build) {
    throw InputError(
        "SWP035",
        fmt::format("'{}' was begun by another build of Vernier: {}, digest {}; this one is {}, digest {}",
                    path, meta.at("version"), meta.at("build"), writer.version, writer.build),
        {}, "rows of two programs do not mix: choose another folder");
  }
}

std::vector<bool> Database::present() const {
  std::vector<bool> present(std::stoull(read_meta(sqlite_).at("points")));
  Statement statement(sqlite_, "SELECT point FROM points");
  while (statement.step()) present.at(statement.whole(0)) = true;
  return present;
}

std::map<Identity, uint64_t> Database::identities() const {
  std::map<Identity, uint64_t> known;
  Statement statement(
      sqlite_,
      "SELECT point, configuration_digest, work_digest FROM points WHERE work_digest IS NOT NULL "
      "ORDER BY point");
  while (statement.step()) known.emplace(Identity{statement.text(1), statement.text(2)}, statement.whole(0));
  return known;
}

void Database::add_configuration(const std::string& digest, uint64_t grid_point) {
  if (digest.empty() || !configurations_.insert(digest).second) return;
  const std::map<std::string, std::string> keys = space_.configuration(grid_point);
  nlohmann::json different = nlohmann::json::object();
  for (const auto& [key, text] : first_configuration_) {
    if (keys.count(key) == 0) different[key] = nullptr;
  }
  for (const auto& [key, text] : keys) {
    const auto known = first_configuration_.find(key);
    if (known == first_configuration_.end() || known->second != text) different[key] = text;
  }
  if (first_configuration_.empty()) first_configuration_ = keys;
  Statement(sqlite_, "INSERT INTO configurations(digest, keys) VALUES(?,?)")
      .bind(1, digest)
      .bind(2, different.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
      .run();
}

void Database::add(const Row& row, uint64_t grid_point) {
  add_configuration(row.identity.configuration, grid_point);
  Statement& insert = *insert_;
  insert.bind(1, row.point).bind(2, std::string(name_of(row.status)));
  const auto text = [&insert](int at, const std::string& value) {
    value.empty() ? insert.bind_null(at) : insert.bind(at, value);
  };
  text(3, row.error);
  text(4, row.identity.configuration);
  text(5, row.identity.work);
  insert.bind(6, session_).bind(7, row.wall_seconds).bind(8, row.peak_bytes);
  int at = kFixedColumns + 1;
  for (size_t axis = 0; axis < space_.sweep().axes.size(); ++axis)
    insert.bind(at++, space_.value(axis, grid_point).label);
  for (size_t i = 0; i < columns().size(); ++i)
    bind_value(insert, at++, i < row.values.size() ? row.values[i] : report::Value());
  for (size_t i = 0; i < space_.sweep().objectives.size(); ++i) {
    const bool there = i < row.objectives.size() && row.objectives[i];
    there ? insert.bind(at++, *row.objectives[i]) : insert.bind_null(at++);
  }
  insert.run();
}

Row Database::row(uint64_t point) const {
  std::string names = "status, error, configuration_digest, work_digest";
  for (const Column& column : columns()) names += ", " + quoted(std::string(column.name));
  for (size_t i = 0; i < space_.sweep().objectives.size(); ++i) names += ", " + objective_column(i);
  Statement statement(sqlite_, fmt::format("SELECT {} FROM points WHERE point = ?", names));
  const bool found = statement.bind(1, point).step();
  VERNIER_INVARIANT(found, "point {} has no row", point);
  Row row;
  row.point = point;
  for (const Status status : {Status::done, Status::failed, Status::excluded}) {
    if (statement.text(0) == name_of(status)) row.status = status;
  }
  row.error = statement.text(1);
  row.identity = {statement.text(2), statement.text(3)};
  if (row.status == Status::failed) return row;
  for (int i = 0; i < static_cast<int>(columns().size()); ++i) {
    if (statement.is_null(4 + i)) {
      row.values.emplace_back();
    } else if (statement.is_integer(4 + i)) {
      row.values.emplace_back(statement.whole(4 + i));
    } else {
      row.values.emplace_back(statement.real(4 + i));
    }
  }
  for (size_t i = 0; i < space_.sweep().objectives.size(); ++i) {
    const int at = static_cast<int>(4 + columns().size() + i);
    row.objectives.push_back(statement.is_null(at) ? std::nullopt
                                                   : std::optional<double>(statement.real(at)));
  }
  return row;
}

}  // namespace vernier::sweep
