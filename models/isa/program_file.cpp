// SPDX-License-Identifier: Apache-2.0
#include "models/isa/program_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "models/isa/program_binary.h"
#include "models/isa/program_text.h"

namespace vernier::isa {

Program read_program(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();  // sets badbit instead of throwing, for a folder too
  const std::string bytes = content.str();
  if (!in.is_open() || (bytes.empty() && errno != 0)) {
    throw InputError("PRG040", fmt::format("cannot read the program: {}", std::strerror(errno)),
                     {path, 0, 0});
  }
  const bool binary = bytes.compare(0, kBinaryMagic.size(), kBinaryMagic) == 0;
  return binary ? parse_binary(bytes, path) : parse_text(bytes, path);
}

void write_program(const Program& program, const std::string& path, ProgramForm form) {
  const std::string bytes = form == ProgramForm::binary ? write_binary(program) : write_text(program);
  // A file beside the target takes its name only once it is complete.
  const std::string partial = path + ".partial";
  errno = 0;
  std::ofstream out(partial, std::ios::binary);
  out << bytes;
  out.close();
  if (!out || std::rename(partial.c_str(), path.c_str()) != 0) {
    const std::string reason = std::strerror(errno);
    static_cast<void>(std::remove(partial.c_str()));
    throw InputError("PRG041", fmt::format("cannot write the program: {}", reason), {path, 0, 0});
  }
}

}  // namespace vernier::isa
