// SPDX-License-Identifier: Apache-2.0
// Program files: binary or text, told apart by their first bytes.
#pragma once

#include <string>

#include "models/isa/instruction.h"

namespace vernier::isa {

enum class ProgramForm { binary, text };

/// Reads a file in either form. Throws InputError PRG040 if it cannot be read, and what parse_binary and
/// parse_text throw.
[[nodiscard]] Program read_program(const std::string& path);

/// Writes a file completely or not at all. Throws InputError PRG041 if it cannot be written.
void write_program(const Program& program, const std::string& path, ProgramForm form);

}  // namespace vernier::isa
