// SPDX-License-Identifier: Apache-2.0
// Starts the real program in a folder of its own and keeps what it said.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace vernier::cli::testing {

/// How a call ended.
struct Outcome {
  int status = -1;  ///< exit status; 128 + signal if it was killed
  std::string out;
  std::string err;
};

/// What is unusual about a call.
struct CallOptions {
  std::string program = VERNIER_BINARY;
  std::filesystem::path folder;    ///< working folder; empty = that of the test
  std::string standard_output;     ///< a file to write it to instead of Outcome::out
  unsigned long largest_file = 0;  ///< bytes a file may have, as on a disk that fills up; 0 = any
};

[[nodiscard]] std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);

/// Path of a file of the source tree.
[[nodiscard]] std::string source(const std::string& path);

/// A test in an empty folder, with a small accelerator `tiny.yaml` and a small workload `gemm.yaml` in it.
class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  [[nodiscard]] Outcome call(const std::vector<std::string>& arguments, CallOptions options = {}) const;

  /// Status 0 and nothing said on standard error.
  Outcome expect_done(const std::vector<std::string>& arguments) const;
  /// Status 2, exactly this on standard error, nothing on standard output, and the folder as it was.
  void expect_refused(const std::vector<std::string>& arguments, const std::string& message,
                      const CallOptions& options = {}) const;

  /// Every file below the folder, with its content.
  [[nodiscard]] std::map<std::string, std::string> files() const;

  std::filesystem::path folder_;
};

/// An accelerator of 4 x 4 PEs with every key that has no default.
extern const char* const kTinyAccelerator;

}  // namespace vernier::cli::testing
