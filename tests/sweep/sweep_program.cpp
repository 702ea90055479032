// SPDX-License-Identifier: Apache-2.0
#include "tests/sweep/sweep_program.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace vernier::sweep::testing {

const char* const kManyPoints =
    "axes:\n"
    "  array.lanes: [1, 2, 3, 4, 8]\n"  // 3 is not built
    "  gemms.0.n: {from: 100, to: 1000, step: 100}\n"
    "  gemms.0.k: {from: 128, to: 1280, step: 128}\n"
    "  phase: [prefill, decode]\n"  // means nothing to a list of GEMMs
    "objectives:\n  - minimize: cycles\n  - minimize: array.lanes\n";

std::vector<std::vector<std::string>> query(const std::filesystem::path& database, const std::string& sql) {
  std::vector<std::vector<std::string>> rows;
  sqlite3* handle = nullptr;
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(::sqlite3_open_v2(database.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
  ::sqlite3_busy_timeout(handle, 10000);
  EXPECT_EQ(::sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
      << ::sqlite3_errmsg(handle);
  while (statement != nullptr && ::sqlite3_step(statement) == SQLITE_ROW) {
    std::vector<std::string> row;
    for (int i = 0; i < ::sqlite3_column_count(statement); ++i) {
      const auto* text = ::sqlite3_column_text(statement, i);
      row.emplace_back(text == nullptr ? "NULL" : reinterpret_cast<const char*>(text));
    }
    rows.push_back(std::move(row));
  }
  ::sqlite3_finalize(statement);
  ::sqlite3_close(handle);
  return rows;
}

void SweepProgram::write_sweep(const std::string& rest) const {
  write_file(folder_ / "sweep.yaml", "name: test\naccelerator: tiny.yaml\nworkload: gemm.yaml\n" + rest);
}

std::string SweepProgram::exported(const std::string& folder, const std::string& form) const {
  return expect_done({"sweep", "export", folder, form}).out;
}

pid_t SweepProgram::start(const std::vector<std::string>& arguments) const {
  const pid_t child = ::fork();
  if (child != 0) return child;
  std::vector<char*> argv = {const_cast<char*>(VERNIER_BINARY)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int nowhere = ::open("/dev/null", O_RDWR);
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(nowhere, STDERR_FILENO);
  if (::chdir(folder_.c_str()) == 0) ::execv(VERNIER_BINARY, argv.data());
  ::_exit(127);
}

}  // namespace vernier::sweep::testing
