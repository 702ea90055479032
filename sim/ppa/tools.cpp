// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/tools.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "base/error.h"
#include "base/printable.h"

namespace vernier::ppa {
namespace {

namespace fs = std::filesystem;

struct Wanted {
  const char* program;
  const char* version_flag;
  const char* package;
  int major, minor;  ///< at least
};

/// Older ones were not tried: Yosys wrote other JSON, Verilator had no --build.
constexpr Wanted kYosys{"yosys", "-V", "yosys", 0, 23};
constexpr Wanted kOpenSta{"sta", "-version", "opensta", 2, 0};
constexpr Wanted kVerilator{"verilator", "--version", "verilator", 5, 0};

std::string on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const size_t colon = rest.find(':');
    const std::string candidate = (fs::path(rest.substr(0, colon)) / program).string();
    if (::access(candidate.c_str(), X_OK) == 0 && !fs::is_directory(candidate)) return candidate;
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  return "";
}

/// Status of the process, or -1 with errno if it did not start.
int run(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child = 0;
  const int error = posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    errno = error;
    return -1;
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Tool find(const Wanted& wanted, std::vector<Diagnostic>& findings) {
  Tool tool;
  tool.path = on_path(wanted.program);
  if (tool.path.empty()) {
    findings.push_back({"PPA001",
                        {},
                        fmt::format("the program '{}' is not on PATH", wanted.program),
                        fmt::format("install the Debian package {} (scripts/setup.sh)", wanted.package)});
    return tool;
  }
  const std::string log =
      (fs::temp_directory_path() / fmt::format("vernier_ppa_{}_{}", ::getpid(), wanted.program)).string();
  const int status = run({tool.path, wanted.version_flag}, log);
  const std::string text = read_file(log);
  fs::remove(log);
  std::smatch match;
  static const std::regex form(R"((\d+)\.(\d+)(\.\d+)?)");
  if (status != 0 || !std::regex_search(text, match, form)) {
    findings.push_back({"PPA002",
                        {},
                        fmt::format("'{} {}' says no version: '{}'", tool.path, wanted.version_flag,
                                    printable(text.substr(0, 80))),
                        fmt::format("install the Debian package {}", wanted.package)});
    return tool;
  }
  tool.version = match[0];
  const std::pair<int, int> found{std::stoi(match[1]), std::stoi(match[2])};
  if (found < std::pair<int, int>{wanted.major, wanted.minor}) {
    findings.push_back({"PPA002",
                        {},
                        fmt::format("found {} {}, at least {}.{} is needed", wanted.program, tool.version,
                                    wanted.major, wanted.minor),
                        fmt::format("install the package {} of Debian 12 or later", wanted.package)});
  }
  return tool;
}

/// The end of a log, for a message.
std::string end_of(const std::string& log) {
  constexpr size_t kShown = 600;
  std::string text = read_file(log);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.size() > kShown) {
    const size_t line = text.find('\n', text.size() - kShown);
    text = text.substr(line == std::string::npos ? text.size() - kShown : line + 1);
  }
  return printable(text, "\n");
}

}  // namespace

Tools find_tools() {
  std::vector<Diagnostic> findings;
  Tools tools{find(kYosys, findings), find(kOpenSta, findings), find(kVerilator, findings)};
  // Verilator starts these.
  for (const char* program : {"g++", "make"}) {
    if (on_path(program).empty()) {
      findings.push_back({"PPA001",
                          {},
                          fmt::format("the program '{}' is not on PATH", program),
                          fmt::format("install the Debian package {}", program)});
    }
  }
  if (!findings.empty()) throw InputError(std::move(findings));
  return tools;
}

void run_tool(const std::vector<std::string>& command, const std::string& log) {
  const int status = run(command, log);
  if (status < 0) throw CheckFailed(fmt::format("{} does not start: {}", command[0], std::strerror(errno)));
  if (status != 0) {
    throw CheckFailed(fmt::format("{} ended with status {} ({}):\n{}",
                                  fs::path(command[0]).filename().string(), status, log, end_of(log)));
  }
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open()) throw CheckFailed(fmt::format("cannot read '{}'", path));
  return text;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) throw CheckFailed(fmt::format("cannot write '{}'", path));
}

}  // namespace vernier::ppa
