// SPDX-License-Identifier: Apache-2.0
// Every error code of the configuration has an example in tests/errors/<CODE>_bad: input.yaml, options.txt
// (lines `phase P` and `set K=V`, may be missing) and the message in expected.txt.
#include <gtest/gtest.h>

#include <sstream>

#include "base/error.h"
#include "sim/config/load.h"
#include "sim/config/reference.h"
#include "tests/config/config_files.h"

namespace vernier::config {
namespace {

ResolveOptions read_options(const std::string& relative) {
  ResolveOptions options;
  std::istringstream lines(read_file(source_path(relative)));
  std::string line;
  while (std::getline(lines, line)) {
    if (line.rfind("phase ", 0) == 0) options.phase = line.substr(6);
    if (line.rfind("set ", 0) == 0) options.sets.push_back(line.substr(4));
  }
  return options;
}

TEST(ConfigErrors, MessageOfEveryCode_bad) {
  for (const CodeSummary& code : error_codes()) {
    SCOPED_TRACE(code.code);
    const std::string folder = "tests/errors/" + code.code + "_bad/";
    const std::string input = folder + "input.yaml";
    std::string message;
    bool has_code = false;
    try {
      const ResolveOptions options = read_options(folder + "options.txt");
      if (std::filesystem::exists(source_path(input))) {
        (void)parse_accelerator(read_file(source_path(input)), input, options);
      } else {
        (void)load_accelerator(input, options);
      }
      ADD_FAILURE() << "accepted";
    } catch (const InputError& error) {
      message = error.what();
      for (const Diagnostic& finding : error.diagnostics()) has_code |= finding.code == code.code;
    }
    EXPECT_TRUE(has_code) << message;
    expect_golden(folder + "expected.txt", message + "\n");
  }
}

}  // namespace
}  // namespace vernier::config
