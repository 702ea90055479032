// SPDX-License-Identifier: Apache-2.0
// Sweeps of the real program, and what is in its database, read with SQLite alone.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "tests/cli/program.h"

namespace vernier::sweep::testing {

using cli::testing::CallOptions;
using cli::testing::Outcome;
using cli::testing::read_file;
using cli::testing::write_file;

/// Rows of a query, every field as text; NULL is "NULL".
[[nodiscard]] std::vector<std::vector<std::string>> query(const std::filesystem::path& database,
                                                          const std::string& sql);

class SweepProgram : public cli::testing::ProgramTest {
 protected:
  /// A sweep of tiny.yaml and gemm.yaml with these lines, in sweep.yaml.
  void write_sweep(const std::string& rest) const;
  /// The export of a folder, which must succeed.
  [[nodiscard]] std::string exported(const std::string& folder, const std::string& form = "--csv") const;
  [[nodiscard]] std::filesystem::path database(const std::string& folder) const {
    return folder_ / folder / "results.sqlite";
  }
  /// Starts the program in the folder and does not wait for it.
  [[nodiscard]] pid_t start(const std::vector<std::string>& arguments) const;
};

/// 6 x 10 x 10 points of about a millisecond each, some of which fail, and some of which are the same run.
extern const char* const kManyPoints;

}  // namespace vernier::sweep::testing
