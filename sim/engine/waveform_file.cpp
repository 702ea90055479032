// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/waveform_file.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "base/error.h"

namespace vernier::engine {
namespace {

namespace fs = std::filesystem;

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string program = (fs::path(folder) / name).string();
    if (!folder.empty() && access(program.c_str(), X_OK) == 0 && fs::is_regular_file(program)) return program;
  }
  return {};
}

[[noreturn]] void cannot_write(const std::string& file, const std::string& reason) {
  throw InputError("TRC001", fmt::format("cannot write the waveform '{}': {}", file, reason));
}

/// True if the program ran and said that all is well. Its output is of no interest.
bool run(const std::array<std::string, 3>& command) {
  std::array<char*, 4> arguments{};
  for (size_t i = 0; i < command.size(); ++i) arguments[i] = const_cast<char*>(command[i].c_str());
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
  }
  pid_t child = 0;
  const int error = posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return false;
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

bool WaveformFile::can_convert() { return !find_program("vcd2fst").empty(); }

WaveformFile::WaveformFile(const std::string& path, bool fst)
    : path_(path + (fst ? ".fst" : ".vcd")), recording_(path + ".partial") {
  if (fst) {
    converter_ = find_program("vcd2fst");
    if (converter_.empty()) {
      throw InputError("TRC002", "FST waveforms are made with vcd2fst, which is not in PATH", {},
                       "install it (Debian: apt-get install gtkwave), or use --trace vcd");
    }
  }
  if (fs::is_directory(path_)) cannot_write(path_, "it is a folder");
  const int file = open(vcd().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) cannot_write(path_, std::strerror(errno));
  close(file);
}

WaveformFile::~WaveformFile() { remove_leftovers(); }

void WaveformFile::remove_leftovers() noexcept {
  std::error_code ignored;
  fs::remove(vcd(), ignored);
  fs::remove(recording_ + ".fst", ignored);
}

void WaveformFile::publish() {
  std::string complete = vcd();
  if (!converter_.empty()) {
    complete = recording_ + ".fst";
    if (!run({converter_, vcd(), complete})) {
      throw InputError("TRC003", fmt::format("'{}' could not convert the waveform '{}'", converter_, path_),
                       {}, "is the disk full? --trace vcd writes without it");
    }
  }
  std::error_code error;
  fs::rename(complete, path_, error);
  if (error) cannot_write(path_, error.message());
  remove_leftovers();
}

}  // namespace vernier::engine
