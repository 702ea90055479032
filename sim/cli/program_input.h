// SPDX-License-Identifier: Apache-2.0
// Program files as the work of a run.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "models/isa/instruction.h"
#include "sim/config/accelerator_config.h"

namespace vernier::cli {

/// True if the file begins like a program of either form, or else if its name ends in .vprog or .txt: then it
/// should be one, and is read as one.
[[nodiscard]] bool is_program_file(const std::string& path);

/// Reads a program and names the file in every finding about it. Throws InputError PRG...
[[nodiscard]] isa::Program load_program(const std::string& path);

/// The accelerator a program runs on. A program belongs to the array it was mapped for; so an accelerator
/// that differs between phases is refused (CLI009) unless `phase` says which one, or the file is the resolved
/// configuration beside the program, which has one only.
[[nodiscard]] config::AcceleratorConfig accelerator_for_program(const std::string& config,
                                                                const std::vector<std::string>& sets,
                                                                const std::string& phase);

/// Calls `action` and adds the file to findings that name none.
template <typename Action>
auto with_file(const std::string& file, Action action) {
  try {
    return action();
  } catch (const InputError& error) {
    std::vector<Diagnostic> findings = error.diagnostics();
    for (Diagnostic& finding : findings) {
      if (finding.location.file.empty()) finding.location.file = file;
    }
    throw InputError(std::move(findings));
  }
}

}  // namespace vernier::cli
