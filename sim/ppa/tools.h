// SPDX-License-Identifier: Apache-2.0
// The programs that the flow starts: where they are, which versions, and how they are run.
#pragma once

#include <string>
#include <vector>

namespace vernier::ppa {

struct Tool {
  std::string path;
  std::string version;
};

struct Tools {
  Tool yosys, opensta, verilator;
};

/// Looks for them on PATH. Throws InputError with one finding per program that is missing (PPA001, with its
/// Debian package) or too old (PPA002).
[[nodiscard]] Tools find_tools();

/// Runs a program without input; what it says goes to `log`. Throws CheckFailed with the end of the log if it
/// does not end with status 0.
void run_tool(const std::vector<std::string>& command, const std::string& log);

/// The whole file. Throws CheckFailed if it cannot be read.
[[nodiscard]] std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);

}  // namespace vernier::ppa
