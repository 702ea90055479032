// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/sqlite.h"

#include <sqlite3.h>

#include "base/error.h"

namespace vernier::sweep {
namespace {

constexpr int kPatienceMs = 10000;  // another program may be reading

}  // namespace

Sqlite::Sqlite(const std::string& path, Mode mode) : path_(path) {
  sqlite3* opened = nullptr;
  const int flags = mode == Mode::read ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  int code = ::sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
  if (code == SQLITE_CANTOPEN && mode == Mode::read) {
    ::sqlite3_close(opened);
    code = ::sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  }
  handle_ = std::shared_ptr<sqlite3>(opened, [](sqlite3* handle) { ::sqlite3_close_v2(handle); });
  if (code != SQLITE_OK) fail(code);
  ::sqlite3_busy_timeout(opened, kPatienceMs);
}

void Sqlite::execute(const std::string& sql) {
  const int code = ::sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

void Sqlite::fail(int code) const {
  const std::string why = handle_ ? ::sqlite3_errmsg(handle()) : ::sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
      throw InputError(
          "SWP033", fmt::format("'{}' cannot be written: {}", path_, why), {},
          "is the disk full? What was written is intact; make room and run the same command again");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw InputError("SWP032", fmt::format("'{}' is in use by another program: {}", path_, why));
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      throw InputError("SWP030", fmt::format("'{}' cannot be opened: {}", path_, why));
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_ERROR:
      throw InputError("SWP031", fmt::format("'{}' holds no results of a sweep: {}", path_, why));
    default:
      fail_invariant(__FILE__, __LINE__, "SQLite does what it is told", why);
  }
}

Statement::Statement(Sqlite& database, const std::string& sql) : database_(database) {
  sqlite3_stmt* prepared = nullptr;
  const int code =
      ::sqlite3_prepare_v2(database.handle(), sql.c_str(), static_cast<int>(sql.size()), &prepared, nullptr);
  statement_ = std::shared_ptr<sqlite3_stmt>(prepared, [](sqlite3_stmt* it) { ::sqlite3_finalize(it); });
  if (code != SQLITE_OK) database.fail(code);
}

Statement& Statement::bind(int parameter, uint64_t value) {
  VERNIER_INVARIANT(value <= INT64_MAX, "{} does not fit a column", value);
  ::sqlite3_bind_int64(statement_.get(), parameter, static_cast<int64_t>(value));
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  ::sqlite3_bind_double(statement_.get(), parameter, value);
  return *this;
}

Statement& Statement::bind(int parameter, const std::string& value) {
  ::sqlite3_bind_text(statement_.get(), parameter, value.data(), static_cast<int>(value.size()),
                      SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  ::sqlite3_bind_null(statement_.get(), parameter);
  return *this;
}

bool Statement::step() {
  const int code = ::sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  ::sqlite3_reset(statement_.get());
  database_.fail(code);
}

void Statement::run() {
  while (step()) {
  }
  ::sqlite3_reset(statement_.get());
}

bool Statement::is_null(int column) const {
  return ::sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

bool Statement::is_integer(int column) const {
  return ::sqlite3_column_type(statement_.get(), column) == SQLITE_INTEGER;
}

uint64_t Statement::whole(int column) const {
  return static_cast<uint64_t>(::sqlite3_column_int64(statement_.get(), column));
}

double Statement::real(int column) const { return ::sqlite3_column_double(statement_.get(), column); }

std::string Statement::text(int column) const {
  const auto* begin = reinterpret_cast<const char*>(::sqlite3_column_text(statement_.get(), column));
  if (begin == nullptr) return {};
  return {begin, static_cast<size_t>(::sqlite3_column_bytes(statement_.get(), column))};
}

Transaction::~Transaction() {
  // What cannot be rolled back was never written.
  if (open_) (void)::sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

std::string quoted(const std::string& name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace vernier::sweep
