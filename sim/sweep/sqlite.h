// SPDX-License-Identifier: Apache-2.0
// SQLite, with errors as exceptions: InputError SWP033 if the disk is full or fails, SWP031 if the file is no
// database, SWP032 if another program has it locked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace vernier::sweep {

class Sqlite;

/// A prepared statement. Columns and parameters count from 0 and 1, as SQLite has it.
class Statement {
 public:
  Statement(Sqlite& database, const std::string& sql);
  Statement& bind(int parameter, uint64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, const std::string& value);
  Statement& bind_null(int parameter);
  /// True if there is a row.
  bool step();
  /// Runs it to its end and makes it ready for other values.
  void run();

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] bool is_integer(int column) const;
  [[nodiscard]] uint64_t whole(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string text(int column) const;

 private:
  Sqlite& database_;
  std::shared_ptr<sqlite3_stmt> statement_;
};

class Sqlite {
 public:
  enum class Mode { read, write };
  /// `write` makes the file if there is none.
  Sqlite(const std::string& path, Mode mode);

  void execute(const std::string& sql);
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
  [[noreturn]] void fail(int code) const;

 private:
  std::string path_;
  std::shared_ptr<sqlite3> handle_;
};

/// All or nothing: without commit(), what was done since is undone.
class Transaction {
 public:
  explicit Transaction(Sqlite& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Sqlite& database_;
  bool open_ = true;
};

/// A name as SQL takes it, whatever is in it.
[[nodiscard]] std::string quoted(const std::string& name);

}  // namespace vernier::sweep
