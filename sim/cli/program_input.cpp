// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/program_input.h"

#include <filesystem>
#include <fstream>

#include "models/isa/program_binary.h"
#include "models/isa/program_file.h"
#include "models/isa/program_text.h"
#include "sim/config/load.h"

namespace vernier::cli {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kLargestProgram = uintmax_t{1} << 28;  // bytes; a model's program has some thousand

}  // namespace

bool is_program_file(const std::string& path) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) {
    // The text header without its version, so that a program of another version is told so.
    const std::string_view text = isa::kTextHeader.substr(0, isa::kTextHeader.find(' '));
    std::string start(std::max(text.size(), isa::kBinaryMagic.size()), '\0');
    std::ifstream in(path, std::ios::binary);
    in.read(start.data(), static_cast<std::streamsize>(start.size()));
    if (start.compare(0, text.size(), text) == 0) return true;
    if (start.compare(0, isa::kBinaryMagic.size(), isa::kBinaryMagic) == 0) return true;
  }
  const std::string extension = fs::path(path).extension().string();
  return extension == ".vprog" || extension == ".txt";
}

isa::Program load_program(const std::string& path) {
  std::error_code error;
  const bool exists = fs::exists(path, error);
  if (exists && !fs::is_regular_file(path, error)) throw InputError("PRG040", "is not a file", {path, 0, 0});
  if (exists && fs::file_size(path, error) > kLargestProgram) {
    throw InputError("PRG040", "a program file has at most 256 MiB", {path, 0, 0});
  }
  return with_file(path, [&] { return isa::read_program(path); });
}

config::AcceleratorConfig accelerator_for_program(const std::string& config,
                                                  const std::vector<std::string>& sets,
                                                  const std::string& phase) {
  config::AcceleratorConfig accelerator = config::load_accelerator(config, {phase, sets});
  if (!phase.empty()) return accelerator;
  for (const char* other : {"prefill", "decode"}) {
    if (config::digest(config::load_accelerator(config, {other, sets})) == config::digest(accelerator))
      continue;
    throw InputError(
        "CLI009",
        fmt::format("'{}' differs between phases, and a program was mapped for one of them",
                    accelerator.machine.name),
        {config, 0, 0},
        "add --phase prefill or decode, or give the accelerator.yaml written beside the program");
  }
  return accelerator;
}

}  // namespace vernier::cli
