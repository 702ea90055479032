// SPDX-License-Identifier: Apache-2.0
// The readable form of a program, one node per line. docs/program.md has the grammar.
#pragma once

#include <string>
#include <string_view>

#include "models/isa/instruction.h"

namespace vernier::isa {

/// First line of the text form.
constexpr std::string_view kTextHeader = "vernier-program 1";

[[nodiscard]] std::string write_text(const Program& program);

/// One instruction as write_text prints it, without indentation and newline.
[[nodiscard]] std::string instruction_text(const Instruction& instruction);

/// Inverse of write_text. Throws InputError PRG020 (syntax) or PRG021 (unknown key or name) with line and
/// column, and what validate() throws. `file` is only for messages.
[[nodiscard]] Program parse_text(std::string_view text, const std::string& file);

}  // namespace vernier::isa
