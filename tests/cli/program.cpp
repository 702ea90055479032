// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/program.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

namespace vernier::cli::testing {
namespace {

namespace fs = std::filesystem;

/// In the child: never returns.
[[noreturn]] void become(const std::vector<std::string>& arguments, const CallOptions& options,
                         const fs::path& out, const fs::path& err) {
  std::vector<char*> argv;
  argv.push_back(const_cast<char*>(options.program.c_str()));
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int out_file = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  const int err_file = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (out_file < 0 || err_file < 0 || ::chdir(options.folder.c_str()) != 0) ::_exit(126);
  ::dup2(out_file, STDOUT_FILENO);
  ::dup2(err_file, STDERR_FILENO);
  if (options.largest_file > 0) {
    std::signal(SIGXFSZ, SIG_IGN);  // writing fails instead
    const rlimit limit{options.largest_file, options.largest_file};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ::execv(options.program.c_str(), argv.data());
  ::_exit(127);
}

}  // namespace

const char* const kTinyAccelerator = R"(name: tiny
clock: "1 GHz"
array: {pe: bitmod, rows: 4, cols: 4, lanes: 4}
weight_scratchpad: {capacity: "64 KiB", banks: 8, bank_width: "128 bit"}
activation_scratchpad: {capacity: "64 KiB", banks: 8, bank_width: "128 bit"}
output_scratchpad: {capacity: "64 KiB", banks: 8, bank_width: "128 bit"}
dram: {latency: "100 cycle", width: "256 bit"}
formats: {weight: bitmod4_g128, kv: int8_s8_g128}
)";

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string source(const std::string& path) { return std::string(VERNIER_SOURCE_DIR) + "/" + path; }

void ProgramTest::SetUp() {
  ASSERT_STRNE(VERNIER_BINARY, "");
  std::string name = (fs::temp_directory_path() / "vernier-cli-XXXXXX").string();
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  folder_ = fs::path(name) / "work";  // what the program says is kept beside it
  fs::create_directory(folder_);
  write_file(folder_ / "tiny.yaml", kTinyAccelerator);
  write_file(folder_ / "gemm.yaml", "name: small\ngemms:\n  - {name: gemm, m: 6, n: 10, k: 256}\n");
}

void ProgramTest::TearDown() { fs::remove_all(folder_.parent_path()); }

Outcome ProgramTest::call(const std::vector<std::string>& arguments, CallOptions options) const {
  if (options.folder.empty()) options.folder = folder_;
  const fs::path out =
      options.standard_output.empty() ? folder_.parent_path() / "out" : fs::path(options.standard_output);
  const fs::path err = folder_.parent_path() / "err";
  const pid_t child = ::fork();
  if (child == 0) become(arguments, options, out, err);
  int status = 0;
  ::waitpid(child, &status, 0);
  Outcome outcome;
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (options.standard_output.empty()) outcome.out = read_file(out);
  outcome.err = read_file(err);
  return outcome;
}

Outcome ProgramTest::expect_done(const std::vector<std::string>& arguments) const {
  const Outcome outcome = call(arguments);
  EXPECT_EQ(outcome.status, 0) << ::testing::PrintToString(arguments);
  EXPECT_EQ(outcome.err, "") << ::testing::PrintToString(arguments);
  return outcome;
}

void ProgramTest::expect_refused(const std::vector<std::string>& arguments, const std::string& message,
                                 const CallOptions& options) const {
  SCOPED_TRACE(::testing::PrintToString(arguments));
  const std::map<std::string, std::string> before = files();
  const Outcome outcome = call(arguments, options);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, message);
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(files() == before) << "something was left behind or changed";
}

std::map<std::string, std::string> ProgramTest::files() const {
  std::map<std::string, std::string> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder_)) {
    const std::string name = entry.path().lexically_relative(folder_).string();
    found[name] = entry.is_regular_file() ? read_file(entry.path()) : "folder";
  }
  return found;
}

}  // namespace vernier::cli::testing
